import assert from "node:assert/strict";
import { sha256Hex } from "./sha256.ts";

async function platformDigest(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const exact = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", exact));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("sha256Hex() agrees with the platform at every length round a block, and on long and foreign texts", async () => {
  const texts = Array.from({ length: 200 }, (_, length) => "x".repeat(length));
  // A short text after a long one: nothing of the former is left in the buffer.
  texts.push("é€😀".repeat(700), "y".repeat(5430), "y".repeat(5438), "y".repeat(100_000), "\ud800", "", "z");
  for (const text of texts) assert.equal(sha256Hex(text), await platformDigest(text), `${text.length} characters`);
});

Deno.test("sha256Hex() takes bytes that are not text", async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => 255 - i % 256);
    assert.equal(sha256Hex(bytes), await platformDigest(bytes), `${length} bytes`);
  }
});
