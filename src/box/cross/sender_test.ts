import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import type { CrossObject } from "../../input/mod.ts";
import { CrossSender } from "./sender.ts";
import { CrossTable } from "./table.ts";
import type { CrossEntry, CrossUpdate } from "./update.ts";

function entry(name: string, status = "", bytes = 100): CrossEntry {
  const object: CrossObject = { name, namespace: "x", labels: {}, annotations: {}, spec: {}, status: { is: status } };
  return { object, bytes };
}

/** A sender whose receiver takes an update when the test says so. */
function start(names: readonly string[], delayMs = 0) {
  const clock = new FakeClock();
  const state = new Map<string, CrossEntry>(names.map((name) => [`x/${name}`, entry(name)]));
  const sent: { update: CrossUpdate; taken: PromiseWithResolvers<void> }[] = [];
  const receiver = new CrossTable();
  const sender = new CrossSender({
    source: "db",
    state: { get: (key) => state.get(key), keys: () => state.keys(), omitted: 0 },
    delayMs,
    clock,
    send: (update) => {
      const taken = Promise.withResolvers<void>();
      sent.push({ update, taken });
      return taken.promise;
    },
  });
  return {
    ...{ clock, state, sender, sent, receiver },
    /** The receiver takes the update that is in flight. */
    take: async () => {
      const { update, taken } = sent.at(-1)!;
      receiver.apply(update);
      taken.resolve();
      await settle();
    },
    set(name: string, status: string) {
      state.set(`x/${name}`, entry(name, status));
      sender.changed([`x/${name}`]);
    },
    received: () =>
      [...receiver.keys()].map((key) => `${key} ${(receiver.get(key)!.object.status as { is: string }).is}`),
  };
}

Deno.test("CrossSender sends everything, then what changes, one update at a time", async () => {
  const { sender, sent, take, set, received, state } = start(["a", "b"]);
  set("a", "ignored before it begins");
  assert.equal(sent.length, 0);
  sender.begin();
  assert.deepEqual([sent[0]!.update.begins, sent[0]!.update.complete], [true, true]);
  for (let n = 0; n < 1000; n++) set("a", `${n}`);
  state.delete("x/b");
  sender.changed(["x/b"]);
  assert.equal(sent.length, 1, "the first is still in flight");
  await take();
  assert.equal(sent.length, 2);
  assert.equal(sent[1]!.update.objects.length, 1, "coalesced by key");
  assert.deepEqual(sent[1]!.update.gone, ["x/b"]);
  await take();
  assert.deepEqual(received(), ["x/a 999"]);
  assert.equal(sent.length, 2, "nothing is left to be sent");
});

Deno.test("CrossSender sends an empty state too: it is complete", () => {
  const { sender, sent } = start([]);
  sender.begin();
  assert.deepEqual(sent[0]!.update, { source: "db", begins: true, complete: true, objects: [], gone: [], omitted: 0 });
});

Deno.test("CrossSender splits a large state, and a change meanwhile does not keep it from being complete", async () => {
  const names = Array.from({ length: 1200 }, (_, n) => `n${n}`);
  const { sender, sent, take, set, receiver, state } = start(names);
  sender.begin();
  for (let n = 0; !receiver.isComplete; n++) {
    set("n0", `${n}`); // never at rest
    if (n === 1) {
      state.delete("x/n1199");
      sender.changed(["x/n1199"]);
    }
    await take();
    assert.ok(n < 10);
  }
  assert.deepEqual(sent.slice(0, 3).map(({ update }) => update.objects.length + update.gone.length), [
    500,
    500,
    200 + 1,
  ]);
  assert.deepEqual(sent.slice(0, 3).map(({ update }) => update.complete), [false, false, true]);
  assert.equal(receiver.get("x/n1199"), undefined);
});

Deno.test("CrossSender bounds an update by its size", async () => {
  const { sender, sent, take, state } = start([]);
  for (let n = 0; n < 5; n++) state.set(`x/n${n}`, entry(`n${n}`, "", 600 * 1024));
  sender.begin();
  await take();
  await take();
  assert.deepEqual(sent.map(({ update }) => update.objects.length), [2, 2, 1]);
});

Deno.test("CrossSender starts again, a second later, when an update was not received", async () => {
  const { sender, sent, take, clock, receiver, set, state } = start(["a", "b"]);
  sender.begin();
  await take();
  set("a", "lost");
  state.delete("x/b");
  sender.changed(["x/b"]);
  sent.at(-1)!.taken.reject(new Error("gone"));
  await clock.advance(999);
  assert.equal(sent.length, 2);
  await clock.advance(1);
  assert.deepEqual([sent.length, sent[2]!.update.begins, sent[2]!.update.complete], [3, true, true]);
  await take();
  assert.deepEqual([...receiver.keys()], ["x/a"]);
});

Deno.test("CrossSender collects changes for a while, and holds no unlimited number of names", async () => {
  const { sender, sent, take, clock, receiver, set } = start(["a"], 5);
  sender.begin();
  await clock.advance(5);
  await take();
  set("a", "1");
  set("a", "2");
  assert.equal(sent.length, 1);
  await clock.advance(5);
  assert.equal(sent.length, 2);
  sender.changed(Array.from({ length: 20_001 }, (_, n) => `x/gone${n}`));
  await take();
  await clock.advance(5);
  assert.deepEqual([sent.at(-1)!.update.begins, sent.at(-1)!.update.gone], [true, []]);
  await take();
  assert.deepEqual([...receiver.keys()], ["x/a"]);
  sender.stop();
  set("a", "3");
  await clock.advance(5000);
  assert.equal(sent.length, 3);
});
