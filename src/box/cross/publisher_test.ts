import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import { CrossPublisher } from "./publisher.ts";
import type { CrossUpdate } from "./update.ts";

function start() {
  const clock = new FakeClock();
  const crs = new Map<ObjectKey, KubeObject>();
  const updates: CrossUpdate[] = [];
  const notes: string[] = [];
  const publisher = new CrossPublisher({
    source: "db",
    cr: (key) => crs.get(key),
    keys: () => crs.keys(),
    hops: () => 0,
    publish: (update) => Promise.resolve(void updates.push(update)),
    clock,
    note: (message) => void notes.push(message),
  });
  const put = (name: string, more: Partial<KubeObject> & { meta?: object } = {}): void => {
    const { meta, ...rest } = more;
    const cr: KubeObject = { apiVersion: "a/v1", kind: "Db", metadata: { name, namespace: "x", ...meta }, ...rest };
    crs.set(objectKey(cr.metadata), cr);
    publisher.changed(objectKey(cr.metadata));
  };
  return {
    ...{ clock, crs, updates, notes, publisher, put },
    remove: (name: string) => {
      crs.delete(`x/${name}`);
      publisher.changed(`x/${name}`);
    },
    /** What was published since the last call. */
    published: async () => {
      while (clock.pendingMs.length > 0) await clock.advance(5);
      return updates.splice(0);
    },
  };
}

Deno.test("CrossPublisher publishes everything when it begins, then only what others see changed", async () => {
  const { publisher, put, remove, published } = start();
  put("a", { status: { phase: "New" } });
  assert.deepEqual(await published(), []);
  publisher.begin();
  const [first] = await published();
  assert.deepEqual([first!.begins, first!.complete, first!.objects.length], [true, true, 1]);

  put("a", { status: { phase: "New" }, meta: { resourceVersion: "7", finalizers: ["f"], generation: 2 } });
  assert.deepEqual(await published(), [], "nothing that others see");
  put("a", { status: { phase: "Old" } });
  put("a", { status: { phase: "Running" }, meta: { labels: { a: "b" } } });
  const changes = await published();
  assert.equal(changes.length, 1);
  assert.deepEqual(changes[0]!.objects.map(({ object }) => object), [
    { name: "a", namespace: "x", labels: { a: "b" }, annotations: {}, spec: {}, status: { phase: "Running" } },
  ]);
  remove("a");
  assert.deepEqual((await published()).map(({ gone }) => gone), [["x/a"]]);
});

Deno.test("CrossPublisher leaves out what kubectl keeps of the object itself", async () => {
  const { publisher, put, published } = start();
  const meta = { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "1" } };
  put("a", { meta });
  publisher.begin();
  assert.deepEqual((await published())[0]!.objects[0]!.object.annotations, { mine: "1" });
});

Deno.test("CrossPublisher leaves out what exceeds a bound, says so, and publishes it as soon as there is room", async () => {
  const { publisher, put, remove, published, notes } = start();
  publisher.begin();
  await published();
  put("large", { spec: { text: "x".repeat(256 * 1024) } });
  const [omitting] = await published();
  assert.deepEqual([omitting!.omitted, omitting!.objects], [1, []]);
  assert.match(notes[0]!, /^x\/large cannot be observed by other boxes: an object may have 256 KiB/);
  put("large", { spec: { text: "small" } });
  const [again] = await published();
  assert.deepEqual([again!.omitted, again!.objects.length], [0, 1]);

  const maxCount = Math.floor(16 * 1024 / 250);
  for (let n = 0; n < maxCount; n++) put(`n${n}`, { spec: { text: "x".repeat(250 * 1024) } });
  await published();
  put("last", { spec: { text: "x".repeat(250 * 1024) } });
  assert.equal((await published()).at(-1)!.omitted, 1);
  assert.equal(notes.length, 2);
  remove("n0");
  const [freed] = await published();
  assert.deepEqual(
    [freed!.omitted, freed!.gone, freed!.objects.map(({ object }) => object.name)],
    [0, ["x/n0"], ["last"]],
  );
});
