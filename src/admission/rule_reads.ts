import { parseFieldPath } from "../base/field_path.ts";
import type { ConditionPlan, Gate, TextPlan } from "../conditions/mod.ts";
import { type CallReads, callReads } from "../input/mod.ts";
import type { Templates } from "../template/compiled_text.ts";
import { references } from "../template/mod.ts";

/** The calls that a rule reads in its conditions and in these texts; `check` is what a rule of validation checks. */
export function callsOfRule(
  gate: Gate,
  check: ConditionPlan | undefined,
  texts: readonly TextPlan[],
  templates: Templates,
): CallReads {
  const conditions = [...gate.when ?? [], ...gate.or ?? [], ...(check === undefined ? [] : [check])];
  const pathsIn = ({ text }: TextPlan): (readonly string[])[] =>
    text.includes("{{") ? references(templates.parse(text)).map(({ path }) => path) : [];
  const paths = conditions.flatMap(({ field, value }) => [
    ...(field === undefined ? [] : field.text.includes("{{") ? pathsIn(field) : [parseFieldPath(field.text) ?? []]),
    ...(value === undefined ? [] : pathsIn(value)),
  ]);
  return callReads([...paths, ...texts.flatMap(pathsIn)]);
}
