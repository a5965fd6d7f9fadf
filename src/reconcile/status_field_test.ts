import assert from "node:assert/strict";
import { webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { templateData } from "../input/mod.ts";
import { compileBox } from "./compile.ts";
import { nextStatus, type PassResult } from "./status.ts";

const reconciled: PassResult = {
  kind: "reconciled",
  judged: true,
  message: "",
  warnings: [],
  problems: [],
  waitingFor: [],
  notUpdated: [],
  children: [],
  kinds: [],
  unseen: [],
};

interface Around {
  readonly spec?: Record<string, unknown>;
  readonly status?: JsonMap;
  readonly result?: Partial<PassResult>;
}

/** The declared fields of the status after a pass, without what the operator adds, and what could not be evaluated. */
function fieldsAfter(fields: string, { spec = {}, status = {}, result = {} }: Around = {}) {
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
  operatorBox:
    onReconcile: { secrets: [{ name: s, data: { a: b } }] }
    status:
      fields:
${fields.trim().replace(/^(?=.)/gm, "        ")}\n`).boxes;
  const cr = webOf({}, { spec, status });
  const data = templateData(cr, [], new Set());
  const clock = { wallMs: 0, time: "2026-01-01T00:00:00Z" };
  const { wanted, failures } = nextStatus(compileBox(plan!), cr, data, { ...reconciled, ...result }, clock);
  const { conditions: _conditions, observedGeneration: _generation, ...rest } = wanted;
  return { rest, failures: failures.map((text) => text.replace(/k\.yaml:\d+:\d+/, "AT")) };
}

/** What a value of this type comes to: the value, `absent`, or why it cannot be used. */
function typed(type: string, value: unknown): Json | string {
  const field = `- { path: a, value: "{{ .spec.a }}"${type === "" ? "" : `, type: ${type}`} }`;
  const { rest, failures } = fieldsAfter(field, { spec: { a: value }, status: { a: "before" } });
  return failures[0] ?? ("a" in rest ? rest["a"]! : "absent");
}

const map = { b: 1 };
const big = 9007199254740993n;
const values: [type: string, value: unknown, expected: unknown][] = [
  ["", "text", "text"],
  ["", 3, 3],
  ["", map, map],
  ["", undefined, "absent"],
  ["", null, "absent"],
  ["string", "text", "text"],
  ["string", 3, "3"],
  ["string", true, "true"],
  ["string", map, "status.a: AT: is a list or a map, not text"],
  ["string", undefined, "absent"],
  ["int", 3, 3],
  ["int", big, big],
  ["int", " -12 ", -12],
  ["int", "+3", 3],
  ["int", " ", "absent"],
  ["int", 1.5, 'status.a: AT: "1.5" is not a whole number'],
  ["int", "1.5", 'status.a: AT: "1.5" is not a whole number'],
  ["int", "0x10", 'status.a: AT: "0x10" is not a whole number'],
  ["int", "1234567890123456", 'status.a: AT: "1234567890123456" is not a whole number'],
  ["int", true, 'status.a: AT: "true" is not a whole number'],
  ["float", 1.5, 1.5],
  ["float", big, big],
  ["float", " 1.5 ", 1.5],
  ["float", " ", "absent"],
  ["float", "many", 'status.a: AT: "many" is not a number'],
  ["float", "Infinity", 'status.a: AT: "Infinity" is not a number'],
  ["float", true, 'status.a: AT: "a value" is not a number'],
  ["bool", true, true],
  ["bool", false, false],
  ["bool", " True ", true],
  ["bool", "FALSE", false],
  ["bool", " ", "absent"],
  ["bool", "yes", 'status.a: AT: "yes" is neither true nor false'],
  ["bool", 1, 'status.a: AT: "1" is neither true nor false'],
  ["auto", map, map],
  ["auto", "true", true],
  ["auto", " false ", false],
  ["auto", "truely", "truely"],
  ["auto", " 12 ", 12],
  ["auto", "-1.5", -1.5],
  ["auto", "007", "007"],
  ["auto", "1e3", "1e3"],
  ["auto", "1234567890123456", "1234567890123456"],
];

for (const [type, value, expected] of values) {
  const shown = typeof value === "bigint" ? String(value) : JSON.stringify(value);
  Deno.test(`status: ${shown} as ${type === "" ? "it is" : type} is ${String(expected)}`, () => {
    assert.deepEqual(typed(type, value), expected);
  });
}

Deno.test("status: a field that cannot be evaluated stays as it is, and later entries win", () => {
  const fields = `- { path: a.b, value: "{{ .spec.text.deep }}" }
- { path: c, value: first }
- { path: c, value: second }`;
  assert.deepEqual(fieldsAfter(fields, { spec: { text: "t" }, status: { a: { b: "old" } } }), {
    rest: { a: { b: "old" }, c: "second" },
    failures: ['status.a.b: AT: Cannot read field "deep": the value before it is text'],
  });
});

Deno.test("status: a field below a value that is no map is not written", () => {
  assert.deepEqual(fieldsAfter("- { path: a.b, value: x }", { status: { a: "text" } }), {
    rest: { a: "text" },
    failures: ["status.a.b: AT: the path leads through a value that is no map"],
  });
});

const on = 'when: [{ field: spec.on, equals: "yes" }]';

Deno.test("status: a field whose condition is false stays, or is cleared as its type can be", () => {
  const after = (more: string) =>
    fieldsAfter(`- { path: a, value: "{{ .spec.a }}", ${on}${more} }`, { status: { a: "old" } }).rest["a"];
  assert.equal(after(""), "old");
  for (const type of ["", ", type: string", ", type: auto"]) assert.equal(after(`, clearOnFalse: true${type}`), "");
  for (const type of ["int", "float", "bool"]) {
    assert.equal(after(`, clearOnFalse: true, type: ${type}`), undefined, type);
  }
});

Deno.test("status: a condition that cannot be evaluated is reported, and its field stays", () => {
  const field = '- { path: a, value: x, clearOnFalse: true, when: [{ field: "{{ .spec.text.deep }}" }] }';
  const { rest, failures } = fieldsAfter(field, { spec: { text: "t" }, status: { a: "old" } });
  assert.equal(rest["a"], "old");
  assert.match(failures[0]!, /^status\.a: AT: the condition cannot be evaluated: Cannot read field "deep"/);
});

Deno.test("status: after a failure only fields with conditions are evaluated", () => {
  const fields = `- { path: plain, value: x }\n- { path: phase, value: y, ${on} }`;
  const problem = { entry: "e", reason: "ReconcileError", message: "no" } as const;
  const after = (result: Partial<PassResult>) => fieldsAfter(fields, { spec: { on: "yes" }, result }).rest;
  assert.deepEqual(after({}), { plain: "x", phase: "y" });
  assert.deepEqual(after({ problems: [{ ...problem, state: "waiting" }] }), { plain: "x", phase: "y" });
  assert.deepEqual(after({ problems: [{ ...problem, state: "failed" }] }), { phase: "y" });
  assert.deepEqual(after({ kind: "failed", message: "no" }), { phase: "y" });
  assert.deepEqual(after({ kind: "denied", message: "no" }), { phase: "y" });
});

Deno.test("status: a field that reads a kind that cannot be read stays as it is", () => {
  const fields = '- { path: a, value: "{{ .children.secret.metadata.name }}" }\n- { path: b, value: x }';
  assert.deepEqual(fieldsAfter(fields, { status: { a: "old" }, result: { unseen: ["Secret"] } }).rest, {
    a: "old",
    b: "x",
  });
  assert.deepEqual(fieldsAfter(fields, { status: { a: "old" } }).rest, { b: "x" });
});
