import assert from "node:assert/strict";
import { decodeBase64, encodeBase64 } from "./base64.ts";

Deno.test("decodeBase64() returns the bytes that encodeBase64() printed", () => {
  for (const length of [0, 1, 2, 3, 255, 8193]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) % 256);
    assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
  }
  assert.throws(() => decodeBase64("no base64!"));
});
