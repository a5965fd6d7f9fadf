import assert from "node:assert/strict";
import { memoryOf, webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import type { CrossObject, CrossSelector, CrossView } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import { compilePass } from "./compile.ts";
import { decidePass, type ReconcileDecision } from "./decide_pass.ts";

const entries = `web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
  normalize: { spec: { db: "{{ toLower .spec.db }}" } }
  validation: { rules: [{ field: spec.db, notEquals: forbidden, message: "no" }] }
  labels: { example.org/db: "{{ .cross.db.name }}" }
  operatorBox:
    cross:
      - { crd: database, as: db, selector: { name: "{{ .spec.db }}" } }
    onReconcile:
      configMaps:
        - name: plain
          data: { host: "{{ .cross.db.status.host }}", found: "{{ .cross.db.found }}" }
        - name: gated
          when: [{ field: cross.db.status.phase, equals: Running }]
      deployments:
        - { name: server, image: "{{ .cross.db.status.host }}" }
    status:
      fields:
        - { path: host, value: "{{ .cross.db.status.host }}" }
        - { path: denied, value: "{{ .cross.db.found }}", when: [{ field: cross.db.found, equals: "true" }] }
      readyWhen: [{ field: cross.db.found, equals: "true" }]
    onDelete:
      jobs:
        - { name: bye, image: "example.org/bye:{{ .cross.db.status.host }}" }
database:
  apiTypes: { group: demo.dev, version: v1, kind: Database, plural: databases }
`;

const plan = planOf(entries).boxes.find(({ name }) => name === "web")!;

const main: CrossObject = {
  ...{ name: "main", namespace: "shop", labels: {}, annotations: {}, spec: {} },
  status: { host: "db.example.org", phase: "Running" },
};

/** Decides a pass over a CR that reads `main`. */
function decide(cr: KubeObject, found: readonly CrossObject[] | string) {
  const selectors: CrossSelector[] = [];
  const cross: CrossView = {
    find: (box, selector) => {
      assert.equal(box, "database");
      selectors.push(selector);
      return found;
    },
  };
  const decision = decidePass(compilePass(plan), {
    ...{ cr, cross, ownedLabels: [], children: [], writesStatus: true, prunedStatus: [], formerKinds: [] },
    wallMs: Date.parse("2026-01-05T10:00:00Z"),
  }, memoryOf([]));
  return { decision, selectors };
}

function reconcile(db: string, found: readonly CrossObject[] | string): ReconcileDecision {
  const { decision } = decide(webOf({}, { spec: { db } }), found);
  if (decision.kind !== "reconcile") throw new Error(`It is a decision to ${decision.kind}`);
  return decision;
}

const namesOf = ({ desired }: ReconcileDecision) => desired.children.map(({ object }) => object.metadata.name);
const statusOf = (decision: ReconcileDecision, cr: KubeObject) =>
  decision.status({ cr, children: [], problems: decision.problems })?.wanted;

Deno.test("decidePass() reads objects of other boxes, selected by the normalized CR", () => {
  const cr = webOf({}, { spec: { db: "MAIN" } });
  const { selectors, decision } = decide(cr, [main]);
  assert.deepEqual(selectors, [{ name: "main", namespace: cr.metadata.namespace }]);
  assert.equal(decision.kind, "reconcile");
  const reconciling = decision as ReconcileDecision;
  assert.deepEqual(namesOf(reconciling), ["plain", "gated", "server"]);
  assert.deepEqual(reconciling.desired.children[0]!.object["data"], { host: "db.example.org", found: "true" });
  const labels = (reconciling.crPatch!["metadata"] as { labels: unknown }).labels;
  assert.deepEqual(labels, { "example.org/db": "main" });
  const status = statusOf(reconciling, cr)!;
  assert.deepEqual([status["host"], status["denied"]], ["db.example.org", "true"]);
});

Deno.test("decidePass() has what needs an absent object wait, and that alone (ruling 63)", () => {
  const decision = reconcile("main", []);
  assert.deepEqual(namesOf(decision), ["plain"]);
  assert.deepEqual(decision.desired.children[0]!.object["data"], { found: "false" });
  const problems = decision.problems.map(({ state, reason, message }) => [state, reason, message]);
  const message = "onReconcile.deployments[0]: waiting for .cross.db.status.host";
  assert.deepEqual(problems, [["waiting", "Waiting", message]]);
  assert.equal(decision.failed, undefined);
});

Deno.test("decidePass() fails the pass where it is not known what an object is", () => {
  const decision = reconcile("main", "too many");
  assert.match(decision.failed!, /Cannot evaluate the object: .*Cannot read \.cross\.db: too many/);
  assert.deepEqual(namesOf(decision), []);
});

Deno.test("decidePass() reads them for the status of a denied CR too", () => {
  const cr = webOf({}, { spec: { db: "forbidden" } });
  const { decision } = decide(cr, [main]);
  assert.ok(decision.kind === "reconcile" && decision.denied !== undefined);
  assert.equal(statusOf(decision, cr)!["denied"], "true");
});

Deno.test("decidePass() reads them for onDelete", () => {
  const finalizers = ["web.orkestra.orkspace.io/cleanup"];
  const cr = webOf({ finalizers, deletionTimestamp: "2026-01-05T09:59:59Z" }, { spec: { db: "main" } });
  const { decision } = decide(cr, [main]);
  assert.ok(decision.kind === "delete");
  const [job] = decision.deletion!.changes;
  assert.ok(job?.action === "create");
  assert.equal(job.object["spec"].template.spec.containers[0].image, "example.org/bye:db.example.org");
});
