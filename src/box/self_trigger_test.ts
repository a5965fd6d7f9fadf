import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { WorkQueue } from "./queue.ts";
import { SelfTrigger } from "./self_trigger.ts";

Deno.test("SelfTrigger lets a Katalog settle at once and slows down one that never does", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const again = new SelfTrigger(queue);
  for (let pass = 0; pass < 8; pass++) {
    again.trigger("a");
    assert.equal(await queue.take(), "a");
    queue.done("a");
  }
  again.trigger("a");
  assert.equal(queue.depth, 0);
  await clock.advance(100);
  assert.equal(queue.depth, 1);
  again.settled("a");
  again.trigger("b");
  assert.equal(queue.depth, 2);
  queue.close();
});
