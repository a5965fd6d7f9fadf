import assert from "node:assert/strict";
import { memoryOf, webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import { templateData } from "../input/mod.ts";
import { compileBox } from "./compile.ts";
import { previewOnDelete } from "./on_delete_preview.ts";

/** `group: Job a, ConfigMap shop/b; problems`, for each group. */
function preview(onDelete: string, spec: Record<string, unknown> = {}): string[] {
  const block = onDelete === "" ? "" : `    onDelete:\n${onDelete.trim().replace(/^(?=.)/gm, "      ")}\n`;
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
  operatorBox:
    onReconcile:
      configMaps: [{ name: one, data: {} }, { name: "{{ .spec.none.deep }}", data: {} }]
      custom:
        - { apiVersion: v1, kind: Namespace, metadata: { name: "{{ .spec.team }}" } }
        - { apiVersion: a.dev/v1, kind: Zone, metadata: { name: "{{ .spec.none.deep }}" } }
${block}`).boxes;
  const cr = webOf({}, { spec: { none: "scalar", team: "team", ...spec } });
  return previewOnDelete(compileBox(plan!), cr, templateData(cr, [], new Set()), 0, memoryOf([])).map((group) =>
    [
      `${group.group}: ${[...group.jobs.map(({ type, key }) => `${type.kind} ${key}`), ...group.deletes].join(", ")}`,
      ...group.problems.map((text) => text.replace(/k\.yaml:\d+:\d+/, "AT")),
    ].join("; ")
  );
}

const off = "when: [{ field: spec.go }]";

Deno.test("a box without onDelete does nothing, nor does one whose condition is false", () => {
  assert.deepEqual(preview(""), []);
  assert.deepEqual(preview(`${off}\njobs: [{ name: a, image: x }]`), []);
  assert.deepEqual(preview(`${off}\njobs: [{ name: a, image: x }]`, { go: "yes" }), ["onDelete: Job shop/a"]);
});

Deno.test("the Jobs and objects of each group are named, without those whose conditions are false", () => {
  assert.deepEqual(
    preview(`ordered: true
groups:
  - name: first
    jobs: [{ name: a, image: x }, { name: b, image: x, ${off} }]
    configMaps: [{ name: one }, { name: two, ${off} }]
  - { ${off}, configMaps: [{ name: three }] }
  - configMaps: [{ name: four }]`),
    ['onDelete, group "first": Job shop/a, ConfigMap shop/one', "onDelete, groups[2]: ConfigMap shop/four"],
  );
});

Deno.test("each element of forEach is named, and a Job may run in a Namespace of the box", () => {
  const each = "forEach: { field: spec.list }";
  assert.deepEqual(
    preview(
      `jobs: [{ name: "{{ .item }}", namespace: "{{ .spec.team }}", image: x, ${each} }]
configMaps: [{ name: "c-{{ .item }}", ${each} }]`,
      { list: ["a", "b"] },
    ),
    ["onDelete: Job team/a, Job team/b, ConfigMap shop/c-a, ConfigMap shop/c-b"],
  );
});

Deno.test("a Namespace that cannot be rendered is no problem of onDelete", () => {
  assert.deepEqual(preview("configMaps: [{ name: one }]", { team: "" }), ["onDelete: ConfigMap shop/one"]);
});

Deno.test("Jobs are previewed as they are run", () => {
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
  operatorBox:
    onDelete: { jobs: [{ name: a, image: x }] }`).boxes;
  const cr = webOf();
  const [group] = previewOnDelete(compileBox(plan!), cr, templateData(cr, [], new Set()), 0, memoryOf([]));
  assert.equal(group!.jobs[0]!.object.metadata.annotations?.["orkestra.orkspace.io/on-delete"], "true");
});

Deno.test("what cannot be rendered is a problem of onDelete; what fails elsewhere in the box is none", () => {
  assert.deepEqual(
    preview(`jobs: [{ name: a, image: "{{ .spec.none.deep }}" }]
configMaps: [{ name: "{{ .spec.none.deep }}" }, { name: "{{ .item }}", forEach: { field: spec.none } }]`),
    [
      'onDelete: ; onDelete.jobs[0]: AT: Cannot read field "deep": the value before it is text; ' +
      'onDelete.configMaps[0]: AT: Cannot read field "deep": the value before it is text; ' +
      'onDelete.configMaps[1]: AT: forEach.field "spec.none" is neither a list nor a map',
    ],
  );
});
