import assert from "node:assert/strict";
import type { Lock } from "./lock_file.ts";
import { sbomOf } from "./sbom.ts";

const digest = (byte: number): string => `sha512-${new Uint8Array(64).fill(byte).toBase64()}`;
const lock: Lock = {
  specifiers: { "npm:@x/y@1.0.0": "1.0.0_z@2.0.0" },
  npm: {
    "@x/y@1.0.0_z@2.0.0": { integrity: digest(1), dependencies: ["z@2.0.0", "w"] },
    "w@3.0.0": { integrity: digest(2) },
    "z@1.0.0": { integrity: digest(3) },
    "z@2.0.0": { integrity: digest(4) },
  },
};
const subject = { version: "1.2.3", commit: "abc", deno: "2.7.11" };

async function withCache(work: (cache: string) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    for (
      const [path, license] of [["@x/y/1.0.0", "MIT"], ["w/3.0.0", "(MIT OR ISC)"], ["z/1.0.0", "ISC"], [
        "z/2.0.0",
        "ISC",
      ]]
    ) {
      await Deno.mkdir(`${cache}/registry/${path}`, { recursive: true });
      await Deno.writeTextFile(`${cache}/registry/${path}/package.json`, JSON.stringify({ license }));
    }
    await work(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test("sbomOf() has each package with its digest, license and dependencies, the same each time", async () => {
  await withCache(async (cache) => {
    const text = await sbomOf(lock, cache, subject);
    assert.equal(await sbomOf(lock, cache, subject), text);
    const bom = JSON.parse(text);
    assert.deepEqual([bom.bomFormat, bom.specVersion], ["CycloneDX", "1.6"]);
    // Of the schema of CycloneDX 1.6.
    assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const found = Object.fromEntries(bom.components.map((each: { purl: string }) => [each.purl, each]));
    assert.deepEqual(Object.keys(found), [
      "pkg:github/denoland/deno@v2.7.11",
      "pkg:npm/%40x/y@1.0.0",
      "pkg:npm/w@3.0.0",
      "pkg:npm/z@1.0.0",
      "pkg:npm/z@2.0.0",
    ]);
    assert.deepEqual(found["pkg:npm/%40x/y@1.0.0"], {
      type: "library",
      "bom-ref": "@x/y@1.0.0",
      name: "@x/y",
      version: "1.0.0",
      hashes: [{ alg: "SHA-512", content: "01".repeat(64) }],
      licenses: [{ license: { id: "MIT" } }],
      purl: "pkg:npm/%40x/y@1.0.0",
    });
    assert.deepEqual(found["pkg:npm/w@3.0.0"].licenses, [{ expression: "(MIT OR ISC)" }]);
    const refs = new Set([
      bom.metadata.component["bom-ref"],
      ...bom.components.map((each: Record<string, string>) => each["bom-ref"]),
    ]);
    assert.deepEqual(bom.dependencies[0], { ref: "ork@1.2.3", dependsOn: ["@x/y@1.0.0", "deno@2.7.11"] });
    assert.deepEqual(bom.dependencies[1], { ref: "@x/y@1.0.0", dependsOn: ["w@3.0.0", "z@2.0.0"] });
    for (const { ref, dependsOn } of bom.dependencies) {
      assert.ok([ref, ...dependsOn].every((each) => refs.has(each)), ref);
    }
    const other = JSON.parse(await sbomOf(lock, cache, { ...subject, commit: "def" }));
    assert.notEqual(other.serialNumber, bom.serialNumber);
  });
});

Deno.test("sbomOf() fails rather than to leave something out", async () => {
  await withCache(async (cache) => {
    const refused = (changed: Partial<Lock>, message: RegExp) =>
      assert.rejects(sbomOf({ ...lock, specifiers: {}, ...changed }, cache, subject), message);
    await refused({ specifiers: { "npm:q@1.0.0": "1.0.0" } }, /Cannot resolve npm:q@1.0.0/);
    await refused({ npm: { "w@9.9.9": { integrity: digest(1) } } }, /Cannot find w@9.9.9/);
    await refused({ npm: { "w@3.0.0": { integrity: "sha1-x" } } }, /no SHA-512/);
    await refused({ npm: { "w@3.0.0": { integrity: digest(1), dependencies: ["q"] } } }, /Cannot resolve q/);
    await Deno.writeTextFile(`${cache}/registry/w/3.0.0/package.json`, "{}");
    await refused({}, /Cannot read the license of w@3.0.0/);
  });
});
