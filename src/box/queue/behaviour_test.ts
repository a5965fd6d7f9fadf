import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import type { QueueBehaviourPlan } from "../../conditions/mod.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { overflowRules } from "./behaviour.ts";

const crs: Record<string, KubeObject> = {
  bronze: { apiVersion: "a/v1", kind: "A", metadata: { name: "bronze" }, spec: { tier: "bronze" } },
  gold: { apiVersion: "a/v1", kind: "A", metadata: { name: "gold" }, spec: { tier: "gold" } },
  leaving: {
    apiVersion: "a/v1",
    kind: "A",
    metadata: { name: "leaving", deletionTimestamp: "2026-01-01T00:00:00Z" },
    spec: { tier: "bronze" },
  },
};

/** `depth drops: keys to which the rule applies`, and the errors. */
function rulesOf(plan: QueueBehaviourPlan, bounded: <T>(run: () => T) => T = (run) => run()) {
  const errors: string[] = [];
  const rules = overflowRules(plan, {
    clock: new FakeClock(),
    cr: (key) => crs[key],
    bounded,
    failed: (key, error) => void errors.push(`${key}: ${error}`),
  });
  const keys = [...Object.keys(crs), "unknown"];
  return {
    rules: rules.map(({ depth, drops, applies }) =>
      `${depth} ${drops ? "drops" : "warns"}: ${keys.filter((key) => applies(key)).join(", ")}`
    ),
    errors,
  };
}

const field = { text: "spec.tier", at: "k.yaml:1:1" };
const isBronze = { field, operator: "equals", value: { text: "bronze", at: "k.yaml:1:1" } } as const;

Deno.test("overflowRules() apply to every CR but those that are being deleted or unknown", () => {
  assert.deepEqual(rulesOf({ maxDepth: 100, onLimit: { drop: true } }).rules, ["100 drops: bronze, gold"]);
  assert.deepEqual(rulesOf({ maxDepth: 100, onLimit: { drop: false } }).rules, ["100 warns: bronze, gold"]);
});

Deno.test("overflowRules() take a threshold as part of the depth, at least one key, and look at the CR", () => {
  const onThreshold = { percent: 75, when: [isBronze] };
  assert.deepEqual(rulesOf({ maxDepth: 10, onThreshold, onLimit: { drop: true } }).rules, [
    "8 drops: bronze",
    "10 drops: bronze, gold",
  ]);
  assert.deepEqual(rulesOf({ maxDepth: 10, onThreshold: { percent: 1 } }).rules, ["1 drops: bronze, gold"]);
});

Deno.test("overflowRules() refer to the depth that is in effect", () => {
  let depth = 10;
  const rules = overflowRules({ maxDepth: 10, onThreshold: { percent: 50 }, onLimit: { drop: true } }, {
    clock: new FakeClock(),
    cr: (key) => crs[key],
    bounded: (run) => run(),
    failed: () => {},
    maxDepth: () => depth,
  });
  const depths = () => rules.map((rule) => rule.depth);
  assert.deepEqual(depths(), [5, 10]);
  depth = 100;
  assert.deepEqual(depths(), [50, 100]);
});

Deno.test("overflowRules() add a key whose condition cannot be evaluated, and report it", () => {
  const broken = { ...isBronze, field: { text: "{{ .spec.tier.name }}", at: "k.yaml:9:9" } };
  const failing = rulesOf({ maxDepth: 1, onLimit: { drop: true, when: [broken] } });
  assert.deepEqual(failing.rules, ["1 drops: "]);
  assert.equal(failing.errors.length, 2);
  assert.match(failing.errors[0]!, /^bronze: .*name/);
  const late = rulesOf({ maxDepth: 1, onLimit: { drop: true, when: [isBronze] } }, () => {
    throw new Error("Too slow");
  });
  assert.deepEqual(late, { rules: ["1 drops: "], errors: ["bronze: Too slow", "gold: Too slow"] });
});
