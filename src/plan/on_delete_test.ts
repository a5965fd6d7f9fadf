import assert from "node:assert/strict";
import { boxOf, describeEffect, describeWatch } from "../../tests/support/plans.ts";
import { entriesOfDeletion } from "./on_delete.ts";

const job = "{apiVersion: batch/v1, kind: Job, metadata: {name: a}";

Deno.test("deriveOnDelete() runs Jobs that say what they do, and deletes what is only named", () => {
  const { onDelete } = boxOf(
    `onDelete:\n  jobs: [{image: i}, {name: x}]\n  custom: [${job}, spec: {template: {}}}, ${job}}]\n` +
      "  deployments: [{}]\n",
  );
  const [group] = onDelete!.groups;
  assert.deepEqual(group!.jobs.map(({ id }) => id), ["onDelete.custom[0]", "onDelete.jobs[0]"]);
  assert.deepEqual(group!.deletes.map(({ id }) => id), [
    "onDelete.custom[1]",
    "onDelete.deployments[0]",
    "onDelete.jobs[1]",
  ]);
  assert.deepEqual([onDelete!.ordered, onDelete!.timeoutMs], [false, 300_000]);
});

Deno.test("deriveOnDelete() keeps groups in their order, and the defaults of children away", () => {
  const box = boxOf(
    "deletionPolicy: Retain\nadopt: true\nonDelete:\n  ordered: true\n  timeout: 1m\n  groups:\n" +
      "  - {name: b, jobs: [{image: i, adopt: true, deletionPolicy: Retain}], when: [{field: spec.a}]}\n" +
      "  - {secrets: [{name: x}]}\n",
  );
  const { onDelete } = box;
  assert.deepEqual(onDelete!.groups.map(({ id, name, when }) => [id, name, when?.length]), [
    ["onDelete.groups[0]", "b", 1],
    ["onDelete.groups[1]", undefined, undefined],
  ]);
  assert.deepEqual([onDelete!.ordered, onDelete!.timeoutMs], [true, 60_000]);
  assert.deepEqual(
    entriesOfDeletion(box).map(({ id, adopt, deletionPolicy }) => [id, adopt, deletionPolicy]),
    [["onDelete.groups[0].jobs[0]", false, "Delete"], ["onDelete.groups[1].secrets[0]", false, "Delete"]],
  );
});

Deno.test("deriveOnDelete() leaves out a block without entries: no finalizer, no watch", () => {
  for (const block of ["{}", "{timeout: 1m}", "{jobs: []}", "{ordered: true, groups: [{name: a}]}"]) {
    const box = boxOf(`onDelete: ${block}\n`);
    assert.deepEqual([box.onDelete, box.finalizer, box.children], [undefined, false, []], block);
  }
});

Deno.test("a box with onDelete watches its kinds as children, has the finalizer, and asks for what it does", () => {
  const box = boxOf(
    "onDelete:\n  jobs: [{name: run, image: i}, {name: far, namespace: away, image: i}]\n" +
      "  secrets: [{name: login, namespace: keys}]\n",
    "  namespace: team\n",
  );
  assert.equal(box.finalizer, true);
  assert.deepEqual(box.watches.slice(2).map(describeWatch), [
    "children Job.batch in away,team where orkestra.orkspace.io/owner-kind=Shop.shop.example.org",
    "children Secret in keys where orkestra.orkspace.io/owner-kind=Shop.shop.example.org",
  ]);
  const effects = box.effects.map(describeEffect).filter((text) => /jobs|secrets|shops/.test(text));
  assert.deepEqual(effects.filter((text) => !/^(?:list|watch) /.test(text)).sort(), [
    "create jobs.batch in away,team",
    "delete jobs.batch in away of far",
    "delete secrets in keys of login",
    "get jobs.batch in away of far",
    "get jobs.batch in team of run",
    "get shops.shop.example.org in team",
    "patch shops.shop.example.org in team",
    "patch shops.shop.example.org/status in team",
    "update shops.shop.example.org/finalizers in team",
  ]);
});
