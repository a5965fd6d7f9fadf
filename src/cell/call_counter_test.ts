import assert from "node:assert/strict";
import type { ClusterApi } from "../cluster/ports.ts";
import { CallCounter } from "./call_counter.ts";

Deno.test("CallCounter reports how long no call has been in flight", async () => {
  let nowMs = 100;
  const response = Promise.withResolvers<never>();
  const api = { get: () => response.promise, watch: () => new Promise(() => {}) } as unknown as ClusterApi;
  const counter = new CallCounter(api, () => nowMs);
  const type = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
  void counter.api.watch(type, { resourceVersion: "1" }, () => {});
  nowMs = 150;
  assert.equal(counter.idleMs(), 50);
  const call = counter.api.get(type, { name: "a" });
  nowMs = 900;
  assert.equal(counter.idleMs(), 0);
  response.reject(new TypeError("No response"));
  await assert.rejects(call);
  nowMs = 1000;
  assert.equal(counter.idleMs(), 100);
});
