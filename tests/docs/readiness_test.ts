import assert from "node:assert/strict";
import { apiVersionOf, type ResourceType } from "../../src/k8s/object.ts";
import { readinessOf } from "../../src/readiness/mod.ts";
import { shorthands } from "../../src/resources/mod.ts";
import { projectRoot } from "../architecture/paths.ts";

const text = Deno.readTextFileSync(`${projectRoot}/docs/readiness.md`);

/** The kinds in the first column of the table of rules. */
const inTable = text.split("\n| Kind ")[1]!.split("\n\n")[0]!.split("\n").slice(2)
  .flatMap((row) => row.split("|")[1]!.split(",").map((kind) => kind.trim()));
const withoutRule = /Of those that have a shorthand:\s([^.]*)\./.exec(text)![1]!.split(",").map((kind) => kind.trim());

/** A kind without a rule of its own is judged by its condition `Ready`, and is ready without one. */
function hasRule(type: ResourceType): boolean {
  const { kind } = type;
  const object = { apiVersion: apiVersionOf(type), kind, metadata: { name: "a" } };
  const unready = { type: "Ready", status: "False", reason: "No", message: "by its condition" };
  const judged = readinessOf({ ...object, status: { conditions: [unready] } });
  if (judged.message !== unready.message) return true;
  assert.deepEqual(readinessOf(object), { state: "ready", message: "exists" }, kind);
  return false;
}

Deno.test("docs/readiness.md says of every kind with a shorthand whether it has a rule", () => {
  const kinds = [...shorthands.values()].flatMap(({ type }) => type ?? []);
  assert.deepEqual(withoutRule, kinds.filter((type) => !hasRule(type)).map(({ kind }) => kind));
  assert.deepEqual(kinds.filter((type) => hasRule(type) && !inTable.includes(type.kind)), []);
});
