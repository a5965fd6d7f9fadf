import assert from "node:assert/strict";
import { projectRoot } from "../architecture/paths.ts";
import { boundHelp, postureRules } from "../../src/posture/mod.ts";

const text = Deno.readTextFileSync(`${projectRoot}/docs/validate.md`);

Deno.test("docs/validate.md has every finding, with its level and its words", () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| (error|warning|note) +\| (.*?) *\|$/gm)].map((
    [, id, level, words],
  ) => [id, level, words]);
  assert.deepEqual(
    rows,
    postureRules.map((
      { id, level, summary, help },
    ) => [id, level, `${summary}. ${help.replace(boundHelp, "")}`.trimEnd()]),
  );
  assert.ok(text.replaceAll(/\s+/g, " ").includes(boundHelp));
});

Deno.test("docs/validate.md has every key of the JSON that is printed for a Katalog", () => {
  const block = /^## JSON\n\n```\n(.*?)^```$/ms.exec(text)![1]!;
  const documented = new Set([...block.matchAll(/"(\w+)"/g)].map(([, key]) => key!));
  const printed = JSON.parse(Deno.readTextFileSync(`${projectRoot}/tests/golden/posture/open.json`));
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        found.add(key);
        visit(child);
      }
    }
  };
  visit(printed);
  assert.ok(found.size > 30, `${found.size}`);
  assert.deepEqual([...found].filter((key) => !documented.has(key)), []);
});
