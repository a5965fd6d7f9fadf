import assert from "node:assert/strict";
import { type Line, readAnsi, wrapped } from "./ansi.ts";

const text = (line: Line): string =>
  line.map(({ text, style }) => style === "plain" ? text : `<${style} ${text}>`).join("");
const read = (output: string): string[] => readAnsi(output).map(text);

Deno.test("readAnsi() reads text and styles, over several lines", () => {
  assert.deepEqual(read("a\r\n\x1b[1mb\x1b[0m c\r\n\r\n\x1b[90md\r\ne\x1b[0m\r\n"), [
    "a",
    "<bold b> c",
    "",
    "<grey d>",
    "<grey e>",
  ]);
  assert.deepEqual(read("\x1b[32m✓\x1b[m done"), ["<green ✓> done"]);
});

Deno.test("readAnsi() leaves out what was erased while it was written", () => {
  assert.deepEqual(read("\x1b[0G\x1b[2K\x1b[JDownload x\x1b[0G\x1b[2K\x1b[Jdone\r\n"), ["done"]);
});

Deno.test("readAnsi() refuses what it does not draw", () => {
  for (const output of ["\x1b[45mx", "\x1b[3A", "\x1b[H\x1b[2Jx", "a\tb", "\x07", "\x1b]0;title\x07"]) {
    assert.throws(() => readAnsi(output), /Cannot draw/, JSON.stringify(output));
  }
});

Deno.test("wrapped() breaks where a terminal does, and keeps styles", () => {
  const [line] = readAnsi("ab\x1b[1mcdef\x1b[0mg");
  assert.deepEqual(wrapped(line!, 3).map(text), ["ab<bold c>", "<bold def>", "g"]);
  assert.deepEqual(wrapped(line!, 7).map(text), ["ab<bold cdef>g"]);
  assert.deepEqual(wrapped([], 3), [[]]);
  assert.deepEqual(wrapped(readAnsi("a😀b")[0]!, 2).map(text), ["a😀", "b"]);
});
