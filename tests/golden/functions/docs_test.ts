import assert from "node:assert/strict";
import { formattedDocs } from "./print_docs.ts";

Deno.test("docs/functions.md lists the functions of the library", async () => {
  const committed = Deno.readTextFileSync(new URL("../../../docs/functions.md", import.meta.url));
  assert.equal(
    committed,
    await formattedDocs(),
    "print it again: deno run -A tests/golden/functions/print_docs.ts > docs/functions.md",
  );
});
