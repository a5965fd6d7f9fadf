import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { type FileReader, namedFiles, readKatalogs, RecordingReader } from "../files/mod.ts";
import { loadKatalog } from "../katalog/mod.ts";
import { derivePlan } from "../plan/mod.ts";
import { katalogDocuments, ProcessState } from "./http/mod.ts";
import { type KatalogChange, katalogSource, type ReloadMode, watchKatalog } from "./katalog_watch.ts";

function katalog(workers: number, more = ""): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
spec:
  crds:
    web:
      apiTypes: { group: a.dev, version: v1, kind: Web, plural: webs }
      operatorBox:
        reconciler: { workers: ${workers} }
        onReconcile:
          configMaps: [{ data: { a: b } }]
${more}`;
}

/** A Katalog that runs, and its file. */
async function running(mode: ReloadMode, withGateway = false, first = katalog(1)) {
  const clock = new FakeClock();
  const file = { text: first };
  const files: FileReader = {
    read: (path) =>
      path === "katalog.yaml" ? { bytes: new TextEncoder().encode(file.text) } : { trouble: "it does not exist" },
    list: () => ({ trouble: "it does not exist" }),
    folders: () => [],
    stdin: () => Promise.resolve({ trouble: "there is none" }),
  };
  const named = ["katalog.yaml"];
  const load = async (reader: FileReader) => {
    const { sources } = await readKatalogs(named, reader);
    const { findings, katalog, documents = [] } = loadKatalog(sources, namedFiles(reader));
    return katalog === undefined
      ? { findings }
      : { findings, loaded: { plan: derivePlan(katalog), documents: katalogDocuments(katalog, documents) } };
  };
  const reader = new RecordingReader(files);
  const { loaded } = await load(reader);
  const state = new ProcessState();
  const lines: string[] = [];
  const source = katalogSource({ named, reader, mode, withGateway, newReader: () => files, load })!;
  const log = (level: string, text: string): void => void lines.push(`${level} ${text}`);
  const watch = watchKatalog(loaded!, source, { clock, log, state });
  const changes: KatalogChange[] = [];
  void watch.changed.then((change) => changes.push(change));
  const write = async (text: string): Promise<void> => {
    file.text = text;
    await clock.advance(6_000);
  };
  return { write, state, lines, changes, stop: () => watch.stop() };
}

Deno.test("watchKatalog() reports a change, and changes nothing, where nobody acts on it", async () => {
  const { write, state, lines, changes, stop } = await running("report");
  await write(katalog(3));
  assert.deepEqual(lines, [
    "info the Katalog has changed: ~ web: reconciler.workers: 1 → 3; it takes effect when the process is started again " +
    "(or with --reload)",
  ]);
  assert.deepEqual(state.files, { state: "changed", reason: "~ web: reconciler.workers: 1 → 3" });
  await write(katalog(1));
  assert.equal(state.files.state, "current");
  assert.deepEqual(changes, []);
  stop();
});

Deno.test("watchKatalog() does not take comments for changes", async () => {
  const { write, state, lines, changes, stop } = await running("end");
  await write(`# a comment\n${katalog(1)}`);
  assert.deepEqual([lines, changes], [["info the files of the Katalog have changed, and nothing that it does"], []]);
  assert.equal(state.files.state, "current");
  stop();
});

Deno.test("watchKatalog() keeps the running Katalog while the new one does not load", async () => {
  const { write, state, lines, changes, stop } = await running("replace");
  await write(katalog(1, "          deploymints: []\n"));
  assert.equal(state.files.state, "broken");
  assert.match(
    lines[0]!,
    /^error the files of the Katalog have changed and do not load.*katalog\.yaml:12:11.*deploymints/s,
  );
  assert.deepEqual(changes, []);
  await write(katalog(2));
  assert.equal(changes.length, 1);
  assert.equal(state.files.state, "current");
  stop();
});

Deno.test("watchKatalog() ends the process, or passes the new Katalog on, once", async () => {
  const ending = await running("end");
  await ending.write(katalog(2));
  assert.deepEqual(ending.changes, [{ next: "end", reason: "the Katalog has changed" }]);
  ending.stop();
  const replacing = await running("replace");
  await replacing.write(katalog(2));
  const [change] = replacing.changes;
  assert.ok(change?.next === "replace");
  assert.equal(change.loaded.plan.boxes[0]!.reconciler.workers, 2);
  replacing.stop();
});

Deno.test("watchKatalog() takes what changes the Gateway alone for a change where that runs here", async () => {
  for (const withGateway of [false, true]) {
    const { write, changes, lines, stop } = await running("replace", withGateway);
    await write(katalog(1).replace("spec:", "gateway: {}\nspec:"));
    assert.equal(changes.length, withGateway ? 1 : 0, lines.join());
    stop();
  }
});

Deno.test("watchKatalog() warns of finalizers that nothing would remove any more", async () => {
  const far = katalog(1).replace("[{ data", "[{ namespace: far, data");
  const { write, lines, stop } = await running("report", false, far);
  await write(far.replace("web:", "site:"));
  stop();
  assert.match(lines.join("\n"), /^warn web: each Web keeps the finalizer web\.orkestra.* list web under formerNames/);
});

Deno.test("katalogSource() does not watch standard input", async () => {
  const source = katalogSource({
    named: ["-"],
    reader: new RecordingReader({} as FileReader),
    mode: "report",
    newReader: () => ({}) as FileReader,
    load: () => Promise.resolve({ findings: [] }),
  });
  assert.equal(await Promise.resolve(source), undefined);
});
