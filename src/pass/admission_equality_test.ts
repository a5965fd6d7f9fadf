import assert from "node:assert/strict";
import fc from "fast-check";
import { memoryOf, webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import { compileReview, diffPatch, type ReviewedKind, reviewMutation, reviewValidation } from "../admission/review.ts";
import { parseFieldPath } from "../base/field_path.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { setOwn } from "../base/json.ts";
import { compareAge, heldText, type UniqueView } from "../admission/mod.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { type CompiledPass, compilePass } from "./compile.ts";
import { decidePass } from "./decide_pass.ts";

// The Gateway and a box judge alike, whatever the rules and the object, and a mutation that was stored changes nothing.

/** Friday, 2026-01-02, 10:00 UTC. */
const wallMs = Date.UTC(2026, 0, 2, 10);

const scalars = fc.constantFrom<Json>(
  "",
  "x",
  "X y",
  " x ",
  "1",
  "12",
  "2.5",
  "true",
  "null",
  0,
  1,
  12,
  2.5,
  true,
  false,
);
const values = fc.oneof(
  { arbitrary: scalars, weight: 4 },
  { arbitrary: fc.constant<Json>(null), weight: 1 },
  { arbitrary: fc.array(scalars, { maxLength: 2 }), weight: 1 },
  { arbitrary: fc.constantFrom<JsonMap>({}, { x: "y" }, { x: 1, y: { z: "x" } }), weight: 1 },
);
const plainFields = ["spec.a", "spec.b", "spec.m.x", "spec.list[0]"];
const metadataFields = ["metadata.labels.team", 'metadata.annotations["acme.example/plan"]'];
const templates = [
  "{{ .spec.a }}",
  "{{ .spec.b }}",
  "{{ .spec.m.x }}-{{ .spec.a }}",
  "{{ .spec.a | toUpper }}",
  "{{ toLower .spec.b }} ",
  "{{ .spec.a.deeper }}",
  "{{ .metadata.name }}",
  "{{ .metadata.labels.team }}",
  '{{ default "x" .spec.a }}',
  "{{ if .spec.b }}x{{ end }}",
];
const template = fc.constantFrom(...templates);
const texts = fc.oneof(fc.constantFrom("x", "X y", "1", "12", "true", ""), template);
const bounds = fc.oneof(fc.constantFrom("0", "1", "2.5", "12"), template);
const ranges = fc.oneof(fc.constantFrom("0,1", "1,12"), fc.constant("{{ .spec.a }},{{ .spec.b }}"));
const items = fc.oneof(fc.constantFrom("x", "x,1", "true, X y", "x,"), template);
const patterns = fc.oneof(fc.constantFrom("x", "^\\d+$", "(?i)^X"), template);
const truth = fc.boolean();
const kinds = fc.constantFrom("map", "slice", "string", "number", "bool", "null");

const operands: readonly (readonly [keys: readonly string[], operand: fc.Arbitrary<Json>])[] = [
  [["equals", "notEquals", "prefix", "notPrefix", "suffix", "notSuffix", "contains", "notContains"], texts],
  [["greaterThan", "lessThan", "greaterThanOrEqual", "lessThanOrEqual", "min", "max"], bounds],
  [["between", "notBetween"], ranges],
  [["in", "notIn"], items],
  [["regex", "notRegex"], patterns],
  [["exists", "notExists"], truth],
];
const comparisons = fc.oneof(
  ...operands.flatMap(([keys, operand]) => keys.map((key) => operand.map((value): JsonMap => ({ [key]: value })))),
  kinds.map((value): JsonMap => ({ operator: "typeOf", value })),
  fc.constantFrom("typeMap", "typeList", "typeString", "typeNumber", "typeBool", "typeNull")
    .map((operator): JsonMap => ({ operator })),
);
const failing = fc.constantFrom("{{ index .spec.list 1 }}", "{{ index .status.list 0 }}");
const fields = fc.oneof(
  { arbitrary: fc.constantFrom(...plainFields, ...metadataFields), weight: 4 },
  { arbitrary: template, weight: 4 },
  { arbitrary: failing, weight: 1 },
);
const condition = fc.tuple(fields, comparisons, fc.boolean())
  .map(([field, comparison, negate]): JsonMap => ({ field, ...comparison, ...(negate ? { negate } : {}) }));
const clock = fc.constantFrom<JsonMap>({ time: { after: "09:00", before: "11:00" } }, { dayOfWeek: { weekend: true } });
const gate = fc.record({
  when: fc.array(fc.oneof({ arbitrary: condition, weight: 4 }, { arbitrary: clock, weight: 1 }), { maxLength: 2 }),
  or: fc.array(condition, { maxLength: 2 }),
}, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<JsonMap>;
const sometimesGated = fc.oneof({ arbitrary: fc.constant<JsonMap>({}), weight: 2 }, { arbitrary: gate, weight: 1 });

/** A field that no mutation and no `normalize` sets, as the loader wants it for `unique`. */
const uniqueRule = fc.constantFrom<JsonMap>(
  { field: "spec.u", operator: "unique" },
  { field: '.metadata.annotations["acme.example/number"]', operator: "unique" },
);
const checked = fc.oneof({ arbitrary: condition, weight: 4 }, { arbitrary: uniqueRule, weight: 2 });
const validation = fc.tuple(checked, sometimesGated, fc.option(texts), fc.constantFrom("deny", "deny", "warn"))
  .map(([check, gated, message, action]): JsonMap => ({
    ...check,
    ...gated,
    action,
    ...(message === null || message === "" ? {} : { message }),
  }));
const typed = fc.oneof(
  fc.tuple(fc.constant("int"), fc.constantFrom<Json>(1, "12", "{{ .spec.b }}")),
  fc.tuple(fc.constant("float"), fc.constantFrom<Json>(2.5, "1", "{{ .spec.a }}")),
  fc.tuple(fc.constant("bool"), fc.constantFrom<Json>(true, "false", "{{ .spec.a }}")),
  fc.tuple(fc.constant("string"), fc.constantFrom<Json>("x", 1, "{{ .spec.b }}")),
  fc.tuple(fc.constant(undefined), fc.oneof(texts, values)),
);
const mutation = fc.tuple(
  fc.constantFrom(...plainFields, ...metadataFields),
  fc.constantFrom("default", "override"),
  typed,
  sometimesGated,
).map(([field, mode, [valueType, value], gated]): JsonMap => ({
  field,
  [mode]: field.startsWith("metadata.") ? "x" : value,
  ...(valueType === undefined || field.startsWith("metadata.") ? {} : { valueType }),
  ...gated,
}));
const normalizeSpec = fc.record(
  { a: template, b: template, "m.x": template },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<JsonMap>;

const entries = fc.record({
  normalize: fc.oneof({ arbitrary: fc.constant<JsonMap>({}), weight: 1 }, { arbitrary: normalizeSpec, weight: 2 }),
  mutation: fc.array(mutation, { maxLength: 3 }),
  validation: fc.array(validation, { minLength: 1, maxLength: 3 }),
});
/** Values that several objects have, one of them in two forms. */
const common = fc.constantFrom<Json>("x", "1", 1);
const objects = fc.record({
  spec: fc.record(
    { a: values, b: values, m: values, list: fc.array(scalars, { maxLength: 2 }), u: fc.oneof(common, values) },
    { requiredKeys: [], noNullPrototype: true },
  ),
  labels: fc.constantFrom<Record<string, string> | undefined>(undefined, { team: "x" }, { other: "x" }),
  number: fc.constantFrom(undefined, "x", "1"),
}).map(({ spec, labels, number }) =>
  webOf({
    ...(labels === undefined ? {} : { labels }),
    ...(number === undefined ? {} : { annotations: { "acme.example/number": number } }),
  }, { spec })
);

/** The other objects of the kind, of this namespace and of another, older and younger. */
const neighbours = fc.array(
  fc.record({
    u: common,
    number: fc.constantFrom("", "x", "1"),
    namespace: fc.constantFrom("shop", "far"),
    creationTimestamp: fc.constantFrom("2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    uid: fc.constantFrom("a-uid", "z-uid"),
  }),
  { minLength: 1, maxLength: 4 },
).map((list) =>
  list.map(({ u, number, namespace, creationTimestamp, uid }, i) =>
    webOf(
      {
        ...{ name: `other-${i}`, namespace, creationTimestamp, uid: `${uid}-${i}` },
        annotations: { "acme.example/number": number },
      },
      { spec: { u } },
    )
  )
);
/** What is known of them; `undefined`: nobody can be asked. */
type Others = readonly KubeObject[] | undefined;
const others: fc.Arbitrary<Others> = fc.option(neighbours, { nil: undefined, freq: 3 });

function viewOf(all: Others, cr: KubeObject): UniqueView | undefined {
  return all && {
    holderOf(field, value) {
      const path = parseFieldPath(field)!;
      const [oldest] = all.filter((one) => heldText(one as Json, path) === value)
        .map(({ metadata }) => metadata).sort(compareAge);
      return oldest === undefined || compareAge(cr.metadata, oldest) < 0 ? undefined : oldest;
    },
  };
}

interface Judges {
  readonly gateway: ReviewedKind;
  readonly box: CompiledPass;
}

function judgesOf({ normalize, mutation, validation }: { normalize: JsonMap; mutation: Json[]; validation: Json[] }) {
  const entry = {
    apiTypes: { group: "demo.dev", version: "v1", kind: "Web", plural: "webs" },
    ...(Object.keys(normalize).length === 0 ? {} : { normalize: { spec: normalize } }),
    mutation: { rules: mutation },
    validation: { rules: validation },
    operatorBox: {},
  };
  const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
  const plan = planOf(`web: ${JSON.stringify(entry)}\n`, security);
  return { gateway: compileReview(plan.gateway!.admission!.kinds[0]!), box: compilePass(plan.boxes[0]!) };
}

interface Said {
  readonly denied: string;
  readonly failed: string;
  readonly warnings: readonly string[];
}

function ofBox({ box }: Judges, cr: KubeObject, all?: Others): Said {
  const nothing = { ownedLabels: [], children: [], prunedStatus: [], formerKinds: [] };
  const input = { cr, wallMs, writesStatus: true, others: viewOf(all, cr), ...nothing };
  const decision = decidePass(box, input, memoryOf([]));
  assert.ok(decision.kind === "reconcile");
  const { denied = "", failed = "", warnings } = decision;
  return { denied, failed: failed.replace(/^Cannot evaluate the object: /, ""), warnings };
}

function ofGateway({ gateway }: Judges, cr: KubeObject, all?: Others): Said {
  const { denials, warnings } = reviewValidation(gateway, cr, wallMs, viewOf(all, cr));
  const text = denials.map(({ text }) => text).join("; ");
  const failed = /^cannot be evaluated: (.*)$/s.exec(text);
  return { denied: failed === null ? text : "", failed: failed?.[1] ?? "", warnings };
}

/** The object after a JSON Patch (RFC 6902) of the operations that `diffPatch` makes. */
function patched(object: KubeObject, patch: ReturnType<typeof diffPatch>): KubeObject {
  const result: Json = JSON.parse(JSON.stringify(object)); // generated objects share parts
  for (const operation of patch) {
    const path = operation.path.split("/").slice(1).map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
    const parent = valueAt(result, path.slice(0, -1));
    const key = path.at(-1)!;
    assert.ok(typeof parent === "object" && parent !== null, `the parent of ${operation.path} is missing`);
    if (Array.isArray(parent)) {
      if (operation.op === "remove") parent.splice(Number(key), 1);
      else if (key === "-") parent.push(operation.value);
      else parent[Number(key)] = operation.value;
    } else if (operation.op === "remove") delete (parent as JsonMap)[key];
    else setOwn(parent as JsonMap, key, operation.value);
  }
  return result as unknown as KubeObject;
}

Deno.test("the Gateway refuses with the violations and warnings of a box, before and after its own mutation", () => {
  const seen = { denied: 0, failed: 0, admitted: 0, mutated: 0, taken: 0, unasked: 0, unchecked: 0 };
  let restless = 0;
  const seed = Number(Deno.env.get("SEED") ?? Date.now() % 2 ** 31);
  console.log(`    seed ${seed} (SEED repeats it)`);
  fc.assert(
    fc.property(entries, fc.array(objects, { minLength: 1, maxLength: 4 }), others, (entry, crs, all) => {
      const judges = judgesOf(entry);
      for (const cr of crs) {
        const said = ofBox(judges, cr, all);
        assert.deepEqual(ofGateway(judges, cr, all), said);
        seen[said.failed !== "" ? "failed" : said.denied !== "" ? "denied" : "admitted"]++;
        if (/ has it\)/.test([said.denied, ...said.warnings].join())) seen.taken++;
        if (said.warnings.some((text) => text.includes("whether it is unique"))) seen.unasked++;
        if (said.denied.includes("(cannot be checked: ")) seen.unchecked++;

        const { object, warnings } = reviewMutation(judges.gateway, cr, wallMs);
        const stored = patched(cr, diffPatch(cr as unknown as Json, object as unknown as Json));
        assert.deepEqual(stored, object, "the patch makes what was decided");
        if (warnings.length > 0) continue;
        // Rules that never come to rest, such as one that appends to what it reads, have no verdict to keep.
        const again = reviewMutation(judges.gateway, stored, wallMs);
        if (again.warnings.length > 0 || JSON.stringify(again.object) !== JSON.stringify(stored)) {
          restless++;
          continue;
        }
        if (JSON.stringify(stored) !== JSON.stringify(cr)) seen.mutated++;
        assert.deepEqual(ofBox(judges, stored, all), said, "what was stored mutated is judged alike");
        assert.deepEqual(ofGateway(judges, stored, all), said);
      }
    }),
    { seed, numRuns: 500 },
  );
  // Each of them is common, so a generator that no longer makes it is noticed.
  assert.ok(restless < seen.mutated / 2, `${restless} mutations do not come to rest`);
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 10, `only ${count} ${what}`);
});

const rules = (entry: { normalize?: JsonMap; mutation: Json[]; validation: Json[] }) =>
  judgesOf({ normalize: {}, ...entry });

Deno.test("a rule sees the metadata that mutation sets, stored by a Gateway or not", () => {
  const judges = rules({
    mutation: [{ field: "metadata.labels.team", default: "x" }],
    validation: [{ field: "metadata.labels.team", exists: true }],
  });
  for (const cr of [webOf(), webOf({ labels: { team: "x" } })]) {
    assert.deepEqual(ofBox(judges, cr), { denied: "", failed: "", warnings: [] });
  }
});

Deno.test("what mutation sets is normalized, stored by a Gateway or not", () => {
  const judges = rules({
    normalize: { b: "{{ .spec.a | toLower }}" },
    mutation: [{ field: "spec.a", default: "X" }],
    validation: [{ field: "spec.b", equals: "y", message: "{{ .spec.a }} {{ .spec.b }}" }],
  });
  for (const spec of [{}, { a: "X" }]) {
    assert.equal(ofBox(judges, webOf({}, { spec })).denied, "spec.b: X x");
  }
});

Deno.test("a rule that would change what it made is applied once in a pass", () => {
  const judges = rules({
    normalize: { b: "{{ .spec.b }}" },
    mutation: [{ field: "spec.a", override: "x{{ .spec.a }}" }],
    validation: [{ field: "spec.a", equals: "y", message: "{{ .spec.a }}" }],
  });
  assert.equal(ofBox(judges, webOf({}, { spec: { a: "a" } })).denied, "spec.a: xa");
});
