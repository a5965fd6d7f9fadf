import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { openControlCenter } from "../../../tests/support/control_center.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { runtimeData, runtimeDouble } from "../../../tests/support/runtime_double.ts";
import type { Concerned } from "../sources/sources.ts";
import { LiveStreams, maxStreams } from "./live.ts";

function live() {
  const clock = new FakeClock();
  let changed = (_concerned: Concerned): void => {};
  const known = new Map([["shop", "shop"], ["bank", "bank"]]);
  const streams = new LiveStreams({
    clock,
    onChange: (listener) => (changed = listener, () => changed = () => {}),
    slugOf: (katalog) => known.get(katalog),
  });
  return {
    clock,
    streams,
    known,
    change: (...slugs: string[]) => changed(slugs.length === 0 ? undefined : new Set(slugs)),
  };
}

async function textIn(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value, done } = await reader.read();
  return done ? undefined : new TextDecoder().decode(value);
}

Deno.test("LiveStreams say that something has changed, changes at about the same time once", async () => {
  const { clock, streams, change } = live();
  const reader = streams.open()!.getReader();
  assert.equal(await textIn(reader), "retry: 2000\n\n");
  change();
  change();
  await clock.advance(250);
  change();
  assert.equal(await textIn(reader), "event: change\ndata:\n\n");
  await clock.advance(250);
  assert.equal(await textIn(reader), "event: change\ndata:\n\n");
  await clock.advance(15_000);
  assert.equal(await textIn(reader), ": alive\n\n");
  streams.close();
  assert.equal(await textIn(reader), undefined);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("LiveStreams of one Katalog are silent about others", async () => {
  const { clock, streams, known, change } = live();
  const names = ["shop", "bank", "none", undefined];
  const readers = names.map((name) => streams.open(name)!.getReader());
  for (const reader of readers) await textIn(reader);
  /** The streams that have an event for these changes. */
  const told = async (...changes: string[][]): Promise<string> => {
    for (const slugs of changes) change(...slugs);
    await clock.advance(250);
    const heard: string[] = [];
    const reads = readers.map(async (reader, index) => {
      const text = await textIn(reader);
      // The heartbeat ends a wait in which there was no event.
      if (text !== ": alive\n\n") heard.push(names[index] ?? "all"), await textIn(reader);
    });
    await clock.advance(15_000);
    await Promise.all(reads);
    return heard.sort().join(" ");
  };
  assert.equal(await told(["shop"]), "all none shop", "a page of a Katalog that is not known waits for it");
  assert.equal(await told(["other"]), "all none");
  assert.equal(await told(["shop"], ["bank"]), "all bank none shop");
  assert.equal(await told(["shop"], []), "all bank none shop", "which Katalogs there are has changed");
  known.set("none", "none@127.0.0.1:1");
  assert.equal(await told(["none@127.0.0.1:1"]), "all none", "an address without a place");
  streams.close();
});

Deno.test("LiveStreams are bounded in number, and in what one that is not read holds", async () => {
  const { clock, streams, change } = live();
  const all = Array.from({ length: maxStreams }, () => streams.open()!);
  assert.equal(streams.open(), undefined);
  const [slow, left] = all;
  for (let n = 0; n < 1_000; n++) {
    change();
    await clock.advance(250);
  }
  await left!.cancel();
  assert.equal(streams.count, maxStreams - 1);
  assert.ok(streams.open() !== undefined);
  // The first thing that was sent, and that something has changed: nothing is lost, and nothing piles up.
  const reader = slow!.getReader();
  assert.equal(await textIn(reader), "retry: 2000\n\n");
  assert.equal(await textIn(reader), "event: change\ndata:\n\n");
  streams.close();
  assert.equal(await textIn(reader), undefined);
});

Deno.test("streams whose clients are gone, and requests without a body, hold no place", async () => {
  await using center = openControlCenter(["http://127.0.0.1:2"]);
  for (let n = 0; n < 2 * maxStreams; n++) {
    const head = await center.get("/live", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  }
  for (let n = 0; n < 2 * maxStreams; n++) {
    const { status, body } = await waitFor("there is room", async () => {
      const response = await center.get("/live");
      if (response.status === 200) return response;
      await response.body?.cancel();
      return undefined;
    });
    assert.equal(status, 200);
    await body!.cancel();
  }
});

Deno.test("a page that is open learns of a change within moments", async () => {
  const data = runtimeData();
  await using runtime = runtimeDouble(data);
  await using center = openControlCenter([runtime.url]);
  await center.until("/", "it was read", ({ text }) => text.includes(">shop<"));
  const abort = new AbortController();
  const response = await center.get("/live", { signal: abort.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.getReader();
  assert.match((await textIn(reader))!, /retry/);
  data.katalog = { ...data.katalog, description: "changed" };
  let seen = "";
  while (!seen.includes("event: change")) seen += await textIn(reader) ?? assert.fail("The stream has ended");
  await reader.cancel();
  abort.abort();
});
