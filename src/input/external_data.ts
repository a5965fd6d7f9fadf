import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { type CompiledGate, compileGate, evaluateGate, type ExternalCallPlan } from "../conditions/mod.ts";
import { type CompiledText, RenderError, type Templates, textOf } from "../template/compiled_text.ts";
import { readJson } from "./external_json.ts";

/** One item of `external` with its templates and conditions parsed. */
export interface CompiledCall {
  readonly plan: ExternalCallPlan;
  readonly gate: CompiledGate;
  readonly url: CompiledText;
  readonly headers: readonly (readonly [name: string, value: CompiledText])[];
  readonly body: CompiledText | undefined;
}

/** What is to be called, its templates rendered; everything else of it is in its plan. Plain: it crosses threads. */
export interface ExternalRequest {
  /** `ExternalCallPlan.name`. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** What became of a call. Plain: it crosses threads. */
export interface ExternalOutcome {
  /** Of the response; 0: there was none. */
  readonly statusCode: number;
  /** Of the response, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the response, whole; "" where it was not read. */
  readonly body: string;
  /** Why the call failed, in words that hold no credential; "": it succeeded. */
  readonly error: string;
  /** All tries together, and the waits between them. */
  readonly durationSeconds: number;
}

/** What the calls of one decision have come to. */
export interface ExternalView {
  /** `undefined`: it is not known, the call is to be made. */
  find(plan: ExternalCallPlan, request: ExternalRequest): KnownResult | undefined;
  /** True at admission: a failed call has a result, whatever `continueOnError` says. */
  readonly continues: boolean;
}

export interface KnownResult {
  /** As `resultOf` makes it. */
  readonly result: JsonMap;
  /** Of a failed call: how long it is not made again, in ms. */
  readonly retryInMs?: number | undefined;
}

/** Where no call is made: each counts as failed, and rules that need one are not applied. */
export const noCalls: ExternalView = {
  find: () => ({ result: notCalled("It is not made here") }),
  continues: true,
};

/** A decision needs the result of a call that has not been made. */
export class CallNeeded extends Error {
  override name = "CallNeeded";

  constructor(readonly plan: ExternalCallPlan, readonly request: ExternalRequest) {
    super(`The result of ${plan.id} is not known yet`);
  }
}

/** A call failed, and nothing may continue without it. */
export class CallFailed extends Error {
  override name = "CallFailed";

  /** `data` has the results so far, that of the failed call too. */
  constructor(plan: ExternalCallPlan, why: string, readonly data: JsonMap, readonly retryInMs: number | undefined) {
    super(`${plan.at}: the call "${plan.name}" failed: ${why}`);
  }
}

/** Longest `body` of a result, in characters; `json` is made of all of it. */
const maxBody = 4096;

/** Parses the templates and conditions of calls once. */
export function compileCalls(plans: readonly ExternalCallPlan[], templates: Templates): CompiledCall[] {
  return plans.map((plan) => ({
    plan,
    gate: compileGate(plan),
    url: templates.compile(plan.url),
    headers: Object.entries(plan.headers).map(([name, value]) => [name, templates.compile(value)] as const),
    body: plan.body && templates.compile(plan.body),
  }));
}

/**
 * `data` with the results of these calls under `.external`, besides those that are there. Each call sees the results of
 * those before it. Throws `CallNeeded`, `CallFailed` and `RenderError`.
 */
export function withExternal(
  calls: readonly CompiledCall[],
  data: JsonMap,
  wallMs: number,
  view: ExternalView,
): JsonMap {
  let result = data;
  for (const call of calls) {
    const { plan, gate } = call;
    const condition = evaluateGate(gate, result, { wallMs });
    if (condition.state === "unknown") {
      const { at, message } = condition.error;
      throw new RenderError(at === "" ? plan.at : at, `The condition of the call "${plan.name}" fails: ${message}`);
    }
    if (condition.state === "false") {
      result = withResult(result, plan, notCalled(""));
      continue;
    }
    const request = requestOf(call, result);
    const known = view.find(plan, request);
    if (known === undefined) throw new CallNeeded(plan, request);
    result = withResult(result, plan, known.result);
    const error = String(known.result["error"]);
    if (error !== "" && !plan.continueOnError && !view.continues) {
      throw new CallFailed(plan, error, result, known.retryInMs);
    }
  }
  return result;
}

function requestOf({ plan, url, headers, body }: CompiledCall, data: JsonMap): ExternalRequest {
  const rendered: Record<string, string> = {};
  for (const [name, value] of headers) rendered[name] = textOf(value, data).trim();
  return {
    name: plan.name,
    url: textOf(url, data).trim(),
    headers: rendered,
    ...(body === undefined ? {} : { body: textOf(body, data) }),
  };
}

function withResult(data: JsonMap, { name }: ExternalCallPlan, result: JsonMap): JsonMap {
  const before = ownValue(data, "external");
  const external: JsonMap = isMap(before) ? { ...before } : {};
  setOwn(external, name, result);
  return { ...data, external };
}

/** The result of a call that was not made. `error`: why it could not be; "": its conditions do not hold. */
export function notCalled(error: string): JsonMap {
  return { called: "false", ok: false, status: "", statusCode: 0, body: "", error, headers: {}, durationSeconds: 0 };
}

/**
 * The result of a call as templates read it. Fields of a JSON object stand under `json`, and beside the other fields of
 * the result where they have another name. A body that says that it is JSON, and is none, is a failed call.
 */
export function resultOf(outcome: ExternalOutcome): JsonMap {
  const { statusCode, headers, body, durationSeconds } = outcome;
  const parsed = body === "" ? undefined : jsonOf(headers["content-type"], body);
  const problem = parsed !== undefined && "problem" in parsed ? parsed.problem : "";
  const error = outcome.error !== "" ? outcome.error : problem;
  const own: JsonMap = {
    called: "true",
    ok: error === "",
    status: statusCode === 0 ? "" : String(statusCode),
    statusCode,
    body: body.slice(0, maxBody),
    error,
    headers: { ...headers },
    durationSeconds,
  };
  if (parsed === undefined || "problem" in parsed) return own;
  const { value } = parsed;
  // Own keys are copied as own keys, also one that is called `__proto__`.
  return { ...(isMap(value) ? value : {}), ...own, json: value };
}

function jsonOf(
  type: string | undefined,
  body: string,
): { readonly value: Json } | { readonly problem: string } | undefined {
  const media = (type ?? "").split(";")[0]!.trim().toLowerCase();
  if (media === "application/json" || media.endsWith("+json")) return readJson(body);
  // Many servers do not say it.
  if (media !== "" && media !== "text/plain" && media !== "application/octet-stream") return undefined;
  if (!/^\s*[[{]/.test(body)) return undefined;
  const read = readJson(body);
  return "problem" in read ? undefined : read;
}

/** Fields of a result that tell a call that failed from one that succeeded. */
const outcomeFields: ReadonlySet<string> = new Set(["error", "ok", "status", "statusCode", "called"]);

/** Calls that a rule reads, by name; true: it tests whether they succeeded. */
export type CallReads = ReadonlyMap<string, boolean>;

/** The calls that these paths into the data lead to. */
export function callReads(paths: Iterable<readonly string[]>): CallReads {
  const reads = new Map<string, boolean>();
  for (const [root, name, field] of paths) {
    if (root !== "external" || name === undefined) continue;
    const tests = field === undefined || outcomeFields.has(field);
    reads.set(name, (reads.get(name) ?? false) || tests);
  }
  return reads;
}

/**
 * The first call that a rule needs and that failed, or could not be made, so that the rule cannot be applied;
 * `undefined`: there is none. A rule that tests whether a call succeeded can be applied.
 */
export function unknownCall(reads: CallReads, data: JsonMap): string | undefined {
  const external = ownValue(data, "external");
  for (const [name, tests] of reads) {
    const result = !tests && isMap(external) ? ownValue(external, name) : undefined;
    if (isMap(result) && result["error"] !== "") return name;
  }
  return undefined;
}
