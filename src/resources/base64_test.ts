import assert from "node:assert/strict";
import { base64Text } from "./base64.ts";

Deno.test("base64Text() encodes UTF-8 of any length", () => {
  const table: [string, string][] = [["", ""], ["a", "YQ=="], ["ab", "YWI="], ["abc", "YWJj"], ["é", "w6k="], [
    "💡",
    "8J+SoQ==",
  ]];
  for (const [text, encoded] of table) assert.equal(base64Text(text), encoded);
  const long = "é".repeat(10_000);
  assert.equal(new TextDecoder().decode(Uint8Array.from(atob(base64Text(long)), (char) => char.charCodeAt(0))), long);
});

Deno.test("base64Text() encodes the bytes that a template rendered to", () => {
  assert.equal(base64Text("\udcff\udcff\udcff\udcff\u0000\u0001"), "/////wAB");
  assert.equal(base64Text("é\udce9"), "w6np");
});
