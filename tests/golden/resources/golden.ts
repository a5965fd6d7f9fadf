import { parse, stringify } from "yaml";
import type { JsonMap } from "../../../src/base/json.ts";
import { isMap } from "../../../src/base/json.ts";
import { type KubeObject, type ResourceType, splitApiVersion } from "../../../src/k8s/object.ts";
import { guessPlural } from "../../../src/k8s/resource_types.ts";
import { defaultName, EntryError, renderEntry, type Profiles, type Shorthand, shorthands, type SourceContent, targetsOf, withProfiles } from "../../../src/resources/mod.ts";
import { parseTemplate, renderValue } from "../../../src/template/mod.ts";

/**
 * One case: an entry of a Katalog, and the object that it becomes for the CR, or why it is refused. `workloads` are
 * those that the box wants for the CR besides (`name`, or `namespace/name`); `source` is what the entry copies from.
 */
export interface Golden {
  readonly kind: string;
  readonly file: string;
  readonly says: string;
  readonly cr: KubeObject;
  readonly workloads: readonly string[];
  readonly source?: SourceContent;
  /** Declared by the Katalog, by class and name. */
  readonly profiles?: Profiles;
  readonly entry: JsonMap;
  readonly becomes?: KubeObject;
  readonly refused?: { readonly path: string; readonly message: string };
}

export const goldenFolder = new URL("./", import.meta.url);

/** All cases, by kind and file name. */
export function readGoldens(): Golden[] {
  const cr = parse(Deno.readTextFileSync(new URL("cr.yaml", goldenFolder)));
  const goldens: Golden[] = [];
  for (const kind of shorthands.keys()) {
    for (const { name } of sorted(Deno.readDirSync(new URL(`${kind}/`, goldenFolder)))) {
      const file = `${kind}/${name}`;
      const { workloads = [], cr: changes = {}, ...rest } = parse(Deno.readTextFileSync(new URL(file, goldenFolder)));
      goldens.push({ kind, file, workloads, cr: merged(cr, changes) as KubeObject, ...rest });
    }
  }
  return goldens;
}

/** What the code makes of a case. */
export function run({ kind, cr, workloads, source, profiles, entry }: Golden): Pick<Golden, "becomes" | "refused"> {
  const shorthand = shorthands.get(kind)!;
  const { name, namespace, uid } = cr.metadata;
  const owner = { apiVersion: cr.apiVersion, kind: cr.kind, name, ...(namespace ? { namespace } : {}), uid: uid! };
  try {
    const render = (text: string) => renderValue(parseTemplate(text), { ...cr });
    const fields = renderEntry(shorthand.shape, withProfiles(kind, entry, profiles, render), render);
    const child = placed(shorthand, fields, owner);
    const others = workloads.map((text) => {
      const [first, second] = text.split("/");
      const near = namespace ?? "default";
      return { shorthand: "deployments", ...(second ? { namespace: first!, name: second } : { namespace: near, name: first! }) };
    });
    return { becomes: shorthand.expand({ ...child, fields }, { owner, workloads: others, source }) };
  } catch (error) {
    if (error instanceof EntryError) return { refused: { path: error.path, message: error.message } };
    throw error;
  }
}

/** Writes what the code makes of a case into its file, in place of what stands there. */
export function rewrite(golden: Golden): void {
  const url = new URL(golden.file, goldenFolder);
  const [question] = Deno.readTextFileSync(url).split(/^(?=(?:becomes|refused):)/m);
  Deno.writeTextFileSync(url, question + stringify(run(golden), { lineWidth: 0 }));
}

/** Name and namespace as the box chooses them. */
function placed(shorthand: Shorthand, fields: JsonMap, owner: { name: string; namespace?: string }) {
  const type = shorthand.type ?? declaredType(fields);
  const declared = (shorthand.type === undefined ? fields["metadata"] : fields) as JsonMap;
  const name = (declared["name"] as string | undefined) ?? defaultName(shorthand, owner.name, (key) => key in fields)!;
  if (!type.namespaced) return { name };
  const [target] = targetsOf(fields);
  return { name, namespace: target ?? (declared["namespace"] as string | undefined) ?? owner.namespace ?? "default" };
}

function declaredType(fields: JsonMap): ResourceType {
  const { apiVersion, kind, metadata } = fields as { apiVersion: string; kind: string; metadata: JsonMap };
  return { ...splitApiVersion(apiVersion), kind, plural: guessPlural(kind), namespaced: metadata["namespaced"] !== false };
}

/** RFC 7396: null removes. */
function merged(base: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function sorted(entries: Iterable<Deno.DirEntry>): Deno.DirEntry[] {
  return [...entries].filter(({ name }) => name.endsWith(".yaml")).sort((a, b) => a.name < b.name ? -1 : 1);
}
