import assert from "node:assert/strict";
import type { ChildChange } from "../../reconcile/mod.ts";
import { stagesOf } from "./stages.ts";

function change(action: ChildChange["action"], kind: string): ChildChange {
  return { action, type: { group: "", version: "v1", kind, plural: `${kind}s`, namespaced: true } } as ChildChange;
}

Deno.test("stagesOf() creates namespaces first, writes a status after its child, and deletes last", () => {
  const stages = stagesOf([
    change("delete", "ConfigMap"),
    change("update", "Service"),
    change("updateStatus", "Service"),
    change("create", "Job"),
    change("create", "Namespace"),
  ]);
  assert.deepEqual(
    stages.map((stage) => stage.map(({ action, type }) => `${action} ${type.kind}`)),
    [["create Namespace"], ["update Service", "create Job"], ["updateStatus Service"], ["delete ConfigMap"]],
  );
  assert.deepEqual(stagesOf([]), []);
});
