import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { compileKinds } from "../../src/policy/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { widgetKatalog } from "../support/policies.ts";

Deno.test("docs/policies.md shows the expressions that rules become", async () => {
  const text = await Deno.readTextFile(`${projectRoot}/docs/policies.md`);
  const rows = [...text.matchAll(/^\| `(\{field: .*?\})` +\| `(.*?)` +\|$/gm)].map(([, rule, cel]) =>
    [parse(rule!) as JsonMap, cel!.replaceAll("\\|", "|")] as const
  );
  assert.ok(rows.length > 20, `${rows.length} rows`);
  const [kind] = compileKinds(widgetKatalog({ validation: { rules: rows.map(([rule]) => rule) } }));
  for (const [i, [rule, cel]] of rows.entries()) {
    const { crd } = kind!.validations[i]!;
    assert.equal("value" in crd ? crd.value.rule : crd.reason, cel, JSON.stringify(rule));
  }
});
