import assert from "node:assert/strict";
import { decide } from "../../tests/support/decide.ts";
import { childOf, observed, ourEntry, webOf } from "../../tests/support/decision.ts";
import { desire } from "../../tests/support/desire.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { describeChange, doneChange } from "./change.ts";
import type { DesiredChild } from "./desired.ts";
import type { ObservedChild } from "./observed.ts";
import { decideScaling, type ScalingDecision } from "./scaling.ts";

const type = builtInType("Deployment")!;
const lastScale = "orkestra.orkspace.io/last-scale-event";
const nowMs = Date.parse("2026-01-05T10:00:00Z");
const stamp = (secondsAgo: number) => new Date(nowMs - secondsAgo * 1000).toISOString();

/** Steps up by 2 while `spec.load` is above 80, and down by 1 while it is below 20. */
const usual = `min: 2, max: 8, cooldown: 30s,
        scaleUp: { conditions: { when: [{ field: spec.load, greaterThan: "80" }] }, increment: 2 },
        scaleDown: { conditions: { when: [{ field: spec.load, lessThan: "20" }] } }`;

function desired(autoscale: string, spec: Record<string, unknown>, replicas = ""): DesiredChild {
  const { children, problems } = desire(
    `onReconcile:
  deployments:
    - { name: one, image: x, ${replicas}
        autoscale: { ${autoscale} } }`,
    { spec },
  );
  assert.deepEqual(problems, []);
  const [child] = children;
  return { ...child!, scaling: { ...child!.scaling!, wallMs: nowMs } };
}

function deployment(replicas: number, notes: Record<string, string> = {}): ObservedChild {
  return observed(childOf({ annotations: notes }, { spec: { replicas } }), type);
}

function step(autoscale: string, load: number, replicas: number, notes?: Record<string, string>): ScalingDecision {
  const child = desired(autoscale, { load });
  return decideScaling(child, child.scaling!, deployment(replicas, notes), { unseen: () => undefined });
}

const both = `min: 1, max: 3,
        scaleUp: { conditions: { or: [{ field: spec.load, exists: true }] } },
        scaleDown: { conditions: { or: [{ field: spec.load, exists: true }] } }`;
const targets = `max: 9,
        scaleUp: { conditions: { when: [{ field: spec.load, greaterThan: "80" }] }, target: 6 },
        scaleDown: { conditions: { when: [{ field: spec.load, lessThan: "20" }] }, target: 1 }`;

const steps: [what: string, autoscale: string, load: number, from: number, to: number | undefined, by?: string][] = [
  ["the conditions of scaleUp hold", usual, 90, 3, 5, "scaleUp"],
  ["a step up is cut at the largest number", usual, 90, 7, 8, "scaleUp"],
  ["the largest number is reached", usual, 90, 8, undefined],
  ["the conditions of scaleDown hold", usual, 10, 5, 4, "scaleDown"],
  ["the least number is reached", usual, 10, 2, undefined],
  ["no conditions hold", usual, 50, 5, undefined],
  ["somebody scaled above the largest number", usual, 50, 11, 8, "max"],
  ["somebody scaled below the least number", usual, 50, 1, 2, "min"],
  ["it is switched off", usual, 90, 0, undefined],
  ["both hold: up it goes", both, 1, 2, 3, "scaleUp"],
  ["both hold at the largest number: it does not move up and down", both, 1, 3, undefined],
  ["a step up has a target", targets, 90, 2, 6, "scaleUp"],
  ["a step up to a target never lowers", targets, 90, 7, undefined],
  ["without a least number there is no step down", targets, 10, 4, undefined],
  ["without a least number it begins at zero, too", targets, 90, 0, 6, "scaleUp"],
  ["a step down has a target", `min: 0, ${targets}`, 10, 4, 1, "scaleDown"],
  ["a step down to a target never raises", `min: 0, ${targets}`, 10, 0, undefined],
];

for (const [what, autoscale, load, from, to, by] of steps) {
  Deno.test(`decideScaling() where ${what}`, () => {
    const { step: found, problem } = step(autoscale, load, from);
    assert.deepEqual([found, problem], [to === undefined ? undefined : { from, to, by }, undefined]);
  });
}

Deno.test("between two steps lies the cooldown, after which it is decided again; bounds wait for nothing", () => {
  const table: [load: number, from: number, secondsAgo: number, to: number | undefined, againMs: number | undefined][] =
    [
      [90, 3, 10, undefined, 20_000],
      [10, 5, 29.5, undefined, 500],
      [90, 3, 30, 5, 30_000],
      [90, 3, -0.5, undefined, 30_500], // the clock of another process
      [90, 3, -3600, 5, 30_000], // no box has written that
      [50, 3, 10, undefined, undefined], // nothing to wait for
      [50, 9, 10, 8, undefined],
    ];
  for (const [load, from, secondsAgo, to, againMs] of table) {
    const found = step(usual, load, from, { [lastScale]: stamp(secondsAgo) });
    assert.deepEqual([found.step?.to, found.againMs], [to, againMs], `${load} ${from} ${secondsAgo}`);
  }
  assert.equal(step(usual, 90, 3, { [lastScale]: "yesterday" }).step?.to, 5);
});

Deno.test("conditions of the clock schedule the time at which they may change", () => {
  const night = `min: 1, max: 9,
        scaleUp: { conditions: { when: [{ time: { after: "08:00", before: "10:29" } }] }, target: 5 },
        scaleDown: { conditions: { when: [{ time: { after: "18:00" } }] }, target: 1 }`;
  assert.deepEqual(step(night, 0, 5), { againMs: 30 * 60_000 });
  assert.deepEqual(step(night, 0, 2).step, { from: 2, to: 5, by: "scaleUp" });
});

Deno.test("conditions that cannot be evaluated leave the number as it is, and are a problem of the entry", () => {
  const broken = (condition: string) => {
    const child = desired(`min: 1, max: 9, scaleUp: { conditions: { when: [${condition}] } }`, { load: 90 });
    return decideScaling(child, child.scaling!, deployment(3), { unseen: () => undefined });
  };
  const failed = broken('{ field: spec.load, greaterThan: "{{ .metadata.name }}" }');
  assert.equal(failed.step, undefined);
  assert.equal(failed.problem?.state, "failed");
  assert.match(
    failed.problem!.message,
    /^onReconcile\.deployments\[0\]: k\.yaml:\d+:\d+: autoscale\.scaleUp: the condition cannot be evaluated: /,
  );
  const absent = broken('{ field: "{{ index .children.job.status.list 2 }}", exists: true }');
  assert.deepEqual([absent.step, absent.problem?.state], [undefined, "waiting"]);
});

Deno.test("conditions that read a kind which cannot be read are a problem of the entry; it waits for nothing else", () => {
  const child = desired(usual, { load: 90 });
  const scaling = { ...child.scaling!, gates: { ...child.scaling!.gates, dependsOn: [type] } };
  const { step, problem } = decideScaling(child, scaling, deployment(3), { unseen: () => "cannot read deployments" });
  assert.deepEqual([step, problem?.message], [undefined, "onReconcile.deployments[0]: cannot read deployments"]);
});

/** Applied by us as desired, with this number of Pods. */
function applied(child: DesiredChild, replicas: number, notes: Record<string, string> = {}, owned = {}): ObservedChild {
  const { metadata } = child.object;
  const annotations = { ...metadata.annotations, ...notes };
  const fields = { "f:spec": { ".": {}, ...owned }, "f:metadata": { "f:annotations": {} } };
  const managedFields = [{ ...ourEntry, fieldsV1: fields as never }];
  const { ownerReferences } = metadata;
  return observed(
    childOf({ ...metadata, annotations, managedFields, ownerReferences: ownerReferences! }, { spec: { replicas } }),
    type,
  );
}

Deno.test("a step is one apply of the whole child, with its time; at rest the next pass does nothing", () => {
  const child = desired(usual, { load: 90 }, "replicas: 3,");
  const before = applied(child, 3);
  const memory = { applied: { digest: child.digest, owned: before.owned } };
  const { changes: [change, ...others], againMs } = decide([child], [before], { memory });
  assert.deepEqual([others, againMs], [[], 30_000]);
  assert.ok(change?.action === "update");
  assert.equal(describeChange(doneChange(change), "shop"), "scaled Deployment one from 3 to 5 (autoscale.scaleUp)");
  assert.deepEqual(
    [change.object["spec"].replicas, change.object.metadata.annotations![lastScale], change.digest],
    [5, "2026-01-05T10:00:00.000Z", child.digest],
  );
  const after = applied(child, 5, { [lastScale]: "2026-01-05T10:00:00.000Z" });
  const rest = decide([child], [after], { memory: { applied: { digest: child.digest, owned: after.owned } } });
  assert.deepEqual([rest.changes, rest.againMs], [[], 30_000]);
});

Deno.test("the number that somebody set is adopted, and another change of the child does not reset it or the time", () => {
  const child = desired(usual, { load: 50 }, "replicas: 3,");
  const notes = { [lastScale]: "2026-01-05T09:00:00Z" };
  const scaled = applied(child, 6, notes);
  const memory = { applied: { digest: child.digest, owned: applied(child, 3, notes, { "f:replicas": {} }).owned } };
  assert.deepEqual(decide([child], [scaled], { memory }).changes, []);
  const { changes: [change] } = decide([{ ...child, digest: "other" }], [scaled], { memory });
  assert.ok(change?.action === "update");
  assert.deepEqual([change.cause.why, change.object["spec"].replicas], ["declared", 6]);
  assert.equal(change.object.metadata.annotations![lastScale], notes[lastScale]);
});

Deno.test("an entry that lost its autoscale leaves the number as it is, unless it gives one", () => {
  const plain = (replicas: string, notes: Record<string, string>) =>
    desire(`onReconcile:\n  deployments: [{ name: one, image: x${replicas} }]`, {
      children: [observed(childOf({ annotations: notes }, { spec: { replicas: 6 } }), type)],
    }).children[0]!;
  const notes = { [lastScale]: "2026-01-05T09:00:00Z" };
  assert.deepEqual(
    [plain("", notes).autoscaled, plain("", {}).autoscaled, plain(", replicas: 2", notes).autoscaled],
    [true, false, false],
  );
});

Deno.test("a HorizontalPodAutoscaler of the same CR decides before autoscale, which is a problem", () => {
  const { children, problems } = desire(
    `onReconcile:
  deployments:
    - { name: one, image: x,
        autoscale: { ${usual} } }
  hpa: [{ maxReplicas: 3, when: [{ field: spec.on, equals: "true" }] }]`,
    { cr: webOf({}, { spec: { on: true, load: 90 } }) },
  );
  assert.deepEqual([children[0]!.scaling, children[0]!.autoscaled], [undefined, true]);
  assert.match(
    problems[0]!.message,
    /autoscale is not carried out: HorizontalPodAutoscaler web-hpa .*keep one of them$/,
  );
});
