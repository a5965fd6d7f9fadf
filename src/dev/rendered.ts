import { isMap, type Json, type JsonMap } from "../base/json.ts";
import { annotations as systemAnnotations } from "../k8s/names.ts";
import { apiVersionOf, groupKind, type KubeObject, splitApiVersion } from "../k8s/object.ts";
import { isInAllowedNamespace, isSelected } from "../input/mod.ts";
import type { Manifest } from "../katalog/mod.ts";
import type { BoxPlan, Plan } from "../plan/mod.ts";
import { type FirstPass, firstPass } from "./first_pass.ts";

/** What rendering needs of its surroundings. */
export interface RenderPorts {
  readonly wallMs: number;
  /**
   * A CR as the API server would store it: the defaults of its CRD filled in. Throws an `Error` whose message says what
   * the API server would not take.
   */
  readonly stored: (cr: KubeObject, crdFile: string) => Promise<KubeObject>;
}

/** What a first pass over a CR comes to. */
export interface RenderedCr {
  readonly box: BoxPlan;
  readonly cr: KubeObject;
  readonly pass: FirstPass;
  /** A child as it may be shown: without what rests on a uid that was made up (ruling 72). */
  readonly shown: (object: KubeObject) => KubeObject;
}

/** Stands for what only an API server gives. */
const noUid = "00000000-0000-0000-0000-000000000000";

/**
 * Renders one CR by every box that selects it: several may have its kind. Where none selects it the first of them says
 * so. `problem`: why it cannot be rendered, without its place.
 */
export async function renderCr(
  plan: Plan,
  manifest: Manifest,
  ports: RenderPorts,
): Promise<readonly [RenderedCr, ...RenderedCr[]] | { readonly problem: string }> {
  const given = manifest.object as unknown as KubeObject;
  const shown = given.metadata.uid === undefined ? withoutMadeUp : (object: KubeObject) => object;
  const rendered: { readonly box: BoxPlan; readonly cr: KubeObject }[] = [];
  for (const box of boxesFor(plan, given)) {
    try {
      const { uid = noUid, generation = 1 } = given.metadata;
      const stored = box.crdFile === undefined ? given : await ports.stored(given, box.crdFile);
      rendered.push({ box, cr: asCreated(box, stored, uid, generation) });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { problem: error.message };
    }
  }
  const selecting = rendered.filter(({ box, cr }) => isSelected(box, cr) && isInAllowedNamespace(box, cr));
  const [first, ...others] = (selecting.length > 0 ? selecting : rendered.slice(0, 1)).map(({ box, cr }) => ({
    ...{ box, cr, shown },
    pass: firstPass(box, cr, ports.wallMs),
  }));
  if (first !== undefined) return [first, ...others];
  const known = plan.boxes.map(({ type }) => `${type.kind} (${apiVersionOf(type)})`).join(", ");
  return { problem: `No CRD of the Katalog is ${given.kind} (${given.apiVersion}); it has ${known || "none"}` };
}

function boxesFor(plan: Plan, cr: KubeObject): BoxPlan[] {
  const { group } = splitApiVersion(cr.apiVersion);
  return plan.boxes.filter((box) => groupKind(box.type) === groupKind({ group, kind: cr.kind }));
}

/** The metadata that every stored object has, the same in every run. */
function asCreated(box: BoxPlan, cr: KubeObject, uid: string, generation: number): KubeObject {
  const { name, namespace, labels, annotations } = cr.metadata;
  const place = box.type.namespaced ? { namespace: namespace ?? "default" } : {};
  return {
    ...cr,
    metadata: {
      name,
      ...place,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      uid,
      generation,
    },
  };
}

/**
 * A child without what rests on the uid that stands for the CR's: the owner reference, labels with it, on the
 * child and on its Pods, and the digest of the whole. The uid does not exist: applying it or diffing against it is
 * useless.
 */
function withoutMadeUp(object: KubeObject): KubeObject {
  const cleared = withoutUidLabels(object as unknown as JsonMap) as unknown as KubeObject;
  const { name, namespace, labels, annotations, ownerReferences, ...rest } = cleared.metadata;
  const owners = ownerReferences?.filter(({ uid }) => uid !== noUid) ?? [];
  const notes = Object.entries(annotations ?? {}).filter(([key]) => key !== systemAnnotations.applied);
  return {
    ...cleared,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
      ...(notes.length === 0 ? {} : { annotations: Object.fromEntries(notes) }),
      ...rest,
    },
  };
}

function withoutUidLabels(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutUidLabels);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) =>
      key === "labels" && isMap(below)
        ? [key, Object.fromEntries(Object.entries(below).filter(([, text]) => text !== noUid))]
        : [key, withoutUidLabels(below)]
    ),
  );
}
