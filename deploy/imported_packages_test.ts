import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { packagesOf, readLock, reduceLock } from "./lock_file.ts";
import { importedPackages, packagesIn } from "./imported_packages.ts";

const module = (specifier: string, ...imports: (readonly [string, string])[]) => ({
  specifier,
  dependencies: imports.map(([name, target]) => ({ specifier: name, code: { specifier: target } })),
});

Deno.test("packagesIn() follows what is loaded, and not what is imported for its types", () => {
  const b = module("file:///b.ts", ["yaml", "npm:yaml@2.9.1"], ["./a.ts", "file:///a.ts"]);
  const modules = [
    module("file:///a.ts", ["./b.ts", "file:///b.ts"], ["node:fs", "node:fs"]),
    { ...b, dependencies: [...b.dependencies, { specifier: "./types.ts", type: { specifier: "file:///types.ts" } }] },
    module("file:///types.ts", ["zod", "npm:zod@4.6.7"]),
    module("file:///other.ts", ["hono", "npm:hono@4.13.19"]),
  ];
  assert.deepEqual(packagesIn({ modules }, "file:///a.ts"), { yaml: "npm:yaml@2.9.1" });
});

Deno.test("packagesIn() names a package of which one part is imported", () => {
  const modules = [
    module("file:///a.tsx", ["hono/jsx/jsx-runtime", "npm:/hono@4.13.19/jsx/jsx-runtime"], [
      "@x/y/z",
      "npm:/@x/y@1.0.0/z",
    ]),
  ];
  assert.deepEqual(packagesIn({ modules }, "file:///a.tsx"), { "@x/y": "npm:@x/y@1.0.0", hono: "npm:hono@4.13.19" });
});

Deno.test("packagesIn() refuses what does not resolve", () => {
  const broken = { specifier: "file:///a.ts", dependencies: [{ specifier: "x", code: { error: "not in the map" } }] };
  assert.throws(() => packagesIn({ modules: [broken] }, "file:///a.ts"), /Cannot resolve x in .*: not in the map/);
  const modules = [{ specifier: "file:///a.ts", error: "gone" }];
  assert.throws(() => packagesIn({ modules }, "file:///a.ts"), /Cannot read file:\/\/\/a.ts: gone/);
});

Deno.test("importedPackages() finds the library of the command line in ork alone, and no test library anywhere", async () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const [dev, gateway] = await Promise.all(
    ["main_dev.ts", "main_gateway.ts"].map((main) => importedPackages([main], root)),
  );
  assert.match(dev!["commander"]!, /^npm:commander@/);
  assert.ok("yaml" in gateway! && !("commander" in gateway!));
  const lock = readLock(Deno.readTextFileSync(new URL("../deno.lock", import.meta.url)));
  for (const each of [dev!, gateway!]) {
    assert.ok(!("fast-check" in each) && "hono" in each);
    assert.ok(packagesOf(reduceLock(lock, Object.values(each))).length < packagesOf(lock).length);
  }
});
