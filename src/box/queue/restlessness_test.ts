import assert from "node:assert/strict";
import type { KubeObject } from "../../k8s/object.ts";
import { Restlessness } from "./restlessness.ts";

const map = (data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "one", annotations: { "orkestra.orkspace.io/applied": JSON.stringify(data), "a/b": "c" } },
  data,
});
const written = (data: Record<string, string>, statusPaths: string[] = []) => ({
  objects: new Map([["ConfigMap/one", map(data)]]),
  statusPaths,
});

Deno.test("Restlessness names the paths in which one pass's writes differ from those of the pass before", () => {
  const restlessness = new Restlessness();
  assert.deepEqual(restlessness.compare("a", written({ now: "1", same: "x" })), []);
  assert.deepEqual(restlessness.compare("a", written({ now: "2", same: "x" })), ["ConfigMap one: data.now"]);
  restlessness.forget("a");
  assert.deepEqual(restlessness.compare("a", written({ now: "3" })), []);
});

Deno.test("Restlessness names the fields of the status, without what the system itself writes there", () => {
  const paths = ["status.rv", "status.conditions", "status.observedGeneration"];
  assert.deepEqual(new Restlessness().compare("a", { objects: new Map(), statusPaths: paths }), ["status.rv"]);
});

Deno.test("Restlessness names three paths at most", () => {
  const restlessness = new Restlessness();
  restlessness.compare("a", written({ a: "1", b: "1", c: "1", d: "1" }));
  assert.equal(restlessness.compare("a", written({ a: "2", b: "2", c: "2", d: "2" })).length, 3);
});
