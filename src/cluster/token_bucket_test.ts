import assert from "node:assert/strict";
import { TokenBucket } from "./token_bucket.ts";

Deno.test("TokenBucket lets a burst through and then one at a time", () => {
  const bucket = new TokenBucket({ burst: 2, everyMs: 64 }, 1000);
  assert.deepEqual([bucket.take(1000), bucket.take(1000), bucket.take(1000)], [true, true, false]);
  assert.equal(bucket.waitMs(1000), 64);
  assert.equal(bucket.take(1063), false);
  assert.equal(bucket.waitMs(1063), 1);
  assert.deepEqual([bucket.take(1064), bucket.take(1064)], [true, false]);
});

Deno.test("TokenBucket saves up no more than its burst", () => {
  const bucket = new TokenBucket({ burst: 2, everyMs: 100 }, 0);
  assert.deepEqual([1, 2, 3].map(() => bucket.take(1e9)), [true, true, false]);
});
