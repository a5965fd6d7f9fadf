import assert from "node:assert/strict";
import { configMaps, webOf } from "../../tests/support/decision.ts";
import { emptyPlan } from "../../tests/support/decide.ts";
import { compileBox } from "./compile.ts";
import { decideCrPatch } from "./decide.ts";
import type { EntryProblem } from "./outcome.ts";

const everything = { unseen: () => undefined };
const labelled = (text: string) => compileBox({ ...emptyPlan, labels: { tier: { text, at: "k.yaml:1:1" } } });

Deno.test("declared labels are set, and labels that we set are removed when no longer declared", () => {
  const cr = webOf({ labels: { tier: "gold", old: "x", theirs: "y" } });
  const problems: EntryProblem[] = [];
  const patch = (text: string, owned: string[]) =>
    decideCrPatch(labelled(text), cr, {}, owned, false, problems, everything)?.["metadata"];
  assert.equal(patch("gold", ["tier"]), undefined);
  assert.deepEqual(patch("silver", ["tier"]), { labels: { tier: "silver" }, resourceVersion: "9" });
  assert.deepEqual(patch("", ["tier"]), { labels: { tier: null }, resourceVersion: "9" });
  assert.deepEqual(patch("gold", ["tier", "old"]), { labels: { old: null }, resourceVersion: "9" });
  assert.deepEqual(patch("gold", ["tier", "gone"]), undefined, "removed already");
  assert.equal(problems.length, 0);
  assert.deepEqual(patch("not a label", ["tier", "old"]), { labels: { old: null }, resourceVersion: "9" });
  assert.match(problems[0]!.message, /^labels\["tier"\]: k\.yaml:1:1: "not a label" is no label value/);
});

Deno.test("the finalizer is added when needed, replacing those under former names", () => {
  const needs = compileBox({ ...emptyPlan, finalizer: true });
  const patch = (finalizers: string[]) =>
    (decideCrPatch(needs, webOf({ finalizers }), {}, [], true, [], everything)?.["metadata"] as
      | { finalizers?: string[] }
      | undefined)
      ?.finalizers;
  const own = "web.orkestra.orkspace.io/cleanup";
  assert.deepEqual(patch([]), [own]);
  assert.deepEqual(patch([own]), undefined);
  assert.deepEqual(patch(["else", "site.orkestra.orkspace.io/cleanup"]), ["else", own]);
  assert.deepEqual(patch(["coffee.orkestra.orkspace.io/cleanup"]), ["coffee.orkestra.orkspace.io/cleanup", own]);
  assert.equal(
    decideCrPatch(compileBox(emptyPlan), webOf(), {}, [], false, [], everything),
    undefined,
    "never for nothing",
  );
});

Deno.test("a label that cannot be evaluated stays as it is, and says why", () => {
  const patch = (text: string, memory = everything) => {
    const problems: EntryProblem[] = [];
    const cr = webOf({ labels: { tier: "gold" } }, { spec: { text: "t" } });
    const compiled = compileBox({
      ...emptyPlan,
      children: [{ ...configMaps, kind: "Secret", plural: "secrets" }],
      labels: { tier: { text, at: "k.yaml:1:1" } },
    });
    const metadata = decideCrPatch(
      compiled,
      cr,
      { spec: { text: "t" }, children: {} },
      ["tier"],
      false,
      problems,
      memory,
    );
    return { metadata, problems };
  };
  const failed = (message: string) => [{ entry: 'labels["tier"]', state: "failed", reason: "ReconcileError", message }];
  const unevaluated = patch("{{ .spec.text.deeper }}");
  assert.equal(unevaluated.metadata, undefined);
  assert.match(unevaluated.problems[0]!.message, /^labels\["tier"\]: k\.yaml:1:1: Cannot read field "deeper"/);
  const unseen = { unseen: () => "Secrets are forbidden" } as unknown as typeof everything;
  assert.deepEqual(patch("{{ .children.secret.metadata.name }}", unseen), {
    metadata: undefined,
    problems: failed('labels["tier"]: Secrets are forbidden'),
  });
  assert.deepEqual(patch(" gold "), { metadata: undefined, problems: [] }, "a value is trimmed");
});
