import assert from "node:assert/strict";
import { desiredDigest } from "./digest.ts";

Deno.test("desiredDigest() depends on content, not on the order of keys", () => {
  const metadata = { name: "a" };
  const one = desiredDigest({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1", b: "2" } });
  const same = desiredDigest({ kind: "ConfigMap", data: { b: "2", a: "1" }, metadata, apiVersion: "v1" });
  const other = desiredDigest({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1", b: "3" } });
  assert.match(one, /^[0-9a-f]{32}$/);
  assert.equal(same, one);
  assert.notEqual(other, one);
});
