import assert from "node:assert/strict";
import { sha256Hex } from "./sha256.ts";

async function platformDigest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("sha256Hex() agrees with the platform at every length round a block, and on long and foreign texts", async () => {
  const texts = Array.from({ length: 200 }, (_, length) => "x".repeat(length));
  // A short text after a long one: nothing of the former is left in the buffer.
  texts.push("é€😀".repeat(700), "y".repeat(5430), "y".repeat(5438), "y".repeat(100_000), "\ud800", "", "z");
  for (const text of texts) assert.equal(sha256Hex(text), await platformDigest(text), `${text.length} characters`);
});
