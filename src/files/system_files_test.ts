import assert from "node:assert/strict";
import { systemFiles } from "./system_files.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const input = (...chunks: Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> =>
  ReadableStream.from(chunks);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ork-files-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("systemFiles() reads files and folders, and says why it cannot", async () => {
  await inFolder(async (folder) => {
    const files = systemFiles({ input: input() });
    await Deno.writeTextFile(`${folder}/a.yaml`, "kind: Katalog\n");
    await Deno.mkdir(`${folder}/b`);
    assert.deepEqual(files.read(`${folder}/a.yaml`), { bytes: encode("kind: Katalog\n") });
    assert.equal(files.read(folder), "folder");
    assert.deepEqual(files.read(`${folder}/none`), { trouble: "it does not exist" });
    assert.deepEqual(files.read(`${folder}/a.yaml/x`), { trouble: "a part of its path is not a folder" });
    assert.deepEqual([...files.list(folder) as string[]].sort(), ["a.yaml", "b"]);
    assert.deepEqual(files.list(`${folder}/none`), { trouble: "it does not exist" });
    await Deno.symlink("..", `${folder}/b/up`);
    assert.deepEqual([files.folders(folder), files.folders(`${folder}/b`), files.folders("none")], [["b"], [], []]);
  });
});

Deno.test({
  name: "systemFiles() does not wait for what is no plain file, where only those are wanted",
  ignore: Deno.build.os === "windows",
  fn: () => {
    const files = systemFiles({ input: input() });
    assert.deepEqual(files.read("/dev/tty", "plain"), { trouble: "it is no plain file" });
    assert.deepEqual(files.read("/dev/null"), { bytes: encode("") });
  },
});

Deno.test("systemFiles() follows links to plain files, as in a mounted ConfigMap", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "a");
    await Deno.symlink("a", `${folder}/b`);
    assert.deepEqual(systemFiles({ input: input() }).read(`${folder}/b`, "plain"), { bytes: encode("a") });
  });
});

Deno.test("systemFiles() reads what is larger than one chunk whole, and nothing that is too large", async () => {
  await inFolder(async (folder) => {
    const files = systemFiles({ input: input() });
    await Deno.writeTextFile(`${folder}/large`, "0123456789".repeat(20_000));
    const read = files.read(`${folder}/large`);
    assert.ok(typeof read === "object" && "bytes" in read);
    assert.equal(new TextDecoder().decode(read.bytes), "0123456789".repeat(20_000));
    await Deno.writeTextFile(`${folder}/huge`, "");
    await Deno.truncate(`${folder}/huge`, 64 * 1024 * 1024 + 1);
    assert.deepEqual(files.read(`${folder}/huge`), { trouble: "it is larger than 64 MiB" });
  });
});

Deno.test("systemFiles() reads standard input to its end, once, and not without end", async () => {
  const files = systemFiles({ input: input(encode("kind: "), encode("Katalog")) });
  assert.deepEqual(await files.stdin(), { bytes: encode("kind: Katalog") });
  assert.deepEqual(await files.stdin(), { trouble: "it was read already; name it once" });
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)) });
  assert.deepEqual(await systemFiles({ input: endless }).stdin(), { trouble: "it is larger than 64 MiB" });
});
