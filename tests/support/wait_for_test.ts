import assert from "node:assert/strict";
import { waitFor } from "./wait_for.ts";

Deno.test("waitFor() returns what the probe finds, 0 and empty text included", async () => {
  let tries = 0;
  assert.equal(await waitFor("the third try", () => ++tries === 3 ? "yes" : undefined), "yes");
  assert.equal(await waitFor("zero", () => 0), 0);
  assert.equal(await waitFor("empty", () => Promise.resolve("")), "");
});

Deno.test("waitFor() takes an error as not yet", async () => {
  let tries = 0;
  const probe = () => {
    if (++tries < 3) throw new Error("Not yet");
    return true;
  };
  assert.equal(await waitFor("no error", probe), true);
});

Deno.test("waitFor() fails in time, with the description and what was seen last", async () => {
  await assert.rejects(
    waitFor("the sun rises", () => false, { timeoutMs: 60, explain: () => ({ sky: "dark" }) }),
    /Not within 0\.06 s: the sun rises; last seen: \{ sky: "dark" \}/,
  );
  const failing = () => Promise.reject(new Error("Clouds"));
  await assert.rejects(waitFor("the sun rises", failing, { timeoutMs: 60 }), /last seen: Error: Clouds/);
});
