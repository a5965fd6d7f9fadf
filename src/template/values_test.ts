import { strictEqual } from "node:assert/strict";
import { fromBytes } from "./bytes.ts";
import { compareText } from "./values.ts";

Deno.test("compareText() orders by UTF-8 bytes, stray ones included", () => {
  const byte = (...bytes: number[]) => fromBytes(Uint8Array.from(bytes));
  const ordered = [
    "",
    "a",
    "a\0",
    "aa",
    "b",
    byte(0x80),
    byte(0xa9),
    "é",
    byte(0xc3, 0xc3),
    "日",
    "\uffff",
    "😀",
    "😁",
    byte(0xff),
  ];
  for (let i = 0; i < ordered.length; i++) {
    for (let j = 0; j < ordered.length; j++) {
      const [a, b] = [ordered[i]!, ordered[j]!];
      strictEqual(Math.sign(compareText(a, b)), Math.sign(i - j), `${i} ${j}`);
      strictEqual(Math.sign(compareText("x" + a, "x" + b)), Math.sign(i - j), `x${i} x${j}`);
    }
  }
});
