import type { Json, JsonMap } from "../../base/json.ts";
import { Expressions } from "../cel/expression.ts";
import { CelTimeError, withinTime } from "../cel/time_limit.ts";
import { type CelValue, celValue } from "../cel/values.ts";
import { type Any, listOf } from "../kinds/fields.ts";

/** What `matchConditions` of a webhook come to. */
export type Matched =
  | { readonly kind: "called" | "passed over" }
  /** None is false, and these fail: `failurePolicy` decides. */
  | { readonly kind: "failed"; readonly message: string };

/** All conditions of one webhook together. */
const defaultLimitMs = 500;

const expressions = new Expressions(["object", "oldObject", "request"]);

/**
 * Evaluates the conditions of a webhook on a request (`admission.k8s.io/v1` AdmissionRequest). One that is false
 * decides. One that cannot be evaluated here is logged and counts as true: conditions only spare a webhook requests.
 */
export function matchConditions(
  webhook: Any,
  request: JsonMap,
  log: (text: string) => void,
  limitMs = defaultLimitMs,
): Matched {
  if (listOf(webhook.matchConditions).length === 0) return { kind: "called" };
  try {
    return withinTime(limitMs, () => evaluate(webhook, request, log));
  } catch (error) {
    if (!(error instanceof CelTimeError)) throw error;
    log(`The sandbox takes the conditions of webhook ${JSON.stringify(webhook.name)} as met: ${error.message}`);
    return { kind: "called" };
  }
}

function evaluate(
  { name, matchConditions }: Any,
  { object, oldObject, ...request }: JsonMap,
  log: (text: string) => void,
): Matched {
  const variables: Record<string, CelValue> = {
    object: celValue(object as Json),
    oldObject: celValue(oldObject as Json),
    request: celValue(request),
  };
  const failures: string[] = [];
  for (const condition of listOf(matchConditions)) {
    const expression = String(condition.expression);
    const result = expressions.get(expression).evaluate(variables);
    if (result.kind === "value" && result.value === false) return { kind: "passed over" };
    if (result.kind === "error") failures.push(`expression '${expression}' resulted in error: ${result.message}`);
    if (result.kind === "unsupported") {
      const at = `condition ${JSON.stringify(condition.name)} of webhook ${JSON.stringify(name)}`;
      log(`The sandbox cannot evaluate the ${at}, and takes it as met: ${result.message}`);
    }
  }
  if (failures.length === 0) return { kind: "called" };
  return { kind: "failed", message: failures.length === 1 ? failures[0]! : `[${failures.join(", ")}]` };
}
