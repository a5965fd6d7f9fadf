import assert from "node:assert/strict";
import { readGraph } from "./graph.ts";
import { layerTable } from "./layers.ts";
import { isTest, projectRoot, sourceFiles } from "./paths.ts";
import { everyImportLeadsSomewhere, importsGoUp, rules } from "./rules.ts";

const sources = [
  ...Object.keys(layerTable.entries).filter((main) => exists(`${projectRoot}/${main}`)),
  ...sourceFiles(["src"]).filter((path) => !isTest(path)),
];
const graph = await readGraph(sources);

for (const [name, rule] of Object.entries(rules)) {
  Deno.test(`the tree obeys the rule ${name}`, () => {
    assert.deepEqual(rule(graph, layerTable), []);
  });
}

Deno.test("readGraph() sees every source file and every binary's way to its entry", () => {
  for (const path of sources) assert.ok(graph.has(path), path);
  for (const [main, entry] of Object.entries(layerTable.entries)) {
    if (graph.has(main)) assert.deepEqual(graph.get(main), [entry]);
  }
});

Deno.test("readGraph() sees type-only, dynamic, re-exported and inline imports: each makes the fixture tree fail", async () => {
  const root = `${projectRoot}/tests/architecture/fixtures/tree`;
  const fixture = await readGraph(sourceFiles(["src"], root), root);
  assert.deepEqual(importsGoUp(fixture, layerTable), [
    "src/base/documented.ts imports src/dev/dev.ts: dev stands above base",
    "src/base/dynamic.ts imports src/dev/dev.ts: dev stands above base",
    "src/base/passed_on.ts imports src/dev/dev.ts: dev stands above base",
    "src/base/type_only.ts imports src/dev/dev.ts: dev stands above base",
  ]);
});

Deno.test("readGraph() leaves out what an import leads to when nothing is there", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/src/base`, { recursive: true });
    await Deno.writeTextFile(`${root}/src/base/a.ts`, `import "./gone.ts";\n`);
    const broken = await readGraph(["src/base/a.ts"], root);
    assert.deepEqual(everyImportLeadsSomewhere(broken, layerTable), [
      "src/base/a.ts imports src/base/gone.ts: there is no such file",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
