import assert from "node:assert/strict";
import { clientOf } from "../../../tests/support/api_double.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";
import { CallLog } from "./call_log.ts";

const type: ResourceType = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" } };

Deno.test("CallLog keeps which calls were made, with the codes of their responses", async () => {
  const { api } = clientOf(({ verb, path }) => {
    if (verb === "DELETE") return Response.json({ kind: "Status", reason: "NotFound", code: 404 }, { status: 404 });
    if (path.includes("/status?")) throw new TypeError("Connection reset");
    return Response.json({ ...object, metadata: { ...object.metadata, resourceVersion: "1" } }, {
      status: verb === "POST" ? 201 : 200,
    });
  });
  const log = new CallLog(api, "run-1");
  assert.deepEqual([log.calls, log.omitted], [[], 0]);
  await log.get(type, object.metadata);
  await log.create(type, object);
  await log.apply(type, object, { force: true });
  await assert.rejects(log.mergePatch(type, { ...object.metadata, subresource: "status" }, {}));
  await assert.rejects(log.delete(type, object.metadata));
  const of = { kind: "ConfigMap", key: "n/a" };
  assert.deepEqual(log.calls, [
    { verb: "get", ...of, code: 200 },
    { verb: "create", ...of, code: 201 },
    { verb: "apply", ...of, code: 200 },
    { verb: "patch", ...of, subresource: "status" },
    { verb: "delete", ...of, code: 404 },
  ]);
  for (let i = 0; i < 20; i++) await log.get(type, object.metadata);
  assert.deepEqual([log.calls.length, log.omitted], [12, 13]);
});
