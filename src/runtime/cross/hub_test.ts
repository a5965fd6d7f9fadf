import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { CrossTable, type CrossUpdate } from "../../box/mod.ts";
import { CrossHub } from "./hub.ts";

function box(name: string, observedBy: readonly string[] = [], reads: readonly string[] = []) {
  const cross = reads.map((source) => ({ as: source, box: source, strategy: "first" as const, at: "k.yaml:1:1" }));
  return { name, observedBy, cross };
}

function update(names: Readonly<Record<string, string>>, more: Partial<CrossUpdate> = {}): CrossUpdate {
  const objects = Object.entries(names).map(([name, status]) => ({
    object: { name, namespace: "x", labels: {}, annotations: {}, spec: {}, status },
    bytes: 100,
  }));
  return { source: "db", begins: false, complete: false, gone: [], omitted: 0, objects, ...more };
}

const begin = { begins: true, complete: true };

/** A reader that takes each update at once unless `isSlow`, in which case it waits for `take`. */
function readerOf() {
  const table = new CrossTable();
  const updates: CrossUpdate[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const self = {
    ...{ table, updates, waiting, isSlow: false },
    receive: async (each: CrossUpdate): Promise<void> => {
      updates.push(each);
      table.apply(each);
      if (!self.isSlow) return;
      const taken = Promise.withResolvers<void>();
      waiting.push(taken);
      await taken.promise;
    },
    state: () => Object.fromEntries([...table.keys()].map((key) => [key, table.get(key)!.object.status])),
  };
  return self;
}

const [db, api] = [box("db", ["api"]), box("api", [], ["db"])];

Deno.test("CrossHub forwards nothing before a source is complete, then everything, then changes", async () => {
  const hub = new CrossHub([db, api], new FakeClock());
  const reader = readerOf();
  hub.linkOf(api).open(reader.receive);
  const source = hub.linkOf(db).open(() => Promise.resolve());
  source.publish(update({ a: "1" }, { begins: true }));
  await settle();
  assert.equal(reader.updates.length, 0);
  source.publish(update({ b: "1" }, { complete: true }));
  await settle();
  assert.deepEqual([reader.state(), reader.table.isComplete], [{ "x/a": "1", "x/b": "1" }, true]);
  source.publish(update({ a: "2" }));
  source.publish(update({}, { gone: ["x/b"] }));
  await settle();
  assert.deepEqual(reader.state(), { "x/a": "2" });
  const before = reader.updates.length;
  source.publish(update({ a: "2" }));
  await settle();
  assert.equal(reader.updates.length, before, "nothing has changed");
});

Deno.test("CrossHub sends a reader that begins again everything", async () => {
  const hub = new CrossHub([db, api], new FakeClock());
  const source = hub.linkOf(db).open(() => Promise.resolve());
  source.publish(update({ a: "1", b: "1" }, begin));
  const first = readerOf();
  const session = hub.linkOf(api).open(first.receive);
  await settle();
  session.close();
  source.publish(update({ a: "2" }, { gone: ["x/b"] }));
  await settle();
  assert.deepEqual(first.state(), { "x/a": "1", "x/b": "1" }, "the one that has ended is left alone");
  const second = readerOf();
  hub.linkOf(api).open(second.receive);
  await settle();
  assert.deepEqual([second.state(), second.table.isComplete], [{ "x/a": "2" }, true]);
});

Deno.test("CrossHub tells readers of a source that begins again only what differs", async () => {
  const hub = new CrossHub([db, api], new FakeClock());
  const reader = readerOf();
  hub.linkOf(api).open(reader.receive);
  const former = hub.linkOf(db).open(() => Promise.resolve());
  former.publish(update({ a: "1", b: "1", c: "1" }, begin));
  await settle();
  former.close();
  reader.updates.length = 0;
  const next = hub.linkOf(db).open(() => Promise.resolve());
  next.publish(update({ a: "1" }, { begins: true }));
  former.publish(update({ a: "late" }));
  await settle();
  assert.equal(reader.updates.length, 0, "what was known stays until the source is complete");
  next.publish(update({ c: "2" }, { complete: true }));
  await settle();
  assert.deepEqual(reader.state(), { "x/a": "1", "x/c": "2" });
  assert.deepEqual(reader.updates.map(({ objects, gone }) => [objects.length, gone]), [[1, ["x/b"]]]);
});

Deno.test("CrossHub has one update in flight to a slow reader, and then the latest of each object", async () => {
  const hub = new CrossHub([db, box("mail", ["api"]), box("api", [], ["db", "mail", "db"])], new FakeClock());
  const slow = readerOf();
  slow.isSlow = true;
  hub.linkOf(box("api", [], ["db", "mail", "db"])).open(slow.receive);
  const source = hub.linkOf(db).open(() => Promise.resolve());
  const mail = hub.linkOf(box("mail", ["api"])).open(() => Promise.resolve());
  source.publish(update({ a: "0" }, begin));
  mail.publish(update({}, { ...begin, source: "mail" }));
  for (let n = 1; n <= 1000; n++) source.publish(update({ a: `${n}` }));
  await settle();
  assert.equal(slow.updates.length, 1);
  slow.waiting[0]!.resolve();
  await settle();
  assert.equal(slow.updates.length, 2);
  slow.waiting[1]!.resolve();
  await settle();
  slow.waiting[2]?.resolve();
  await settle();
  assert.deepEqual(slow.updates.map((each) => `${each.source} ${each.objects.length}`), ["db 1", "mail 0", "db 1"]);
  assert.deepEqual(slow.state(), { "x/a": "1000" });
});

Deno.test("CrossHub takes nothing of a box that may not be observed, nor in the name of another", async () => {
  const hidden = box("hidden");
  const hub = new CrossHub([hidden, db, api, box("nosy", [], ["hidden"])], new FakeClock());
  const [nosy, reader] = [readerOf(), readerOf()];
  hub.linkOf(box("nosy", [], ["hidden"])).open(nosy.receive);
  hub.linkOf(api).open(reader.receive);
  hub.linkOf(hidden).open(() => Promise.resolve()).publish(update({ secret: "1" }, { ...begin, source: "db" }));
  await settle();
  assert.deepEqual([nosy.updates, reader.updates], [[], []]);
});

Deno.test("CrossHub sends everything again to a reader that did not receive an update", async () => {
  const clock = new FakeClock();
  const hub = new CrossHub([db, api], clock);
  const reader = readerOf();
  let isBroken = false;
  hub.linkOf(api).open((each) => isBroken ? Promise.reject(new Error("busy")) : reader.receive(each));
  const source = hub.linkOf(db).open(() => Promise.resolve());
  source.publish(update({ a: "1", b: "1" }, begin));
  await settle();
  isBroken = true;
  source.publish(update({ a: "2" }, { gone: ["x/b"] }));
  await settle();
  isBroken = false;
  await clock.advance(1000);
  assert.deepEqual(reader.state(), { "x/a": "2" });
});
