import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { projectRoot } from "../architecture/paths.ts";
import { gatewayGrants } from "../e2e/roles.ts";

Deno.test("docs/gateway.md prints the roles that the Gateway is tested with", async () => {
  const text = await Deno.readTextFile(`${projectRoot}/docs/gateway.md`);
  const block = /^## Permissions\n\n```yaml\n(.*?)^```$/ms.exec(text)![1]!;
  const documents = parseAllDocuments(block);
  assert.ok(Array.isArray(documents));
  const { cluster, namespaced } = gatewayGrants("orkestra-system", ["shops.shop.example.org"]);
  assert.deepEqual(documents.map((document) => document.toJS()), [
    { rules: cluster },
    { rules: namespaced.get("orkestra-system") },
  ]);
});
