/** The YAML in docs/ is what a Katalog takes: each example is put where it belongs in one, and loaded. */
import assert from "node:assert/strict";
import { formatFinding } from "../../src/base/finding.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { projectRoot } from "../architecture/paths.ts";

/** By the first key of an example: how far it is indented in a Katalog, and what stands before it. */
const header = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: docs }\n";
const types = "apiTypes: { group: acme.example, version: v1, kind: Shop, plural: shops }\n";
const others = ["database", "mail", "queue"].map((name) =>
  `    ${name}: { apiTypes: { group: acme.example, version: v1, kind: ${name}, plural: ${name}s }, operatorBox: {} }\n`
).join("");
const entry = `${header}spec:\n  crds:\n${others}    shop:\n      allowedNamespaces: ["*"]\n      ${types}`;
const box = `${entry}      operatorBox:\n`;
const homes: readonly { readonly keys: readonly string[]; readonly before: string; readonly indent: number }[] = [
  { keys: ["spec"], before: header, indent: 0 },
  { keys: ["dependsOn", "validation", "mutation", "operatorBox"], before: entry, indent: 6 },
  {
    keys: ["onReconcile", "status", "cross", "preReconcile", "watch", "cleanup", "events"],
    before: box,
    indent: 8,
  },
  { keys: ["queue"], before: `${box}        reconciler:\n`, indent: 10 },
];

interface Example {
  readonly place: string;
  readonly text: string;
}

function* examples(): Generator<Example> {
  for (const { name } of Deno.readDirSync(`${projectRoot}/docs`)) {
    if (!name.endsWith(".md")) continue;
    const page = Deno.readTextFileSync(`${projectRoot}/docs/${name}`);
    for (const { index, 1: text } of page.matchAll(/^```yaml\n([^]*?)^```$/gm)) {
      const place = `docs/${name}:${page.slice(0, index).split("\n").length}`;
      // Alternatives are examples of their own.
      for (const part of text!.split("# or\n")) yield { place, text: part };
    }
  }
}

/** The Katalog with an example in it; `undefined` for what is no part of one, or needs files. */
function katalogWith(text: string): string | undefined {
  const [first] = /^\w+(?=:)/m.exec(text) ?? [];
  const home = homes.find(({ keys }) => keys.includes(first ?? ""));
  if (home === undefined || /^ +imports:/m.test(text)) return undefined;
  const indented = text.replaceAll(/^(?=.)/gm, " ".repeat(home.indent));
  // Examples leave out what kinds they are of.
  const whole = home.indent > 0 ? indented : indented.replaceAll(
    /^ {4}(\w+):\n/gm,
    (line, name) => `${line}      apiTypes: { group: acme.example, version: v1, kind: ${name}, plural: ${name}s }\n`,
  );
  return home.before + whole;
}

/** Of a box alone: an example may read what is declared elsewhere. */
const declaredElsewhere = /\.cross\.\w+ is not declared in operatorBox\.cross/;

Deno.test("the examples in docs/ are taken by the loader", () => {
  let loaded = 0;
  for (const { place, text } of examples()) {
    const katalog = katalogWith(text);
    if (katalog === undefined) continue;
    loaded++;
    const { findings } = loadKatalog(
      [{ path: "docs.yaml", bytes: new TextEncoder().encode(katalog) }],
      () => undefined,
    );
    const errors = findings.filter(({ severity, message }) => severity === "error" && !declaredElsewhere.test(message));
    assert.deepEqual(errors.map(formatFinding), [], `${place}\n${katalog}`);
  }
  assert.ok(loaded >= 20, `${loaded}`);
});
