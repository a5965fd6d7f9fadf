import { isMap, type Json, type JsonMap } from "../base/json.ts";
import { annotations as systemAnnotations } from "../k8s/names.ts";
import { apiVersionOf, groupKind, type KubeObject, splitApiVersion } from "../k8s/object.ts";
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

/** Renders one CR; `problem`: why it cannot be, without its place. */
export async function renderCr(
  plan: Plan,
  manifest: Manifest,
  ports: RenderPorts,
): Promise<RenderedCr | { readonly problem: string }> {
  const given = manifest.object as unknown as KubeObject;
  const box = boxFor(plan, given);
  if (box === undefined) {
    const known = plan.boxes.map(({ type }) => `${type.kind} (${apiVersionOf(type)})`).join(", ");
    return { problem: `No CRD of the Katalog is ${given.kind} (${given.apiVersion}); it has ${known || "none"}` };
  }
  let cr: KubeObject;
  try {
    const { uid = noUid, generation = 1 } = given.metadata;
    cr = asCreated(box, box.crdFile === undefined ? given : await ports.stored(given, box.crdFile), uid, generation);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { problem: error.message };
  }
  const shown = given.metadata.uid === undefined ? withoutMadeUp : (object: KubeObject) => object;
  return { box, cr, pass: firstPass(box, cr, ports.wallMs), shown };
}

function boxFor(plan: Plan, cr: KubeObject): BoxPlan | undefined {
  const { group } = splitApiVersion(cr.apiVersion);
  return plan.boxes.find((box) => groupKind(box.type) === groupKind({ group, kind: cr.kind }));
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
