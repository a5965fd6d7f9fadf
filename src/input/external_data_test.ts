import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import type { ExternalCallPlan } from "../conditions/mod.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import {
  CallFailed,
  CallNeeded,
  callReads,
  compileCalls,
  type ExternalOutcome,
  type ExternalView,
  noCalls,
  resultOf,
  unknownCall,
  withExternal,
} from "./external_data.ts";

function planOf(name: string, url: string, more: Partial<ExternalCallPlan> = {}): ExternalCallPlan {
  return {
    name,
    id: `validation.external[0]`,
    method: "GET",
    url: { text: url, at: "k.yaml:1:1" },
    headers: {},
    expectedStatus: [],
    timeoutMs: 1000,
    retry: { initialMs: 1, maxMs: 1, multiplier: 1, maxAttempts: 1 },
    continueOnError: false,
    at: "k.yaml:1:1",
    ...more,
  };
}

const outcome = (body: string, type?: string, more: Partial<ExternalOutcome> = {}): ExternalOutcome => ({
  statusCode: 200,
  headers: type === undefined ? {} : { "content-type": type },
  body,
  error: "",
  durationSeconds: 0.1,
  ...more,
});

function run(plans: readonly ExternalCallPlan[], data: JsonMap, view: Partial<ExternalView>): JsonMap {
  const known: ExternalView = { continues: false, find: () => undefined, ...view };
  return withExternal(compileCalls(plans, new Templates()), data, 0, known);
}

Deno.test("withExternal() asks for one call after the other, each with the results of those before it", () => {
  const plans = [planOf("a", "http://a/{{ .spec.x }}"), planOf("b", "http://b/{{ .external.a.json.y }}")];
  const asked: string[] = [];
  const results = new Map<string, JsonMap>();
  for (let round = 0; round < 3; round++) {
    try {
      const data = run(plans, { spec: { x: 1 } }, {
        find: ({ name }) => results.has(name) ? { result: results.get(name)! } : undefined,
      });
      assert.deepEqual(Object.keys(data["external"] as JsonMap), ["a", "b"]);
    } catch (error) {
      assert.ok(error instanceof CallNeeded);
      asked.push(error.request.url);
      results.set(error.plan.name, resultOf(outcome('{"y":2}')));
    }
  }
  assert.deepEqual(asked, ["http://a/1", "http://b/2"]);
});

Deno.test("withExternal() throws for a failed call, with the results so far; with continueOnError and at admission it does not", () => {
  const failed = { result: resultOf(outcome("", undefined, { statusCode: 0, error: "No response" })), retryInMs: 7 };
  const fails = (plan: Partial<ExternalCallPlan>, view: Partial<ExternalView>) =>
    run([planOf("a", "http://a/", plan)], {}, { find: () => failed, ...view });
  assert.throws(() => fails({}, {}), (error: unknown) => {
    assert.ok(error instanceof CallFailed);
    assert.equal(error.message, 'k.yaml:1:1: the call "a" failed: No response');
    assert.equal(error.retryInMs, 7);
    assert.equal(((error.data["external"] as JsonMap)["a"] as JsonMap)["error"], "No response");
    return true;
  });
  for (const data of [fails({ continueOnError: true }, {}), fails({}, { continues: true })]) {
    assert.equal(((data["external"] as JsonMap)["a"] as JsonMap)["ok"], false);
  }
});

Deno.test("withExternal() makes no call whose conditions do not hold, and throws for those that cannot be evaluated", () => {
  const when = (text: string) => [{ field: { text, at: "k.yaml:2:2" }, operator: "exists" as const }];
  const data = run([planOf("a", "http://a/", { when: when("spec.on") })], { spec: {} }, {});
  const { called, error, body } = (data["external"] as JsonMap)["a"] as JsonMap;
  assert.deepEqual([called, error, body], ["false", "", ""]);
  assert.throws(
    () => run([planOf("a", "http://a/", { when: when("{{ index .spec.list 3 }}") })], { spec: { list: [] } }, {}),
    (thrown: unknown) =>
      thrown instanceof RenderError && /^k\.yaml:2:2: The condition of the call "a"/.test(thrown.message),
  );
});

Deno.test("withExternal() with noCalls has every call fail", () => {
  const data = run([planOf("a", "http://a/")], {}, noCalls);
  assert.equal(((data["external"] as JsonMap)["a"] as JsonMap)["error"], "It is not made here");
});

const bodies: [what: string, body: string, type: string | undefined, json: unknown, error: string][] = [
  ["JSON by its type", '{"a":1}', "application/json; charset=utf-8", { a: 1 }, ""],
  ["JSON of another type of JSON", "[1]", "application/problem+json", [1], ""],
  ["JSON without a type", ' {"a":1}', undefined, { a: 1 }, ""],
  ["a scalar without a type", "12", undefined, undefined, ""],
  ["a scalar that is declared", "12", "application/json", 12, ""],
  ["text that begins like JSON", "{oops", "text/plain", undefined, ""],
  ["HTML", "<p>", "text/html", undefined, ""],
  ["JSON that is said to be HTML", '{"a":1}', "text/html", undefined, ""],
  ["no JSON, although declared", "<p>", "application/json", undefined, "the body is no JSON"],
  ["an empty body that is declared", "", "application/json", undefined, ""],
  ["an integer beyond 2^53", "[9007199254740993]", "application/json", [9007199254740993n], ""],
  [
    "too many values",
    `[${"1,".repeat(30_000)}1]`,
    "application/json",
    undefined,
    "the JSON of the body has more than 20000 values",
  ],
  [
    "too deep",
    "[".repeat(100_000),
    "application/json",
    undefined,
    "the JSON of the body is nested more than 64 levels deep",
  ],
  [
    "brackets in strings",
    JSON.stringify(['[[{,\\"', "x".repeat(10)]),
    "application/json",
    ['[[{,\\"', "xxxxxxxxxx"],
    "",
  ],
];

for (const [what, body, type, json, error] of bodies) {
  Deno.test(`resultOf() ${what}`, () => {
    const result = resultOf(outcome(body, type));
    assert.deepEqual(result["json"], json);
    assert.equal(result["error"], error);
    assert.equal(result["ok"], error === "");
    assert.ok(String(result["body"]).length <= 4096);
  });
}

Deno.test("resultOf() has fields of JSON beside its own, which win; keys of prototypes are keys", () => {
  const result = resultOf(
    outcome('{"size":3,"ok":"no","error":"x","__proto__":{"evil":1},"constructor":2}', "application/json"),
  );
  assert.deepEqual([result["size"], result["ok"], result["error"], result["constructor"]], [3, true, "", 2]);
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.equal((result as { evil?: unknown }).evil, undefined);
  assert.ok(Object.hasOwn(result, "__proto__"));
});

Deno.test("unknownCall() is the call that a rule needs and that failed, unless the rule tests it", () => {
  const data: JsonMap = { external: { a: { error: "x" }, b: { error: "" } } };
  const cases: [paths: string[], call: string | undefined][] = [
    [["external.a.json.x"], "a"],
    [["external.a.body", "external.a.ok"], undefined],
    [["external.a.error"], undefined],
    [["external.a"], undefined],
    [["external.b.json.x"], undefined],
    [["external.c.json.x"], undefined],
    [["spec.a"], undefined],
    [["external.b.json.x", "external.a.statusText"], "a"],
  ];
  for (const [paths, call] of cases) {
    assert.equal(unknownCall(callReads(paths.map((path) => path.split("."))), data), call, paths.join());
  }
});
