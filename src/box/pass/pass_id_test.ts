import assert from "node:assert/strict";
import { passIds } from "./pass_id.ts";

Deno.test("passIds() numbers the passes of a run, and every run has a name of its own", () => {
  const next = passIds(() => 0.999);
  assert.deepEqual([next(), next()], ["zzzzzzzz-1", "zzzzzzzz-2"]);
  const runs = new Set(Array.from({ length: 100 }, () => passIds(Math.random)()));
  assert.equal(runs.size, 100);
  for (const id of runs) assert.match(id, /^[0-9a-z]{8}-1$/);
});
