import assert from "node:assert/strict";
import { parse } from "yaml";
import { projectRoot } from "../architecture/paths.ts";
import { components } from "../../src/bundle/mod.ts";

const read = (path: string): string => Deno.readTextFileSync(`${projectRoot}/${path}`);

Deno.test("docs/permissions.md shows a rule as it is printed for an example", () => {
  const blocks = [...read("docs/permissions.md").matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block!)
    .filter((block) => block.includes("apiGroups:"));
  assert.equal(blocks.length, 1);
  const [shown] = parse(blocks[0]!);
  const printed = read("tests/golden/bundle/hello-website.yaml").split("---\n").map((text) => parse(text));
  const role = printed.find(({ kind }) => kind === "ClusterRole");
  assert.ok(role.rules.some((rule: unknown) => JSON.stringify(rule) === JSON.stringify(shown)), blocks[0]);
  assert.ok(read("tests/golden/bundle/hello-website.yaml").includes(/^# .*$/m.exec(blocks[0]!)![0]));
});

Deno.test("docs/permissions.md names the ServiceAccounts, and what a bundle has", () => {
  const text = read("docs/permissions.md");
  for (const { account } of Object.values(components)) assert.ok(text.includes(`\`${account}\``), account);
  for (const document of read("tests/golden/bundle/three-versions.yaml").split("---\n")) {
    const kind = parse(document)?.kind;
    assert.ok(kind === undefined || text.includes(kind), kind);
  }
});
