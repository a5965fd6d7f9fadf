import assert from "node:assert/strict";
import { Warnings } from "./warnings.ts";

Deno.test("warnings are sent once, quoted, in UTF-8", () => {
  const warnings = new Warnings();
  for (const text of ['a "b" \\c', 'a "b" \\c', "", "two\nlines", "é"]) warnings.add(text);
  assert.deepEqual(warnings.headers(), ['299 - "a \\"b\\" \\\\c"', '299 - "\u00c3\u00a9"']);
  new Headers(warnings.headers().map((value) => ["warning", value]));
});

Deno.test("many warnings are cut", () => {
  const warnings = new Warnings();
  for (let i = 0; i < 40; i++) warnings.add(String(i).padEnd(300, "x"));
  const headers = warnings.headers();
  assert.equal(headers.length, 16);
  assert.ok(headers.every((header) => header.length === 256 + '299 - ""'.length));
});
