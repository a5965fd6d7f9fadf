import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { postureOf } from "../../src/posture/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { openDefinition } from "../support/open_definition.ts";
import { corpus } from "./corpus.ts";
import { attempt, loadTarget } from "./stage.ts";

const group = "deputy.example.org";

/** The CRDs that a Katalog of this folder needs, as open as can be. */
function definitionsOf(katalog: string): KubeObject[] {
  const open = (kind: string, namespaced = true): KubeObject => openDefinition({ group, kind, namespaced });
  switch (katalog) {
    case "places":
      return [open("Place")];
    case "names":
      return [open("Named")];
    case "objects":
      return [open("Wrapped"), open("Inner")];
    case "roles":
      return [open("Team")];
    case "texts":
      return [open("Text")];
    case "takers":
      return [open("Taker")];
    case "smuggled": {
      const definition = open("Plain") as unknown as { spec: { versions: JsonMap[] } };
      const [version] = definition.spec.versions;
      delete version!["subresources"];
      version!["schema"] = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
      return [definition as unknown as KubeObject];
    }
    case "tenants":
      return [open("Tenant", false)];
    default: {
      const text = Deno.readTextFileSync(`${projectRoot}/katalogs/${katalog.replace("example/", "")}/crd.yaml`);
      return parseAllDocuments(text).map((document) => document.toJS()).filter((document) => document !== null);
    }
  }
}

const targets = new Map(
  [...new Set(corpus.map(({ katalog }) => katalog))].map((name) => [name, loadTarget(name, definitionsOf(name))]),
);

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
