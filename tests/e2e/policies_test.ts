/** Rules of a Katalog that a real API server evaluates: verdict and message are those of `judge`. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compileReview, reviewMutation, reviewValidation } from "../../src/admission/review.ts";
import { type Json, type JsonMap, stringifyJson } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import type { Katalog } from "../../src/katalog/mod.ts";
import { reviewedKinds } from "../../src/plan/mod.ts";
import { compileKinds, withRules } from "../../src/policy/mod.ts";
import { anyLabels, anyRule, anySpec } from "../support/any_rule.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { widgetKatalog } from "../support/policies.ts";
import { PolicyPlace } from "../support/policy_place.ts";
import { waitFor } from "../support/wait_for.ts";

const seed = 20260101;

/** The same rules each time, each with a message that no other has. */
function corpus(count: number): JsonMap[] {
  return fc.sample(anyRule, { seed, numRuns: count }).map((rule, i) => ({
    ...rule,
    message: `r${i} ${String(rule["message"] ?? "is broken")}`,
  }));
}

const objects = (count: number) => fc.sample(fc.tuple(anySpec, anyLabels), { seed, numRuns: count });

/** The one kind of a Katalog, for the review of the Gateway. */
function reviewOf(katalog: Katalog) {
  return compileReview(reviewedKinds(katalog.crds)[0]!);
}

clusterTest(
  "a policy has the verdict and the message of judge for each rule, and Warn admits the object",
  async (test) => {
    await using place = new PolicyPlace(test);
    await place.define();
    // A Warning header is cut: few rules at a time, chosen by a label.
    const size = 12;
    const rules = corpus(12 * size);
    const chunks = Array.from({ length: rules.length / size }, (_, i) => rules.slice(i * size, (i + 1) * size));
    const katalogs = chunks.map((chunk, i) => {
      const warn = [...chunk, { field: "metadata.name", notEquals: "probe", message: "ready" }];
      return widgetKatalog(
        {
          labelSelector: { chunk: String(i) },
          validation: { rules: warn.map((rule) => ({ ...rule, action: "warn" })) },
        },
        place.definition,
        { metadata: { name: `${test.namespace}-${i}` } },
      );
    });
    const compiled = katalogs.map((katalog) => compileKinds(katalog)[0]!.validations);
    const count = compiled.flat().filter(({ policy }) => "value" in policy).length;
    assert.ok(count > rules.length / 4, `${count} of ${rules.length} rules are compiled`);
    for (const katalog of katalogs) await place.apply(katalog);
    const dryRun = (spec: JsonMap, metadata: JsonMap) =>
      place.send("POST", `${place.widgets}?dryRun=All`, place.widget(spec, metadata));
    for (const i of chunks.keys()) {
      await waitFor(`policy ${i} is in force`, async () => {
        const { warnings } = await dryRun({ must: 1 }, { name: "probe", labels: { chunk: String(i) } });
        return warnings.some((text) => text.endsWith(": metadata.name: ready"));
      });
    }
    let broken = 0;
    for (const [i, katalog] of katalogs.entries()) {
      const plans = katalog.crds[0]!.validation;
      for (const [spec, labels] of objects(25)) {
        const metadata = { name: "a", namespace: test.namespace, labels: { ...labels, chunk: String(i) } };
        const { status, body, warnings } = await dryRun(spec, metadata);
        assert.equal(status, 201, String(body["message"]));
        const expected = plans.flatMap((plan, n) => {
          if (!("value" in compiled[i]![n]!.policy)) return [];
          const one = compileReview({ ...reviewedKinds(katalog.crds)[0]!, validation: [plan] });
          return reviewValidation(one, place.widget(spec, metadata) as unknown as KubeObject, 0).warnings;
        });
        broken += expected.length;
        const said = warnings.map((text) => /^Validation failed for .*? with binding '[^']*': (.*)$/s.exec(text)?.[1]);
        assert.deepEqual(said.toSorted(), expected.toSorted(), stringifyJson(spec));
      }
    }
    assert.ok(broken > 100, `${broken} rules were broken`);
  },
);

clusterTest(
  "a policy denies with all broken rules, and lets everything go that is being deleted",
  async (test) => {
    await using place = new PolicyPlace(test);
    await place.define();
    const bad = place.widget({ must: 1, size: 9 }, { finalizers: ["test.example/keep"] });
    assert.equal((await place.send("POST", place.widgets, bad)).status, 201);
    const katalog = widgetKatalog(
      {
        validation: {
          rules: [
            { field: "spec.size", max: 3, message: "at most 3" },
            { field: "spec.tier", in: "gold,silver", message: "{{ .metadata.name }}: no such tier" },
          ],
        },
      },
      place.definition,
      { metadata: place.metadata },
    );
    await place.apply(katalog);
    const merge = (change: JsonMap, path = "a") =>
      place.send("PATCH", `${place.widgets}/${path}`, change, "application/merge-patch+json");
    await waitFor("the policy is in force", async () => (await merge({ spec: { on: true } })).status === 422);
    const { body } = await place.send(
      "POST",
      place.widgets,
      place.widget({ must: 1, size: 4, tier: "" }, { name: "b" }),
    );
    const name = `orkestra-${test.namespace}-widget-deny`;
    const denied = `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: `;
    assert.deepEqual([body["code"], body["reason"]], [422, "Invalid"]);
    assert.match(String(body["message"]), / is forbidden: /);
    assert.deepEqual((body["details"] as JsonMap)["causes"], [{
      message: `${denied}spec.size: at most 3; spec.tier: b: no such tier`,
    }]);
    const second = await place.send("POST", place.widgets, place.widget({ must: 1, size: 3, tier: "" }, { name: "b" }));
    assert.deepEqual((second.body["details"] as JsonMap)["causes"], [{
      message: `${denied}spec.tier: b: no such tier`,
    }]);
    // A schema is asked before a policy: what a rule takes for a number is one.
    const untyped = await place.send("POST", place.widgets, place.widget({ must: 1, size: "x" }, { name: "b" }));
    assert.match(String(untyped.body["message"]), /spec\.size: Invalid value: "string"/);

    assert.equal((await place.send("DELETE", `${place.widgets}/a`)).status, 200);
    assert.equal((await merge({ metadata: { finalizers: null } })).status, 200);
    assert.equal((await place.send("GET", `${place.widgets}/a`)).status, 404);
  },
);

clusterTest("the rules of a CRD have the verdicts, fields and messages of judge, all at once", async (test) => {
  await using place = new PolicyPlace(test);
  const katalog = widgetKatalog({ validation: { rules: corpus(300) } }, place.definition);
  const compiled = compileKinds(katalog)[0]!.validations.map(({ crd }) => crd);
  const rules = compiled.flatMap((crd) => "value" in crd ? [crd.value] : []);
  assert.ok(rules.length > 25, `${rules.length} rules are compiled`);
  await place.define(withRules(place.definition, "v1", rules)!);
  const review = reviewOf(katalog);
  const fitting = {
    ...review,
    admission: {
      ...review.admission,
      validations: review.admission.validations.filter((_, i) => "value" in compiled[i]!),
    },
  };
  let broken = 0;
  for (const [spec] of objects(40)) {
    const object = place.widget(spec, { name: "a", namespace: test.namespace });
    const { denials } = reviewValidation(fitting, object as unknown as KubeObject, 0);
    const { status, body } = await place.send("POST", `${place.widgets}?dryRun=All`, object);
    broken += denials.length;
    assert.equal(status, denials.length === 0 ? 201 : 422, String(body["message"]));
    if (denials.length === 0) continue;
    const causes = ((body["details"] as JsonMap)["causes"] as JsonMap[]).map(({ field, message, reason }) => {
      assert.equal(reason, "FieldValueInvalid");
      return `${String(field)}: ${String(message).replace(/^Invalid value: (?:"[^"]*": )?/, "")}`;
    });
    // The API server writes a name that is no identifier as one.
    const expected = denials.map(({ field, message }) => `${field.replace(/\["([^"]*)"\]/g, ".$1")}: ${message}`);
    assert.deepEqual(causes.toSorted(), expected.toSorted());
  }
  assert.ok(broken > 40, `${broken} rules were broken`);
});

clusterTest("texts of any length are within the cost that the API server allows", async (test) => {
  await using place = new PolicyPlace(test);
  const free = { field: "spec.free" };
  // As long as operands may be for a text without maxLength, so many that no other rule is compiled.
  const of = (operand: JsonMap, count: number): JsonMap[] => Array(count).fill({ ...free, ...operand });
  const rules: JsonMap[] = [
    { ...free, notIn: Array.from({ length: 200 }, (_, i) => `item-${i}`).join(",") },
    { ...free, prefix: "b" },
    { ...free, suffix: "b" },
    ...of({ notContains: "c".repeat(10) }, 3),
    ...of({ regex: `^(b|${"c".repeat(66)})+$` }, 3),
    ...of({ regex: "^b+$" }, 200),
  ];
  const katalog = (action: string) => {
    const validation = { rules: rules.map((rule, i) => ({ ...rule, message: `r${i}`, action })) };
    // With Fail, an expression that exceeds its budget refuses the object.
    const security = { webhooks: { failurePolicy: "Fail" } };
    return widgetKatalog({ validation }, place.definition, { metadata: place.metadata, security });
  };
  const [denied] = compileKinds(katalog("deny"));
  const crd = denied!.validations.flatMap(({ crd }) => "value" in crd ? [crd.value] : []);
  assert.ok(crd.length > 100 && crd.length < rules.length, `${crd.length} rules are compiled`);
  await place.define();
  await place.apply(katalog("deny"));
  const send = async (text: string): Promise<string> => {
    const object = place.widget({ must: 1, free: text });
    const { status, body } = await place.send("POST", `${place.widgets}?dryRun=All`, object);
    return `${status} ${
      (body["details"] as JsonMap | undefined)?.["causes"] === undefined ? "" : stringifyJson(body["details"]!)
    }`;
  };
  const texts = ["b".repeat(262_144), "b".repeat(262_145), "b".repeat(1_400_000)];
  await waitFor("the policy is in force", async () => (await send("c")).startsWith("422"));
  const { crds } = katalog("deny");
  const validation = crds[0]!.validation.filter((_, i) => "value" in denied!.validations[i]!.policy);
  const review = compileReview({ ...reviewedKinds(crds)[0]!, validation });
  for (const text of texts) {
    const object = place.widget({ must: 1, free: text }) as unknown as KubeObject;
    const broken = reviewValidation(review, object, 0).denials.map(({ text }) => text);
    const said = await send(text);
    if (broken.length === 0) assert.equal(said, "201 ");
    else {assert.ok(
        said.startsWith("422 ") && said.includes(`denied request: ${broken.join("; ")}"`),
        said.slice(0, 3000),
      );}
  }
  // The API server takes the CRD, and evaluates its rules, which it does first.
  const { spec } = withRules(place.definition, "v1", crd)!;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${place.group}`;
  const merge = "application/merge-patch+json";
  assert.equal((await place.send("PATCH", path, { spec: spec! }, merge)).status, 200);
  await waitFor("the rules are in force", async () => /"field":"spec\.free"/.test(await send("c")));
  for (const text of texts) {
    const said = await send(text);
    assert.match(said, text.length <= 262_144 ? /^201 $/ : /^422 .*"field":"spec\.free"/);
    assert.doesNotMatch(said, /cost|budget/i);
  }
});

clusterTest("a CR that breaks a rule of its CRD still gets a status, and loses its finalizers", async (test) => {
  await using place = new PolicyPlace(test);
  const rule = { field: "spec.size", max: 3, message: "at most 3" };
  const [kind] = compileKinds(widgetKatalog({ validation: { rules: [rule] } }, place.definition));
  const [validation] = kind!.validations;
  assert.ok("value" in validation!.crd);
  await place.define();
  const bad = place.widget({ must: 1, size: 9 }, { finalizers: ["test.example/keep"] });
  assert.equal((await place.send("POST", place.widgets, bad)).status, 201);
  const merge = (change: JsonMap, path: string) => place.send("PATCH", path, change, "application/merge-patch+json");
  const { spec } = withRules(place.definition, "v1", [validation!.crd.value])!;
  const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${place.group}`;
  assert.equal((await merge({ spec: spec! }, crd)).status, 200);
  // A spec that does not change is passed, so each attempt is another one.
  let attempt = 0;
  await waitFor("the rule is in force", async () => {
    return (await merge({ spec: { must: attempt++ } }, `${place.widgets}/a`)).status === 422;
  });
  assert.equal((await merge({ status: { seen: true } }, `${place.widgets}/a/status`)).status, 200);
  assert.equal((await place.send("DELETE", `${place.widgets}/a`)).status, 200);
  assert.equal((await merge({ metadata: { finalizers: null } }, `${place.widgets}/a`)).status, 200);
  assert.equal((await place.send("GET", `${place.widgets}/a`)).status, 404);
});

const mutations: JsonMap[] = [
  { field: "spec.size", default: 2 },
  { field: "spec.deep.at.n", default: 7, when: [{ field: "spec.must", greaterThan: 2 }] },
  { field: "spec.tier", default: "gold" },
  { field: 'metadata.labels["x/y"]', default: "{{ .spec.tier }}" },
  { field: "spec.tags.one", override: 'it\'s "quoted"\n', when: [{ field: "spec.tier", equals: "gold" }] },
  { field: "spec.maybe", default: "{{ .spec.text }}" },
  { field: "spec.ratio", override: "1.5", valueType: "float" },
  { field: "spec.list", default: [1, 2] },
  { field: "spec.any", default: { a: [1, "two", { b: null }] } },
];

clusterTest("a mutating policy sets what the mutation rules set, in their order", async (test) => {
  await using place = new PolicyPlace(test);
  await place.define();
  const katalog = widgetKatalog({ mutation: { rules: mutations } }, place.definition, { metadata: place.metadata });
  const compiled = compileKinds(katalog)[0]!.mutations.map(({ policy }) => "value" in policy);
  assert.deepEqual(compiled, mutations.map(({ field }) => field !== "spec.any"));
  await place.apply(katalog);
  const review = reviewOf(katalog);
  const rules = {
    ...review,
    admission: { ...review.admission, mutations: review.admission.mutations.filter((_, i) => compiled[i]!) },
  };
  const dryRun = (spec: JsonMap, metadata: JsonMap) =>
    place.send("POST", `${place.widgets}?dryRun=All`, place.widget(spec, metadata));
  await waitFor("the policy is in force", async () => {
    const { body } = await dryRun({ must: 1 }, { name: "a" });
    return (body["spec"] as JsonMap)["size"] === 2;
  });
  const more: [JsonMap, undefined][] = [
    [{ must: 3, deep: { at: {} }, tags: {} }, undefined],
    [{ must: 3, deep: null, tags: null }, undefined],
    [{ must: 3, tier: "", size: null, maybe: "" }, undefined],
  ] as [JsonMap, undefined][];
  for (const [spec, labels] of [...objects(30), ...more]) {
    const metadata = { name: "a", namespace: test.namespace, ...(labels === undefined ? {} : { labels }) };
    const { status, body } = await dryRun(spec, metadata);
    assert.equal(status, 201, `${stringifyJson(spec)}: ${String(body["message"])}`);
    const { object, warnings } = reviewMutation(rules, place.widget(spec, metadata) as unknown as KubeObject, 0);
    assert.deepEqual(warnings, []);
    assert.deepEqual(withoutNulls(body["spec"]!), withoutNulls(object["spec"]), stringifyJson(spec));
    assert.deepEqual((body["metadata"] as JsonMap)["labels"], object.metadata.labels);
  }
});

/** The API server drops null where a schema does not take it. */
function withoutNulls(spec: Json): JsonMap {
  return Object.fromEntries(Object.entries(spec as JsonMap).filter(([, value]) => value !== null));
}
