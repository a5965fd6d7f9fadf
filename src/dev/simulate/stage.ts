import type { JsonMap } from "../../base/json.ts";
import { ApiError } from "../../cluster/mod.ts";
import type { CrdEntry, Katalog } from "../../katalog/mod.ts";
import { apiVersionOf, groupKind, type KubeObject, type ResourceType, splitApiVersion } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { BoxPlan, Plan } from "../../plan/mod.ts";
import { applyObjects } from "../apply_files.ts";
import { derivedCrd } from "../generate/derived_crd.ts";
import type { Lab } from "./lab.ts";

/** What a simulation begins with. */
export interface Scenery {
  readonly katalog: Katalog;
  readonly plan: Plan;
  /** CRDs of files. */
  readonly definitions: readonly KubeObject[];
  /** CRs of files, in their order. */
  readonly crs: readonly KubeObject[];
}

/**
 * Fills the API server of a lab: namespaces, the CRDs of files, and those that nobody has written down, then all CRs with
 * the status that their files give them. Throws `ApiError` or `ApplyError` where one is refused.
 */
export async function setStage(lab: Lab, scenery: Scenery): Promise<void> {
  const { api, clock } = lab;
  const definitions = [...scenery.definitions, ...missingDefinitions(scenery)];
  const namespaces = namespacesOf(scenery).map((name): KubeObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  }));
  await inTime(lab, applyObjects(api, clock, [...namespaces, ...definitions], () => {}));
  for (const cr of scenery.crs) {
    const { status, ...object } = cr as KubeObject & { status?: JsonMap };
    const [stored] = await inTime(lab, applyObjects(api, clock, [object as KubeObject], () => {}));
    if (status !== undefined) await inTime(lab, putStatus(lab, stored!, status));
  }
}

/** Waits for what needs time to pass. */
async function inTime<T>(lab: Lab, work: Promise<T>): Promise<T> {
  let done = false;
  const ended = work.finally(() => done = true);
  ended.catch(() => {/* it is awaited below */});
  while (!done) await lab.clock.advance(50);
  return await ended;
}

async function putStatus({ api }: Lab, { apiVersion, kind, metadata }: KubeObject, status: JsonMap): Promise<void> {
  const { group, version } = splitApiVersion(apiVersion);
  const served = await api.raw(`/${group === "" ? "api" : `apis/${group}`}/${version}`) as {
    resources: { name: string; kind: string; namespaced: boolean }[];
  };
  const found = served.resources.find((each) => each.kind === kind && !each.name.includes("/"));
  if (found === undefined) return;
  const type: ResourceType = { group, version, kind, plural: found.name, namespaced: found.namespaced };
  try {
    const { name, namespace } = metadata;
    await api.mergePatch(type, { name, namespace, subresource: "status" }, { status });
  } catch (error) {
    // Without the subresource a status is a field like any other, and was applied with the object.
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}

/** Namespaces that CRs and children may be in, as far as they are written down. */
function namespacesOf({ plan, crs }: Scenery): string[] {
  const named = [
    ...crs.map(({ metadata }) => metadata.namespace),
    ...plan.boxes.flatMap((box) => box.entries.map(({ fields }) => literalNamespace(fields))),
  ];
  return [...new Set(named.filter((name): name is string => name !== undefined && name !== "default"))].sort();
}

function literalNamespace(fields: JsonMap): string | undefined {
  const metadata = fields["metadata"];
  const holder = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) ? metadata : fields;
  const namespace = holder["namespace"];
  return typeof namespace === "string" && namespace !== "" && !namespace.includes("{{") ? namespace : undefined;
}

/** Of kinds that no file describes: of entries, of other documents, and of `custom` children. */
function missingDefinitions({ katalog, plan, definitions, crs }: Scenery): KubeObject[] {
  const known = new Set(definitions.map(definedKind));
  const made: KubeObject[] = [];
  const add = (key: string, definition: JsonMap | undefined): void => {
    if (definition === undefined || known.has(key)) return;
    known.add(key);
    made.push(definition as unknown as KubeObject);
  };
  for (const crd of katalog.crds) add(groupKind(crd.type), derivedCrd(crd, katalog.crds));
  for (const type of plan.boxes.flatMap(({ children }: BoxPlan) => children)) {
    add(groupKind(type), openDefinition(type));
  }
  for (const { apiVersion, kind } of crs) {
    const { group, version } = splitApiVersion(apiVersion);
    const plural = `${kind.toLowerCase()}s`;
    add(groupKind({ group, kind }), openDefinition({ group, version, kind, plural, namespaced: true }));
  }
  return made;
}

function definedKind(definition: KubeObject): string {
  const { group, names } = (definition as unknown as { spec: { group: string; names: { kind: string } } }).spec;
  return groupKind({ group, kind: names.kind });
}

/** A CRD for a kind of somebody else, which takes any field. */
function openDefinition(type: ResourceType): JsonMap | undefined {
  if (builtInType(type.kind, type.group) !== undefined || type.group === "") return undefined;
  const entry = { type, hasStatus: true, status: [] as CrdEntry["status"] } as CrdEntry;
  return derivedCrd(entry, [entry]);
}

/** The CRs of a kind, in the order of their files. */
export function crsOf({ type }: BoxPlan, crs: readonly KubeObject[]): KubeObject[] {
  return crs.filter(({ apiVersion, kind }) => apiVersion === apiVersionOf(type) && kind === type.kind);
}
