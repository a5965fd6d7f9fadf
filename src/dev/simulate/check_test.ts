import assert from "node:assert/strict";
import type { Expectation } from "../../katalog/mod.ts";
import { checkExpectation } from "./check.ts";
import type { Cycle, Operation } from "./operation.ts";

const operation = (verb: Operation["verb"], resource: string, name = "a"): Operation => ({
  ...{ verb, resource, name },
  text: `${verb} ${resource} ${name}`,
});
const cycles: Cycle[] = [
  { operations: [operation("create", "configmaps"), operation("create", "configmaps", "b")], errors: ["refused"] },
  { operations: [operation("update", "deployments"), operation("update", "status")], errors: [] },
  { operations: [operation("delete", "jobs")], errors: [] },
];

function checked(expected: Partial<Expectation>, steadyAt?: number): string[] {
  const all = { steady: false, noErrors: false, ops: [], absent: [], ...expected };
  return checkExpectation(all, { cycles, steadyAt }, new Set(["configmaps", "jobs", "status"])).map((
    { passed, text, why },
  ) => `${passed ? "yes" : "no"} ${text}${why === undefined ? "" : `: ${why}`}`);
}

Deno.test("checkExpectation() judges when cycles begin to do the same, and errors", () => {
  assert.deepEqual(checked({ steady: true, steadyAt: 3 }, 3), ["yes steady", "yes steady at cycle 3"]);
  assert.deepEqual(checked({ steady: true, steadyAt: 2 }, 3), ["yes steady", "no steady at cycle 2: only at cycle 3"]);
  assert.deepEqual(checked({ steady: true, steadyAt: 2 }), [
    "no steady: not after 3 cycles",
    "no steady at cycle 2: not after 3 cycles",
  ]);
  assert.deepEqual(checked({ noErrors: true }), ["no no errors: cycle 1: refused"]);
});

Deno.test("checkExpectation() finds operations by cycle, verb, resource and name, and says what there is instead", () => {
  const op = (more: object) => checked({ ops: [{ resource: "configmaps", count: 1, at: "s:1:1", ...more }] })[0];
  assert.equal(op({}), "yes configmaps");
  assert.equal(op({ cycle: 1, verb: "create", name: "b" }), "yes create configmaps/b in cycle 1");
  assert.equal(op({ verb: "apply", count: 2 }), "yes apply configmaps, 2 times");
  assert.equal(op({ verb: "create", count: 3 }), "no create configmaps, 3 times: 2 times only");
  assert.equal(op({ cycle: 2 }), "no configmaps in cycle 2: cycle 1 create configmaps a");
  assert.equal(op({ verb: "delete" }), "no delete configmaps: cycle 1 create configmaps a");
  assert.equal(op({ resource: "secrets" }), "no secrets: there is none");
  for (const verb of ["update", "patch", "apply"]) {
    assert.equal(op({ resource: "deployments", verb }), `yes ${verb} deployments`);
  }
  assert.equal(op({ resource: "jobs", verb: "apply" }), "no apply jobs: cycle 3 delete jobs a");
});

Deno.test("checkExpectation() finds operations that must not be made", () => {
  const absent = (more: object) => checked({ absent: [{ resource: "jobs", count: 1, at: "s:1:1", ...more }] })[0];
  assert.equal(absent({ cycle: 1 }), "yes no jobs in cycle 1");
  assert.equal(absent({}), "no no jobs: cycle 3 delete jobs a");
  const misspelt = 'there is no resource of this name, did you mean "jobs"?';
  assert.equal(absent({ resource: "job", cycle: 1 }), `no no job in cycle 1: ${misspelt}`);
  assert.equal(absent({ resource: "nothing" }), "no no nothing: there is no resource of this name");
});
