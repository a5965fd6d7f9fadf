import assert from "node:assert/strict";
import type { TriggerPlan } from "../../conditions/mod.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { TriggerWatch } from "./trigger_watch.ts";

const crType = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };
const type = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

function watchOf(plan: Partial<TriggerPlan> = {}): { watch: TriggerWatch; fired: string[] } {
  const fired: string[] = [];
  const watch = new TriggerWatch(
    {
      id: "watch[0]",
      type,
      on: ["create", "update", "delete"],
      route: { by: "label", label: "cr" },
      at: "k:1",
      ...plan,
    },
    {
      crType,
      wallMs: () => 0,
      isOwn: () => false,
      crOf: () => undefined,
      fired: (crs, { key }) => void fired.push(`${key}: ${crs === "all" ? crs : crs.join(" ")}`),
      bounded: (run) => run(),
    },
  );
  return { watch, fired };
}

const map = (name: string, version: string, cr: string, uid = name): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "a", uid, resourceVersion: version, labels: { cr } },
});
const key = (name: string) => objectKey({ namespace: "a", name });

Deno.test("what is there at the start fires nothing; afterwards each change does, those of an interruption too", () => {
  const { watch, fired } = watchOf();
  watch.upsert(map("x", "1", "p"));
  watch.upsert(map("y", "2", "q"));
  watch.listed();
  assert.deepEqual(fired, []);
  // Listed once more: x is the same, y has changed, z is new, and then x is gone.
  watch.upsert(map("x", "1", "p"));
  watch.upsert(map("y", "3", "r"));
  watch.upsert(map("z", "4", "p"));
  watch.replaced(new Set([key("y"), key("z")]), undefined);
  assert.deepEqual(fired, ["a/y: a/q a/r", "a/z: a/p", "a/x: a/p"]);
});

Deno.test("an object that was recreated meanwhile was created; those of other namespaces are not gone", () => {
  const { watch, fired } = watchOf({ on: ["create", "delete"] });
  watch.upsert(map("x", "1", "p", "u1"));
  watch.listed();
  watch.upsert(map("x", "2", "p", "u1"));
  watch.replaced(new Set(), "b");
  assert.deepEqual(fired, []);
  watch.upsert(map("x", "3", "p", "u2"));
  watch.removed(map("x", "4", "p", "u2"));
  watch.removed(map("x", "4", "p", "u2"));
  assert.deepEqual(fired, ["a/x: a/p", "a/x: a/p"]);
});

Deno.test("what went during an interruption passes every gate: nothing is known of it", () => {
  const { watch, fired } = watchOf({ gate: { sentinels: ["labelsChanged"], failsClosed: true } });
  watch.upsert(map("x", "1", "p"));
  watch.listed();
  watch.upsert(map("x", "2", "p"));
  assert.deepEqual(fired, []);
  watch.replaced(new Set(), undefined);
  assert.deepEqual(fired, ["a/x: a/p"]);
});
