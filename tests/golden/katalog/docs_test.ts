import assert from "node:assert/strict";
import { loadKatalog } from "../../../src/katalog/mod.ts";
import { formattedDocs } from "./print_docs.ts";

const docs = new URL("../../../docs/katalog.md", import.meta.url);

Deno.test("docs/katalog.md is what the shapes say", async () => {
  const printed = await formattedDocs();
  if (Deno.env.get("UPDATE_GOLDENS") === "1") Deno.writeTextFileSync(docs, printed);
  assert.equal(Deno.readTextFileSync(docs), printed, "run tests/golden/katalog/print_docs.ts");
});

Deno.test("the example of docs/katalog.md is a Katalog without findings", () => {
  const [, example] = /```yaml\n([^]*?)```/.exec(Deno.readTextFileSync(docs))!;
  const crd = Deno.readFileSync(new URL("good/shop.crd.yaml", import.meta.url));
  const text = new TextDecoder().decode(crd).replace("image: {type: string}", "image: {type: string}\n              host: {type: string}");
  const result = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(example) }],
    () => new TextEncoder().encode(text),
  );
  assert.deepEqual(result.findings, []);
  assert.ok(result.katalog);
});
