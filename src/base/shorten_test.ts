import assert from "node:assert/strict";
import { shortenMiddle, shortenMiddleBytes } from "./shorten.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

const texts: [text: string, max: number, wanted: string][] = [
  ["", 1, ""],
  ["abc", 3, "abc"],
  ["abcd", 3, "a…d"],
  ["abcdef", 4, "ab…f"],
  ["abcd", 1, "…"],
  ["abcd", 2, "a…"],
  ["😀😀😀", 6, "😀😀😀"],
  ["😀😀😀", 5, "😀…😀"],
  ["😀😀😀", 4, "😀…"],
  ["😀😀😀", 3, "…"],
  ["a😀😀😀z", 5, "a…z"],
];
for (const [text, max, wanted] of texts) {
  Deno.test(`shortenMiddle() makes "${wanted}" of "${text}" within ${max}`, () => {
    assert.equal(shortenMiddle(text, max), wanted);
  });
}

const inBytes: [text: string, max: number, wanted: string][] = [
  ["abcd", 4, "abcd"],
  ["abcdefgh", 7, "ab…gh"],
  ["abcd", 3, "…"],
  ["üüüü", 8, "üüüü"],
  ["üüüü", 7, "ü…ü"],
  ["üüüü", 6, "ü…"],
  ["€€€", 8, "€…"],
  ["€€€", 9, "€€€"],
  ["😀😀😀", 11, "😀…😀"],
  ["\udc80\udc80\udc80", 9, "\udc80\udc80\udc80"],
  ["x\udc80\udc80\udc80y", 8, "x…y"],
];
for (const [text, max, wanted] of inBytes) {
  Deno.test(`shortenMiddleBytes() makes ${JSON.stringify(wanted)} of ${JSON.stringify(text)} within ${max} bytes`, () => {
    assert.equal(shortenMiddleBytes(text, max), wanted);
  });
}

Deno.test("shortenMiddleBytes() uses its room and splits nothing, whatever the characters", () => {
  for (const character of ["x", "ü", "€", "😀", "a😀", "😀€"]) {
    for (const pad of ["", "1", "12", "123"]) {
      for (const end of ["", "z", "zy"]) {
        for (let max = 20; max < 30; max++) {
          const text = shortenMiddleBytes(pad + character.repeat(200) + end, max);
          const length = bytesOf(text);
          assert.ok(length <= max && length > max - 8, `${length} of ${max}: ${text}`);
          assert.ok(text.isWellFormed());
          assert.ok(text.startsWith(pad) && text.endsWith(end));
          assert.equal(text.split("…").length, 2);
        }
      }
    }
  }
});
