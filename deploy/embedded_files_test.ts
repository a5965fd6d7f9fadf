import assert from "node:assert/strict";
import { packagesIn, pathsIn, UnknownOutputError } from "./embedded_files.ts";

/** A program as far as it matters: something, then the list after its length, then something. */
function program(list: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(list));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.from([...new TextEncoder().encode("\x7fELF"), ...length, ...json, 1, 2, 3]);
}

const file = (name: string) => ({ File: { n: name, o: [0, 7], t: 1 } });
const folder = (path: string, ...entries: unknown[]): unknown =>
  path.split("/").reduceRight<unknown[]>((inner, name) => [{ Dir: { n: name, e: inner } }], entries)[0];

Deno.test("pathsIn() lists the files of a program, in all folders", () => {
  const list = [
    folder("project", file("main.ts"), folder("src/base", file("json.ts")), { Symlink: { n: "link", p: [] } }),
  ];
  assert.deepEqual(pathsIn(program(list)), ["project/link", "project/main.ts", "project/src/base/json.ts"]);
  assert.throws(() => pathsIn(program([folder("project", { Socket: { n: "x" } })])), UnknownOutputError);
  assert.throws(() => pathsIn(program([folder(Array(60).fill("deep").join("/"), file("a"))])), UnknownOutputError);
  assert.throws(() => pathsIn(program({ files: [] })), UnknownOutputError);
});

Deno.test("packagesIn() names the npm packages of a program, each with its version", () => {
  const list = [
    folder(
      "project/cache/npm/registry.example.org",
      folder("yaml/2.9.1", file("package.json"), folder("browser", file("package.json"))),
      folder("@x/y/1.0.0-rc.1", file("package.json"), file("a.js")),
    ),
    folder("src/1.2.3", file("json.ts")),
  ];
  assert.deepEqual(packagesIn(program(list)), [{ name: "@x/y", version: "1.0.0-rc.1" }, {
    name: "yaml",
    version: "2.9.1",
  }]);
  assert.deepEqual(packagesIn(program([folder("project", file("main.js"))])), []);
});
