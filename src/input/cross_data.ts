import { compareText } from "../base/finding.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { setOwn } from "../base/json.ts";
import type { CrossPlan } from "../conditions/mod.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../k8s/object.ts";
import { type CompiledText, RenderError, type Templates, textOf } from "../template/compiled_text.ts";
import { maxElements } from "./for_each.ts";

/** What boxes that observe an object see of it. Plain records: they cross threads. */
export interface CrossObject {
  readonly name: string;
  /** Absent: its kind is cluster-scoped. */
  readonly namespace?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Json;
  readonly status: Json;
}

/** A selector with its templates rendered: a name, or labels. A cluster-scoped object is in every namespace. */
export type CrossSelector =
  | { readonly name: string; readonly namespace: string | undefined }
  | {
    readonly labels: Readonly<Record<string, string>>;
    /** `undefined`: all. */
    readonly namespace: string | undefined;
  };

/** Looks up objects of other boxes. */
export interface CrossView {
  /** The objects of a box that a selector matches, in any order; a text where that cannot be known, and why. */
  find(box: string, selector: CrossSelector): readonly CrossObject[] | string;
}

/** One item of `operatorBox.cross` with its templates parsed. */
export interface CompiledCross {
  readonly plan: CrossPlan;
  readonly name: CompiledText | undefined;
  readonly namespace: CompiledText | undefined;
  readonly matchLabels: readonly (readonly [key: string, value: CompiledText])[] | undefined;
}

/** Parses the templates of the selectors once. */
export function compileCross(plans: readonly CrossPlan[], templates: Templates): CompiledCross[] {
  return plans.map((plan) => {
    const { name, namespace, matchLabels } = plan;
    return {
      plan,
      name: name && templates.compile(name),
      namespace: namespace && templates.compile(namespace),
      matchLabels: matchLabels &&
        Object.entries(matchLabels).map(([key, value]) => [key, templates.compile(value)] as const),
    };
  });
}

/**
 * The value of `.cross` for one CR; `data` is what the selectors read. `found` is a text (ruling 12). What is not found
 * has empty fields: a child that needs one of them waits (ruling 63). Of several objects the first by namespace and name
 * counts. Throws `RenderError`.
 */
export function crossData(
  compiled: readonly CompiledCross[],
  cr: KubeObject,
  data: JsonMap,
  view: CrossView | undefined,
): JsonMap {
  const cross: JsonMap = {};
  for (const item of compiled) {
    const { as, box, strategy, at } = item.plan;
    const selector = selectorOf(item, cr, data);
    const found = selector === undefined ? [] : view?.find(box, selector) ?? [];
    if (typeof found === "string") throw new RenderError(at, `Cannot read .cross.${as}: ${found}`);
    if (strategy === "all" && found.length > maxElements) {
      throw new RenderError(
        at,
        `Cannot read .cross.${as}: ${found.length} objects are selected; at most ${maxElements} are allowed`,
      );
    }
    const objects = [...found].sort((a, b) => compareText(keyOf(a), keyOf(b)));
    const value: JsonMap = { found: objects.length === 0 ? "false" : "true", ...fieldsOf(objects[0]) };
    if (strategy === "all") value["items"] = objects.map(fieldsOf);
    setOwn(cross, as, value);
  }
  return cross;
}

/** `undefined`: the name is empty, which selects nothing. */
function selectorOf(
  { plan, name, namespace, matchLabels }: CompiledCross,
  cr: KubeObject,
  data: JsonMap,
): CrossSelector | undefined {
  const written = namespace === undefined ? "" : textOf(namespace, data).trim();
  const within = written === "" ? cr.metadata.namespace : written;
  // As written in the Katalog: no CR may choose to read all namespaces.
  const everywhere = plan.namespace?.text.trim() === "*";
  if (matchLabels !== undefined) {
    const labels: Record<string, string> = {};
    for (const [key, value] of matchLabels) labels[key] = textOf(value, data).trim();
    return { labels, namespace: everywhere ? undefined : within };
  }
  if (name === undefined) throw new RenderError(plan.at, `Cannot read .cross.${plan.as}: it has no selector`);
  const wanted = textOf(name, data).trim();
  return wanted === "" ? undefined : { name: wanted, namespace: within };
}

/** Does the selector match the object? */
export function matchesCross(selector: CrossSelector, object: CrossObject): boolean {
  const { namespace } = object;
  if ("name" in selector) {
    return object.name === selector.name && (namespace === undefined || namespace === selector.namespace);
  }
  if (namespace !== undefined && selector.namespace !== undefined && namespace !== selector.namespace) return false;
  return Object.entries(selector.labels).every(([key, value]) =>
    Object.hasOwn(object.labels, key) && object.labels[key] === value
  );
}

function keyOf(object: CrossObject): ObjectKey {
  return objectKey(object);
}

function fieldsOf(object: CrossObject | undefined): JsonMap {
  const { name = "", namespace = "", spec = {}, status = {}, labels = {}, annotations = {} } = object ?? {};
  return { name, namespace, spec, status, labels: { ...labels }, annotations: { ...annotations } };
}
