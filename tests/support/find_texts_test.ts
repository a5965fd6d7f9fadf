import assert from "node:assert/strict";
import { findTexts } from "./find_texts.ts";

const bytes = new TextEncoder().encode("\x7fELF\0one text\0ööö text\0another");

Deno.test("findTexts() finds what is there, at the beginning, at the end, and one in another", () => {
  const there = ["\x7fELF", "one text", "text", "ööö text", "another", "other", "ther"];
  const absent = ["no text", "anotherx", "another text", "ther\0", "ELF2"];
  assert.deepEqual(findTexts(bytes, [...there, ...absent]), new Set(there));
  assert.deepEqual(findTexts(bytes, []), new Set());
  assert.deepEqual(findTexts(new Uint8Array(2), ["some"]), new Set());
});

Deno.test("findTexts() refuses a text that is too short", () => {
  assert.throws(() => findTexts(bytes, ["one"]), RangeError);
});
