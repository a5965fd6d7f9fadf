import assert from "node:assert/strict";
import { formattedDocs } from "./print_docs.ts";

Deno.test("docs/shorthands.md says what the shapes say", async () => {
  const committed = Deno.readTextFileSync(new URL("../../../docs/shorthands.md", import.meta.url));
  assert.equal(
    committed,
    await formattedDocs(),
    "print it anew: deno run -A tests/golden/resources/print_docs.ts > docs/shorthands.md",
  );
});
