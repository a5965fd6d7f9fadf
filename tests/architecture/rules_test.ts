import assert from "node:assert/strict";
import type { ModuleGraph } from "./graph.ts";
import { type LayerTable, layerTable } from "./layers.ts";
import * as law from "./rules.ts";

/** A made-up tree: every file named anywhere is in it, but those called `missing.ts`. */
function tree(imports: Record<string, string[]>): ModuleGraph {
  const graph = new Map<string, string[]>(Object.entries(imports));
  for (const target of Object.values(imports).flat()) {
    if (!graph.has(target) && !target.endsWith("/missing.ts")) graph.set(target, []);
  }
  return graph;
}

/** The table that stands beside the made-up trees below; the real one may grow without touching them. */
const table: LayerTable = {
  layers: [
    { folder: "base", pure: true },
    { folder: "plan", pure: true },
    { folder: "admission", pure: true },
    { folder: "reconcile", pure: true },
    { folder: "cluster", pure: false },
    { folder: "runtime", pure: false },
    { folder: "dev", pure: false },
    { folder: "controlcenter", pure: false },
    { folder: "entry", pure: false },
  ],
  independent: [["admission", "reconcile"], ["cluster", "plan"]],
  importedOnlyBy: { dev: ["src/entry/dev.ts", "src/controlcenter/"], controlcenter: ["src/entry/dev.ts"] },
  entries: { "main_dev.ts": "src/entry/dev.ts", "main_runtime.ts": "src/entry/runtime.ts" },
  sideDoors: { cluster: ["ports.ts"] },
  packages: { yaml: ["src/plan/yaml.ts", "src/cluster/"], "fast-check": [] },
  neverReached: {
    "main_runtime.ts": ["src/dev/", "src/controlcenter/", "npm:commander"],
    "src/runtime/": ["npm:yaml"],
  },
  globals: {},
};

/** Each rule with trees that it must pass and trees that it must refuse, and a word that its complaint must hold. */
const cases: Record<keyof typeof law.rules, {
  green: Record<string, string[]>[];
  red: [tree: Record<string, string[]>, complaint: RegExp][];
}> = {
  everyImportLeadsSomewhere: {
    green: [{ "src/base/a.ts": ["src/base/b.ts", "npm:yaml", "node:fs"] }],
    red: [[{ "src/base/a.ts": ["src/base/missing.ts"] }, /there is no such file/]],
  },
  everyFolderHasALayer: {
    green: [{ "src/base/a.ts": [], "tests/support/b.ts": [] }],
    red: [[{ "src/helpers/a.ts": [] }, /src\/helpers\/ has no layer/]],
  },
  importsGoUp: {
    green: [{ "src/plan/a.ts": ["src/base/b.ts", "src/plan/c.ts"] }, { "src/base/a_test.ts": ["src/runtime/b.ts"] }],
    red: [
      [{ "src/base/a.ts": ["src/plan/b.ts"] }, /src\/base\/a\.ts imports src\/plan\/b\.ts/],
      [{ "src/base/a.tsx": ["src/plan/b.ts"] }, /src\/base\/a\.tsx imports src\/plan\/b\.ts/],
      [{ "src/dev/a.ts": ["src/controlcenter/b.tsx"] }, /controlcenter stands above dev/],
    ],
  },
  independentStayApart: {
    green: [{ "src/reconcile/a.ts": ["src/plan/b.ts"] }],
    red: [
      [{ "src/reconcile/a.ts": ["src/admission/b.ts"] }, /reconcile and admission must not know/],
      [{ "src/cluster/a.ts": ["src/plan/b.ts"] }, /cluster and plan must not know/],
    ],
  },
  onlyTheRightEntryImports: {
    green: [
      { "src/entry/dev.ts": ["src/dev/a.ts"], "src/dev/a.ts": ["src/dev/b.ts"] },
      { "src/controlcenter/pages/a.tsx": ["src/dev/a.ts"] },
    ],
    red: [
      [{ "src/entry/version.ts": ["src/dev/a.ts"] }, /only src\/entry\/dev\.ts, src\/controlcenter\/ may/],
      [{ "src/entry/runtime.ts": ["src/controlcenter/mod.ts"] }, /only src\/entry\/dev\.ts may/],
    ],
  },
  entriesStayApart: {
    green: [{ "main_dev.ts": ["src/entry/dev.ts"], "src/entry/dev.ts": ["src/entry/version.ts"] }],
    red: [
      [{ "main_runtime.ts": ["src/entry/dev.ts"] }, /may import src\/entry\/runtime\.ts alone/],
      [{ "src/entry/runtime.ts": ["src/entry/dev.ts"] }, /imported by its main alone/],
    ],
  },
  foldersAreEnteredThroughDoors: {
    green: [
      { "src/runtime/a.ts": ["src/cluster/mod.ts", "src/cluster/ports.ts"] },
      { "src/cluster/mod.ts": ["src/cluster/inner.ts"] },
      { "src/runtime/a.ts": ["src/base/no_door_here.ts"] },
    ],
    red: [[
      { "src/runtime/a.ts": ["src/cluster/inner.ts"], "src/cluster/mod.ts": [] },
      /doors of cluster are mod\.ts, ports\.ts/,
    ]],
  },
  packagesStayInTheirFences: {
    green: [{
      "src/plan/yaml.ts": ["npm:yaml"],
      "src/cluster/x/y.ts": ["npm:yaml"],
      "src/base/a_test.ts": ["npm:fast-check"],
    }],
    red: [
      [{ "src/plan/other.ts": ["npm:yaml"] }, /allowed in src\/plan\/yaml\.ts/],
      [{ "src/base/a.ts": ["npm:fast-check"] }, /tests alone/],
      [{ "src/base/a.ts": ["npm:left-pad"] }, /not in layers\.json/],
    ],
  },
  nothingComesFromElsewhere: {
    green: [{ "src/cluster/a.ts": ["node:net", "npm:yaml", "src/base/b.ts"] }],
    red: [
      [{ "src/base/a.ts": ["https://example.com/a.ts"] }, /only src\/, npm: and node: are allowed/],
      [{ "src/base/a.ts": ["jsr:@std/yaml@1"] }, /only src/],
    ],
  },
  pureFoldersImportNoBuiltIns: {
    green: [{ "src/cluster/a.ts": ["node:net"], "src/base/a_test.ts": ["node:assert/strict"] }],
    red: [[{ "src/base/a.ts": ["node:fs"] }, /base is pure/]],
  },
  sourcesImportNoTests: {
    green: [{ "src/base/a_test.ts": ["tests/support/b.ts"] }],
    red: [
      [{ "src/base/a.ts": ["tests/support/b.ts"] }, /belongs to the tests/],
      [{ "src/base/a.ts": ["src/base/b_test.ts"] }, /belongs to the tests/],
    ],
  },
  unreachableStaysUnreachable: {
    green: [{ "main_runtime.ts": ["src/entry/runtime.ts"], "src/entry/dev.ts": ["src/dev/a.ts", "npm:commander"] }],
    red: [
      [
        { "main_runtime.ts": ["src/a/b.ts"], "src/a/b.ts": ["src/c/d.ts"], "src/c/d.ts": ["src/dev/e.ts"] },
        /main_runtime\.ts → src\/a\/b\.ts → src\/c\/d\.ts → src\/dev\/e\.ts/,
      ],
      [{ "main_runtime.ts": ["src/a/b.ts"], "src/a/b.ts": ["npm:commander"] }, /reaches npm:commander/],
      [
        { "main_runtime.ts": ["src/entry/runtime.ts"], "src/entry/runtime.ts": ["src/controlcenter/server/app.tsx"] },
        /main_runtime\.ts → src\/entry\/runtime\.ts → src\/controlcenter\/server\/app\.tsx/,
      ],
      [
        { "src/runtime/a.ts": ["src/plan/yaml.ts"], "src/plan/yaml.ts": ["npm:yaml"] },
        /src\/runtime\/ reaches npm:yaml/,
      ],
    ],
  },
  filesFormNoCycle: {
    green: [{ "src/base/a.ts": ["src/base/b.ts", "src/base/c.ts"], "src/base/b.ts": ["src/base/c.ts"] }],
    red: [
      [
        { "src/base/a.ts": ["src/base/b.ts"], "src/base/b.ts": ["src/base/c.ts"], "src/base/c.ts": ["src/base/a.ts"] },
        /src\/base\/a\.ts → src\/base\/b\.ts → src\/base\/c\.ts → src\/base\/a\.ts/,
      ],
    ],
  },
};

for (const [name, rule] of Object.entries(law.rules)) {
  Deno.test(`${name} passes what it should and refuses its red twins`, () => {
    const { green, red } = cases[name]!;
    for (const imports of green) assert.deepEqual(rule(tree(imports), table), []);
    assert.ok(red.length > 0, "every rule has a red twin");
    for (const [imports, complaint] of red) assert.match(rule(tree(imports), table).join("\n"), complaint);
  });
}

Deno.test("layers.json names no folder, entry or package twice and none that has no layer", () => {
  const folders = layerTable.layers.map((layer) => layer.folder);
  assert.equal(new Set(folders).size, folders.length);
  const named = [
    ...layerTable.independent.flat(),
    ...Object.keys(layerTable.importedOnlyBy),
    ...Object.keys(layerTable.sideDoors),
    ...Object.values(layerTable.globals).flat(),
  ];
  assert.deepEqual(named.filter((folder) => !folders.includes(folder)), []);
  const pure = layerTable.layers.filter((layer) => layer.pure).map((layer) => layer.folder);
  assert.deepEqual(Object.values(layerTable.globals).flat().filter((folder) => pure.includes(folder)), []);
});
