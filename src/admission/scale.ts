import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import { apiVersionOf, type KubeObject, valueAt, withValueAt } from "../k8s/object.ts";
import { RenderError } from "../template/compiled_text.ts";
import { type FieldChange, judge, mutatedAsSent } from "./judge.ts";
import type { ReviewedKind, ReviewResult } from "./review.ts";

/*
 * Changes through `/scale` (ruling 78). What is reviewed is a Scale (autoscaling/v1), of which `spec.replicas` is the
 * value for the field that the CRD names. The rules see an object with that field and its name, and no other: those that
 * read more are not in the plan.
 */

/** The Scale after the overrides of its kind; they never refuse. A Scale has integers alone. */
export function mutateScale(
  kind: ReviewedKind,
  scale: JsonMap,
  wallMs: number,
): { readonly scale: JsonMap; readonly warnings: readonly string[]; readonly changes: readonly FieldChange[] } {
  const skipped = (why: string) => ({ scale, warnings: [`mutation is skipped: ${why}`], changes: [] });
  try {
    const { object, changes } = mutatedAsSent(kind.scale!, objectOf(kind, scale), wallMs);
    const replicas = valueAt(object as unknown as Json, kind.plan.scale!.path);
    if (replicas === replicasOf(scale)) return { scale, warnings: [], changes: [] };
    if (typeof replicas !== "number" || !Number.isInteger(replicas)) return skipped("replicas are a whole number");
    return { scale: { ...scale, spec: { ...specOf(scale), replicas } }, warnings: [], changes };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return skipped(error.message);
  }
}

/** What the rules about the replicas say. */
export function validateScale(kind: ReviewedKind, scale: JsonMap, wallMs: number): ReviewResult {
  try {
    return judge(kind.scale!, objectOf(kind, scale), [], wallMs).verdict;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const message = `cannot be evaluated: ${error.message}`;
    return { denials: [{ field: "", message, text: message }], warnings: [], broken: [], skipped: 0 };
  }
}

function objectOf({ plan: { type, scale: of } }: ReviewedKind, scale: JsonMap): KubeObject {
  const { name, namespace } = scale["metadata"] as unknown as KubeObject["metadata"];
  const metadata: JsonMap = { name, ...(namespace === undefined ? {} : { namespace }) };
  const object: JsonMap = { apiVersion: apiVersionOf(type), kind: type.kind, metadata };
  return withValueAt(object, of!.path, replicasOf(scale)) as unknown as KubeObject;
}

/** None is left out of the JSON of a Scale, as Go does. */
function replicasOf(scale: JsonMap): Json {
  return ownValue(specOf(scale), "replicas") ?? 0;
}

function specOf(scale: JsonMap): JsonMap {
  const spec = ownValue(scale, "spec");
  return isMap(spec) ? spec : {};
}
