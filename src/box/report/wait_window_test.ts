import assert from "node:assert/strict";
import { WaitWindow } from "./wait_window.ts";

Deno.test("WaitWindow returns undefined before the first pass", () => {
  assert.equal(new WaitWindow().snapshot(), undefined);
});

Deno.test("WaitWindow returns the percentiles of its waits", () => {
  const window = new WaitWindow();
  window.add(7);
  assert.deepEqual(window.snapshot(), { p50: 7, p99: 7 });
  for (let i = 100; i >= 1; i--) window.add(i);
  assert.deepEqual(window.snapshot(), { p50: 50, p99: 99 });
});

Deno.test("WaitWindow forgets all but the latest 512", () => {
  const window = new WaitWindow();
  for (let i = 0; i < 600; i++) window.add(1000);
  for (let i = 0; i < 511; i++) window.add(1);
  assert.deepEqual(window.snapshot(), { p50: 1, p99: 1 });
  window.add(1);
  assert.deepEqual(window.snapshot(), { p50: 1, p99: 1 });
});
