import assert from "node:assert/strict";
import { asciiCode } from "./ascii.ts";

Deno.test("asciiCode() keeps what strings, templates, patterns and names mean", async () => {
  const code = [
    'export const text = "5 µs → 😀";',
    "export const template = `${text} …`;",
    "export const pattern = /^[→😀]é$/u.test('😀é') && /[→]/.test('→') && !/^[^😀]$/u.test('😀');",
    "export const µ = 1; // naïve",
  ].join("\n");
  const ascii = asciiCode(code);
  assert.match(ascii, /^[\0-\x7f]*$/);
  const load = (text: string) => import(`data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`);
  assert.deepEqual({ ...await load(ascii) }, { ...await load(code) });
  assert.equal((await load(ascii)).pattern, true);
});
