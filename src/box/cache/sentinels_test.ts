import assert from "node:assert/strict";
import type { KubeObject } from "../../k8s/object.ts";
import { Sentinels } from "./sentinels.ts";

function shop(more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: { name: "blue", namespace: "town", uid: "1", generation: 1, ...more },
  };
}

const changedOf = (sentinels: Sentinels, cr: KubeObject) =>
  Object.entries(sentinels.of(cr)).filter(([, changed]) => changed).map(([name]) => name);

Deno.test("Sentinels tell what has changed since the last reconcile", () => {
  const sentinels = new Sentinels();
  assert.equal(changedOf(sentinels, shop()).length, 8, "nothing is known of it");
  sentinels.reconciled(shop());
  assert.deepEqual(changedOf(sentinels, shop()), []);
  assert.deepEqual(changedOf(sentinels, shop({ generation: 2 })), ["generationChanged"]);
  assert.deepEqual(changedOf(sentinels, shop({ labels: { a: "b" } })), ["labelsChanged"]);
});

Deno.test("of an object that was recreated under its name everything has changed, although its generation has not", () => {
  const sentinels = new Sentinels();
  sentinels.reconciled(shop());
  assert.equal(changedOf(sentinels, shop({ uid: "2" })).length, 8);
});
