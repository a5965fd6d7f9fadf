/**
 * "Bounded memory": what a box remembers of objects goes when they go. A process of its own runs an operator and a
 * sandbox through a long churn; after a collection of garbage its heap is what it was early on.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runToEnd } from "../support/run_binary.ts";

const seed = Number(Deno.env.get("SEED") ?? 1);

Deno.test(`an operator's heap is flat over thousands of creates, updates and deletes (seed ${seed})`, async () => {
  const main = fileURLToPath(new URL("./churn_main.ts", import.meta.url));
  const { code, stdout, stderr } = await runToEnd(
    [Deno.execPath(), "run", "-A", "--no-prompt", "--v8-flags=--expose-gc", main, String(seed)],
    { timeoutMs: 120_000 },
  );
  assert.equal(code, 0, stderr);
  const { early, late } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.ok(late < early * 1.05, `${early} bytes in use early on, ${late} at the end`);
});
