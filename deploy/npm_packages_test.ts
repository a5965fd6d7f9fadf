import assert from "node:assert/strict";
import { copyLoaded, noticesOf } from "./npm_packages.ts";

async function inFolder(files: Readonly<Record<string, string>>, test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("copyLoaded() copies what a program can load, and nothing else", async () => {
  const files = ["package.json", "dist/a.js", "dist/a.cjs", "dist/a.d.ts", "dist/a.js.map", "LICENSE", "README.md"];
  await inFolder(Object.fromEntries(files.map((name) => [`from/r/a/1/${name}`, name])), async (folder) => {
    await copyLoaded(`${folder}/from`, `${folder}/to`);
    const names = [...Deno.readDirSync(`${folder}/to/r/a/1`), ...Deno.readDirSync(`${folder}/to/r/a/1/dist`)];
    assert.deepEqual(names.map(({ name }) => name).sort(), ["a.cjs", "a.js", "dist", "package.json"]);
  });
});

Deno.test("noticesOf() has the licenses of each package, and fails for one that has none", async () => {
  const files = {
    "r/@x/y/1/LICENSE": "MIT\r\nof y\n",
    "r/@x/y/1/NOTICE.md": "by y",
    "q/z/2/license.txt": "BSD",
    "q/n/1/a.js": "",
  };
  await inFolder(files, async (folder) => {
    const packages = [{ name: "@x/y", version: "1" }, { name: "z", version: "2" }];
    const line = "-".repeat(80);
    assert.equal(await noticesOf(packages, folder), `@x/y 1\n\nMIT\nof y\n\nby y\n\n${line}\n\nz 2\n\nBSD\n`);
    await assert.rejects(noticesOf([{ name: "n", version: "1" }], folder), /license of n@1/);
    await assert.rejects(noticesOf([{ name: "n", version: "2" }], folder), /Cannot find n@2/);
  });
});
