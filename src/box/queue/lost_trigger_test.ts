import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { childOf, webOf } from "../../../tests/support/decision.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { observeChild, type Observer } from "../../reconcile/mod.ts";
import { Store } from "../cache/store.ts";
import { WorkQueue } from "./queue.ts";
import { type PassInputs, Settled } from "./settled.ts";

// The resync as the level trigger of a box: it compares the cache with what was settled, whatever was or was not added.

const configMaps = builtInType("ConfigMap")!;
const crType = { group: "demo.dev", version: "v1", kind: "Web", plural: "webs", namespaced: true };
const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
const resyncMs = 30_000;

/** A cache with one CR and its child, a queue, and what a box does between the two at a resync. */
function settledBox() {
  const clock = new FakeClock();
  const store = new Store(crType);
  const settled = new Settled();
  const cr = webOf({ resourceVersion: "10" });
  const key = objectKey(cr.metadata);
  const inputs = (): PassInputs => ({
    cr: store.cr(key)!,
    children: store.childChanges(key),
    cross: 0,
    sources: 0,
    unique: 0,
    external: 0,
    epoch: 0,
  });
  const queue: WorkQueue = new WorkQueue({
    clock,
    resyncMs,
    skipsResync: (due) => {
      if (!settled.maySkip(due, inputs())) return false;
      queue.resyncAfter(due, resyncMs);
      return true;
    },
  });
  const put = (object: KubeObject): void => void store.putChild(observeChild(configMaps, object, observer));
  store.putCr(cr);
  put(childOf({ resourceVersion: "11" }));
  settled.add(key, inputs());
  queue.resyncAfter(key, resyncMs);
  const resync = async (): Promise<void> => {
    await clock.advance(resyncMs * 1.02);
    await settle();
  };
  return { store, queue, key, put, resync };
}

Deno.test("a resync makes no pass while the cache is what was settled", async () => {
  const { queue, resync } = settledBox();
  for (let n = 0; n < 10; n++) await resync();
  assert.equal(queue.depth, 0);
});

const changes: [what: string, change: (box: ReturnType<typeof settledBox>) => void][] = [
  ["a child was changed", ({ put }) => put(childOf({ resourceVersion: "12" }))],
  ["a child is gone", ({ store }) => void store.removeChild(configMaps, "shop/one", "12")],
  ["there is another child", ({ put }) => put(childOf({ name: "two", uid: "two", resourceVersion: "12" }))],
  ["the CR was changed", ({ store }) => void store.putCr(webOf({ resourceVersion: "12" }))],
];
for (const [what, change] of changes) {
  Deno.test(`a change whose trigger was lost is found by the next resync: ${what}`, async () => {
    const box = settledBox();
    await box.resync();
    change(box); // and nobody adds the key
    assert.equal(box.queue.depth, 0);
    await box.resync();
    assert.equal(box.queue.depth, 1);
    assert.equal(await box.queue.take(), box.key);
  });
}
