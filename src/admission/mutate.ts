import { parseFieldPath, printFieldPath } from "../base/field_path.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { isMap, ownValue } from "../base/json.ts";
import { describeRendered } from "../base/redact.ts";
import { type CompiledGate, compileGate, evaluateGate } from "../conditions/mod.ts";
import { whyImmutable } from "../k8s/mutable_field.ts";
import { type KubeObject, valueAt, withValueAt } from "../k8s/object.ts";
import { type CallReads, unknownCall } from "../input/mod.ts";
import { callsOfRule } from "./rule_reads.ts";
import type { MutationPlan } from "../plan/plan.ts";
import { type CompiledText, RenderError, type Templates, textOf, valueOf } from "../template/compiled_text.ts";

export interface CompiledMutation {
  readonly plan: MutationPlan;
  readonly gate: CompiledGate;
  readonly field: CompiledText;
  /** Absent: the value is not text and is taken as it is. */
  readonly value?: CompiledText;
  /** Calls whose results it needs: where one failed, nothing is set. */
  readonly calls: CallReads;
}

/** Parses mutation rules once. */
export function compileMutations(rules: readonly MutationPlan[], templates: Templates): CompiledMutation[] {
  return rules.map((plan) => ({
    plan,
    gate: compileGate(plan),
    field: templates.compile(plan.field),
    ...(typeof plan.value === "string" ? { value: templates.compile({ text: plan.value, at: plan.at }) } : {}),
    calls: callsOfRule(
      plan,
      undefined,
      [plan.field, ...(typeof plan.value === "string" ? [{ text: plan.value, at: plan.at }] : [])],
      templates,
    ),
  }));
}

/**
 * The object with defaults and overrides in place, in the order of the rules; each rule sees what the ones before it
 * made. The object given is not touched. A rule that needs a call which failed sets nothing. `onSet` gets each field that a
 * rule has set, and the rule. Throws `RenderError`, also for a condition that cannot be evaluated.
 */
export function mutate(
  rules: readonly CompiledMutation[],
  object: KubeObject,
  data: JsonMap,
  wallMs: number,
  onSet: (path: readonly string[], value: Json, rule: MutationPlan) => void = () => {},
): KubeObject {
  let result = object as unknown as JsonMap;
  // The object must not pass for the result of a call.
  const external = ownValue(data, "external");
  const own: JsonMap = external === undefined ? {} : { external };
  for (const rule of rules) {
    if (unknownCall(rule.calls, data) !== undefined) continue;
    const context = { ...data, ...result, ...own };
    const gate = evaluateGate(rule.gate, context, { wallMs });
    if (gate.state === "unknown") throw new RenderError(gate.error.at || rule.plan.at, gate.error.message);
    if (gate.state === "false") continue;
    const text = textOf(rule.field, context);
    const path = parseFieldPath(text);
    if (path === undefined || path.length === 0) {
      throw new RenderError(rule.field.at, `Cannot set "${text}": it is not a field path`);
    }
    const why = whyImmutable(path);
    if (why !== undefined) throw new RenderError(rule.field.at, `Cannot set "${text}": ${why.message}`);
    const present = valueAt(result, path);
    if (rule.plan.mode === "default" && present !== undefined && present !== null && present !== "") continue;
    const rendered = rule.value === undefined ? rule.plan.value : valueOf(rule.value, context);
    if (rendered === undefined) continue;
    const value = convert(rendered, rule);
    const changed = withValueAt(result, path, value);
    onSet(path, value, rule.plan);
    if (isMap(changed)) result = changed;
    else {throw new RenderError(
        rule.plan.at,
        `Cannot set "${printFieldPath(path)}": the path leads through a value that is neither a map nor a list`,
      );}
  }
  return result as unknown as KubeObject;
}

function convert(value: Json, { plan, value: from }: CompiledMutation): Json {
  if (plan.valueType === undefined || typeof value === "object") return value;
  const text = String(value).trim();
  // Not what a template rendered: it may be a secret, and this message reaches statuses, Events and logs.
  const fail = (expected: string): never => {
    throw new RenderError(plan.at, `${from === undefined ? `"${text}"` : describeRendered(text)} is ${expected}`);
  };
  switch (plan.valueType) {
    case "string":
      return typeof value === "string" ? value : text;
    case "int":
      if (!/^[-+]?\d{1,15}$/.test(text)) fail("not a whole number");
      return Number(text);
    case "float": {
      const number = Number(text);
      if (text === "" || !Number.isFinite(number)) fail("not a number");
      return number;
    }
    case "bool":
      if (text !== "true" && text !== "false") fail("neither true nor false");
      return text === "true";
    default:
      return plan.valueType satisfies never;
  }
}
