import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { RecordingReader, watchFiles } from "./file_watch.ts";
import type { FileReader } from "./sources.ts";

/** Files in memory; a folder is a list of names. */
function filesOf(files: Map<string, string | string[]>): FileReader & { reads: number } {
  const reader = {
    reads: 0,
    read(path: string) {
      reader.reads++;
      const file = files.get(path);
      if (file === undefined) return { trouble: "it does not exist" };
      return typeof file === "string" ? { bytes: new TextEncoder().encode(file) } : "folder" as const;
    },
    list(folder: string) {
      const names = files.get(folder);
      return Array.isArray(names) ? names : { trouble: "it does not exist" };
    },
    folders: () => [],
    stdin: () => Promise.resolve({ trouble: "there is none" }),
  };
  return reader;
}

Deno.test("watchFiles() reports a change of any file that was read, by content, once", async () => {
  const files = new Map<string, string | string[]>([
    ["katalog.yaml", "a"],
    ["crd.yaml", "b"],
    ["other.yaml", "c"],
    ["folder", ["x.yaml"]],
  ]);
  const clock = new FakeClock();
  const read = (): RecordingReader => {
    const recording = new RecordingReader(filesOf(files));
    recording.read("katalog.yaml");
    recording.read("crd.yaml");
    recording.list("folder");
    return recording;
  };
  let changes = 0;
  const stop = watchFiles(read(), clock, () => {
    changes++;
    return Promise.resolve(read());
  });
  const after = async (change: () => void): Promise<number> => {
    change();
    changes = 0;
    await clock.advance(20_000);
    return changes;
  };
  assert.equal(await after(() => {}), 0);
  assert.equal(await after(() => files.set("katalog.yaml", "a2")), 1);
  assert.equal(await after(() => files.set("other.yaml", "c2")), 0);
  assert.equal(await after(() => files.delete("crd.yaml")), 1);
  assert.equal(await after(() => files.set("crd.yaml", "b")), 1);
  assert.equal(await after(() => files.set("folder", ["x.yaml", "y.yaml"])), 1);
  stop();
  assert.equal(await after(() => files.set("katalog.yaml", "a3")), 0);
  assert.deepEqual(clock.pendingMs, []);
});
