/**
 * "The production binary is not the development binary" (founding.txt), of the compiled programs themselves: what they
 * do not need is not in them. `tests/architecture` proves it of the module graph.
 */
import assert from "node:assert/strict";
import { binaries, type Binary } from "../../deploy/binaries.ts";
import { packagesIn } from "../../deploy/embedded_files.ts";
import { importedPackages } from "../../deploy/imported_packages.ts";
import { type NpmPackage, packagesOf, readLock, reduceLock } from "../../deploy/lock_file.ts";
import { readGraph } from "../architecture/graph.ts";
import { projectRoot } from "../architecture/paths.ts";
import { controlPlaneVariable } from "../support/control_plane.ts";
import { findTexts } from "../support/find_texts.ts";

// Needs `deno task build`: these are among the tests with compiled binaries.
const ignore = Deno.env.get(controlPlaneVariable) === undefined;
const needs = ignore ? ` (needs ${controlPlaneVariable})` : "";
const production = binaries.filter(({ name }) => name !== "ork");
const ork = binaries.find(({ name }) => name === "ork")!;

/** Words of commands that only `ork` has. Their libraries are a matter of the packages, below. */
const developersWords = [
  ...["port-forward", "SARIF", "kustomization.yaml", "Chart.yaml", "ork demo", "ork plan"],
  ...["ork diff", "ork install", "ork uninstall", "ork upgrade", "ork validate --full"],
];

/** A literal of a source file, in ASCII and without escapes, so that it is the same in what is compiled. */
const literal = /"([a-zA-Z][\x20\x21\x23-\x5b\x5d-\x7e]{23,})"/g;

/** Our own modules that a binary has, with their texts. */
async function sourcesOf({ main, threads }: Binary): Promise<Map<string, string>> {
  const graph = await readGraph([main, ...threads]);
  const paths = [...graph.keys()].filter((path) => path.startsWith("src/"));
  return new Map(paths.map((path) => [path, Deno.readTextFileSync(`${projectRoot}/${path}`)]));
}

function program({ name }: Binary): Uint8Array {
  return Deno.readFileSync(`${projectRoot}/build/${name}`);
}

/** Texts with which a module is distinguished from all that a binary reaches: none of them has one. */
function textsOf(source: string, reached: string): string[] {
  const texts = [...source.matchAll(literal)].map((match) => match[1]!);
  return texts.filter((text) => text.split(" ").length > 2 && !reached.includes(text));
}

for (const binary of production) {
  Deno.test({
    name: `${binary.name} has no text of the modules that it does not reach, each of which ork has${needs}`,
    ignore,
    async fn() {
      const [all, own] = [await sourcesOf(ork), await sourcesOf(binary)];
      const reached = [...own.values()].join("\n");
      const places = new Map(developersWords.map((word) => [word, "a command of ork"]));
      let modules = 0;
      for (const [path, source] of all) {
        if (own.has(path)) continue;
        const texts = textsOf(source, reached);
        for (const text of texts) places.set(text, path);
        if (texts.length > 0) modules++;
      }
      assert.ok(modules >= 50, `${modules} modules have texts that distinguish them`);
      assert.ok(places.size >= 300, `${places.size} texts`);
      // Deno has a few of them too: "must be greater than or equal to 0".
      for (const text of findTexts(Deno.readFileSync(Deno.execPath()), places.keys())) {
        if (!developersWords.includes(text)) places.delete(text);
      }
      const inOrk = findTexts(program(ork), places.keys());
      const inBinary = findTexts(program(binary), places.keys());
      const missing = [...places].filter(([text]) => !inOrk.has(text));
      assert.deepEqual(missing, [], "ork has every text: else this test could not fail");
      assert.deepEqual([...inBinary].map((text) => `"${text}" of ${places.get(text)}`), [], `in ${binary.name}`);
    },
  });
}

Deno.test({
  name: `production binaries have an import map that leads files nowhere${needs}`,
  ignore,
  fn() {
    // JSON in JSON.
    const map = String.raw`\"file:///\": \"blocked:///\"`;
    for (const binary of binaries) {
      assert.equal(findTexts(program(binary), [map]).has(map), binary.name !== "ork", binary.name);
    }
  },
});

Deno.test({
  name: `each binary has the npm packages that its code loads, and no others${needs}`,
  ignore,
  async fn() {
    const lock = readLock(Deno.readTextFileSync(`${projectRoot}/deno.lock`));
    const named = ({ name, version }: NpmPackage) => `${name}@${version}`;
    for (const binary of binaries) {
      const imports = await importedPackages([binary.main, ...binary.threads], projectRoot);
      const wanted = packagesOf(reduceLock(lock, Object.values(imports))).map(named);
      assert.ok(wanted.length > 0 && wanted.length < packagesOf(lock).length, `${binary.name}: ${wanted}`);
      const bytes = program(binary);
      const comment = ({ name, version }: NpmPackage) => `// npm:${name}/${version}/`;
      const commented = findTexts(bytes, packagesOf(lock).map(comment));
      const files = packagesIn(bytes).map(named).sort();
      assert.deepEqual(files, binary.bundled ? [] : wanted.sort(), binary.name);
      // What is in a bundle is named by comments in it.
      const inBundle = packagesOf(lock).filter((each) => commented.has(comment(each))).map(named);
      assert.deepEqual(inBundle, binary.bundled ? wanted : [], binary.name);
    }
  },
});
