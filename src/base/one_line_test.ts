import assert from "node:assert/strict";
import { oneLine } from "./one_line.ts";

Deno.test("oneLine() joins lines, and drops the white space that Go's TrimSpace drops", () => {
  const table: [text: string, line: string][] = [
    ["", ""],
    [" \n ", ""],
    ["as it is", "as it is"],
    [" a\nb  c\r\n", "a b  c"],
    ["\u0085a\u00a0b\u3000", "a\u00a0b"],
    // No white space in Unicode, though String.trim() drops it.
    ["\ufeffa\ufeff", "\ufeffa\ufeff"],
  ];
  for (const [text, line] of table) assert.equal(oneLine(text), line, JSON.stringify(text));
});

Deno.test("oneLine() takes time linear in the text", () => {
  assert.equal(oneLine(`a${" ".repeat(1_000_000)}b`).length, 1_000_002);
});
