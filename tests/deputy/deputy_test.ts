import assert from "node:assert/strict";
import { postureOf } from "../../src/posture/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { corpus } from "./corpus.ts";
import { attempt } from "./stage.ts";
import { targets } from "./targets.ts";

for (const attack of corpus) {
  Deno.test(`${attack.katalog} withstands ${attack.name}, which attempts to ${attack.attempts}`, async () => {
    const { outcome, violations, written } = await attempt(attack, targets.get(attack.katalog)!);
    assert.deepEqual(violations, []);
    assert.equal(outcome, attack.outcome ?? "reconciled");
    // What the Katalog declares was done all the same: the attack was not merely ignored.
    const later = new Set(attack.later);
    assert.deepEqual(
      written.filter((object) => !later.has(object)),
      outcome === "refused" ? [] : [...attack.may].sort(),
    );
  });
}

Deno.test("an attack that succeeds is found: a write that nothing declares, and one that is not granted", async () => {
  const attack = corpus.find(({ name }) => name === "a child in an allowed namespace")!;
  const target = targets.get(attack.katalog)!;
  const undeclared = await attempt({ ...attack, may: [] }, target);
  assert.deepEqual(undeclared.violations, [
    "not declared: DELETE ConfigMap team-a/web-far",
    "not declared: PATCH ConfigMap team-a/web-far",
  ]);
  const configMaps = target.rules.map(({ namespace, rule }) => ({
    namespace,
    rule: rule.resources.includes("configmaps") ? { ...rule, verbs: ["get", "list", "watch", "delete"] } : rule,
  }));
  const ungranted = await attempt(attack, { ...target, rules: configMaps });
  assert.deepEqual(ungranted.violations, [
    'not granted: {"verb":"patch","group":"","resource":"configmaps","name":"web-far","namespace":"team-a"}',
  ]);
});

Deno.test("the corpus has sixty CRs at least, each with a name of its own, against every example", () => {
  assert.ok(corpus.length >= 60, `${corpus.length}`);
  const names = corpus.map(({ katalog, name }) => `${katalog}: ${name}`);
  assert.equal(new Set(names).size, names.length);
  const examples = [...Deno.readDirSync(`${projectRoot}/katalogs`)].filter(({ isDirectory }) => isDirectory);
  for (const { name } of examples) assert.ok(targets.has(`example/${name}`), name);
});

Deno.test("validate --full says of each Katalog that is made to be attacked what its CRs decide", () => {
  const found = [...targets].filter(([name]) => !name.startsWith("example/")).map(([name, { katalog, plan }]) => [
    name,
    [...new Set(postureOf(katalog, plan).findings.map(({ id }) => id))].sort(),
  ]);
  assert.deepEqual(Object.fromEntries(found), {
    names: ["cluster-scoped-child", "far-name-from-cr", "may-escalate"],
    objects: ["metadata-from-cr", "plural-guessed", "structure-from-cr"],
    places: ["far-name-from-cr", "namespace-from-cr"],
    roles: ["may-escalate", "rbac-rules-from-cr", "rbac-subject-from-cr"],
    smuggled: [],
    takers: ["adopt-from-cr", "secrets-everywhere", "source-from-cr"],
    tenants: ["namespace-from-cr"],
    texts: [],
  });
});
