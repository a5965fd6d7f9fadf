import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { systemFiles } from "../../files/mod.ts";
import { widgetDefinition } from "../../../tests/support/policies.ts";
import type { JsonMap } from "../../base/json.ts";
import { generateCrd } from "./crd.ts";
import { generatePolicies } from "./policies.ts";

const rules = `
      mutation: {rules: [{field: spec.deep.at.n, default: 1}]}
      validation:
        rules:
          - {field: spec.size, max: 3, message: at most 3}
          - {field: spec.tier, in: "gold,silver", message: "{{ .metadata.name }}: no such tier"}
          - {field: spec.any.x, exists: true, message: unknown}
          - {field: spec.on, exists: true, action: warn, message: say so}
`;

/** Runs a subcommand in a folder with a Katalog; `crdFile` as it stands in the entry. */
async function generate(
  run: typeof generatePolicies,
  { more = rules, crdFile = "crdFile: crd.yaml", output = false, katalog = "" } = {},
) {
  const folder = await Deno.makeTempDir({ prefix: "ork-generate-" });
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => out += `${text}\n`,
    err: (text: string) => err += `${text}\n`,
    colour: false,
  };
  try {
    await Deno.writeTextFile(`${folder}/crd.yaml`, JSON.stringify(widgetDefinition("test.example"), undefined, 1));
    await Deno.writeTextFile(
      `${folder}/katalog.yaml`,
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${katalog}spec:\n  crds:\n` +
        `    widget:\n      ${crdFile}\n${more}      operatorBox: {}\n`,
    );
    const path = `${folder}/out.yaml`;
    const options = { files: [`${folder}/katalog.yaml`], output: output ? path : undefined };
    const code = await run(options, terminal, systemFiles());
    const written = output ? await Deno.readTextFile(path) : "";
    return { code, out: out.replaceAll(`${folder}/`, ""), err: err.replaceAll(`${folder}/`, ""), written };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const objectsOf = (text: string) => parseAllDocuments(text).map((each) => each.toJS() as JsonMap);

Deno.test("generatePolicies() prints a policy and a binding for mutations, denials and warnings", async () => {
  const { code, out, err } = await generate(generatePolicies);
  assert.equal(code, 0);
  const objects = objectsOf(out);
  assert.deepEqual(objects.map(({ kind, metadata }) => [kind, (metadata as JsonMap)["name"]]), [
    ["MutatingAdmissionPolicy", "orkestra-demo-widget-mutate"],
    ["MutatingAdmissionPolicyBinding", "orkestra-demo-widget-mutate"],
    ["ValidatingAdmissionPolicy", "orkestra-demo-widget-deny"],
    ["ValidatingAdmissionPolicyBinding", "orkestra-demo-widget-deny"],
    ["ValidatingAdmissionPolicy", "orkestra-demo-widget-warn"],
    ["ValidatingAdmissionPolicyBinding", "orkestra-demo-widget-warn"],
  ]);
  const deny = objects[2]!["spec"] as JsonMap;
  assert.deepEqual(deny, {
    failurePolicy: "Ignore",
    matchConstraints: {
      matchPolicy: "Equivalent",
      resourceRules: [{
        apiGroups: ["test.example"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["widgets"],
        scope: "Namespaced",
      }],
    },
    matchConditions: [{ name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" }],
    variables: [
      { name: "rule1", expression: "has(object.spec) && has(object.spec.size) && object.spec.size <= 3" },
      {
        name: "rule2",
        expression: 'has(object.spec) && has(object.spec.tier) && object.spec.tier in ["gold", "silver"]',
      },
    ],
    validations: [{
      expression: "variables.rule1 && variables.rule2",
      message: "breaks one or more of 2 rules",
      messageExpression: '[variables.rule1 ? "" : "spec.size: at most 3", variables.rule2 ? "" : ' +
        '"spec.tier: %s: no such tier".format([(has(object.metadata.name) ? ' +
        'object.metadata.name.replace("\\n", " ") : "")]).trim()].filter(said, said != "").join("; ")',
      reason: "Invalid",
    }],
  });
  assert.deepEqual(objects[3]!["spec"], { policyName: "orkestra-demo-widget-deny", validationActions: ["Deny"] });
  assert.deepEqual(objects[5]!["spec"], { policyName: "orkestra-demo-widget-warn", validationActions: ["Warn"] });
  assert.match(out, /^# katalog\.yaml:9\n/);
  assert.equal(
    err,
    "katalog.yaml:14:21: spec.any.x must be set: not in a policy: the type of spec.any is not known: give it one in " +
      "the schema of the CRD\n",
  );
});

Deno.test("generatePolicies() follows the failure policy and the selection of the Katalog", async () => {
  const { out } = await generate(generatePolicies, {
    katalog: "security: {webhooks: {failurePolicy: Fail}}\n",
    more: "      namespace: team\n      labelSelector: {a/b: c}\n      fieldSelector: {spec.tier: gold}\n" +
      "      webhooks: {operations: [CREATE]}\n" + rules,
  });
  for (const object of objectsOf(out).filter(({ kind }) => !String(kind).endsWith("Binding"))) {
    const spec = object["spec"] as JsonMap;
    assert.equal(spec["failurePolicy"], "Fail");
    const { namespaceSelector, resourceRules } = spec["matchConstraints"] as JsonMap;
    assert.deepEqual(namespaceSelector, { matchLabels: { "kubernetes.io/metadata.name": "team" } });
    assert.deepEqual((resourceRules as JsonMap[])[0]!["operations"], ["CREATE"]);
    assert.deepEqual(spec["matchConditions"], [
      { name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" },
      {
        name: "label-selector",
        expression: 'has(object.metadata.labels) && "a/b" in object.metadata.labels && ' +
          'object.metadata.labels["a/b"] == "c"',
      },
      {
        name: "field-selector",
        expression: 'has(object.spec) && has(object.spec.tier) && object.spec.tier == "gold"',
      },
    ]);
  }
});

Deno.test("generatePolicies() writes the same bytes again, to a file too", async () => {
  const [first, second, third] = [
    await generate(generatePolicies),
    await generate(generatePolicies),
    await generate(generatePolicies, { output: true }),
  ];
  assert.equal(first.out, second.out);
  assert.equal(third.out, "");
  assert.equal(third.written.replace(/^# .*$/gm, ""), first.out.replace(/^# .*$/gm, ""));
});

Deno.test("generatePolicies() says that nothing is compiled where no schema is known", async () => {
  const { code, out, err } = await generate(generatePolicies, {
    crdFile: "apiTypes: {group: test.example, version: v1, kind: Widget, plural: widgets}",
  });
  assert.deepEqual([code, out], [0, ""]);
  assert.equal(
    err.match(/: the schema of the kind is not known: name the manifest of its CRD with crdFile\n/g)?.length,
    5,
  );
  assert.match(err, /\nNo rule is compiled: there is no policy\n$/);
});

Deno.test("generateCrd() prints the CRD as it is, with the rules that fit", async () => {
  const { code, out, err } = await generate(generateCrd);
  assert.equal(code, 0);
  const [definition, ...more] = objectsOf(out);
  assert.deepEqual(more, []);
  const versions = (definition!["spec"] as JsonMap)["versions"] as JsonMap[];
  const properties = ((versions[0]!["schema"] as JsonMap)["openAPIV3Schema"] as JsonMap)["properties"] as JsonMap;
  const { "x-kubernetes-validations": added, ...spec } = properties["spec"] as JsonMap;
  assert.deepEqual(added, [{
    rule: "has(self.size) && self.size <= 3",
    message: "at most 3",
    fieldPath: ".size",
    reason: "FieldValueInvalid",
  }]);
  properties["spec"] = spec;
  assert.deepEqual(definition, widgetDefinition("test.example"));
  assert.deepEqual(err.split("\n").map((line) => /: not in the CRD: (.{20})/.exec(line)?.[1]), [
    "a rule of a CRD sees",
    "the type of spec.any",
    "a CRD has no warning",
    "a CRD has no mutatio",
    undefined,
  ]);
});

Deno.test("generateCrd() makes a CRD of apiTypes where no file is named", async () => {
  const { code, out } = await generate(generateCrd, {
    crdFile: "namespaced: false\n      apiTypes: {group: test.example, version: v1, kind: Widget, plural: widgets, " +
      "specReplicasPath: .spec.size}",
  });
  assert.equal(code, 0);
  const open = { "type": "object", "x-kubernetes-preserve-unknown-fields": true };
  assert.deepEqual(objectsOf(out), [{
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.test.example" },
    spec: {
      group: "test.example",
      names: { kind: "Widget", listKind: "WidgetList", plural: "widgets", singular: "widget" },
      scope: "Cluster",
      versions: [{
        ...{ name: "v1", served: true, storage: true },
        schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } },
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.replicas" },
        },
        additionalPrinterColumns: [
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      }],
    },
  }]);
});

Deno.test("generateCrd() has the versions of all entries of a kind, and the schema and rules of apiTypes", async () => {
  const schema =
    "{type: object, required: [spec], properties: {spec: {type: object, properties: {size: {type: integer}}}}}";
  const inline = await generate(generateCrd, {
    crdFile: `apiTypes: {group: test.example, version: v1, kind: Widget, plural: widgets, schema: ${schema}}`,
    more: "      validation: {rules: [{field: spec.size, max: 3, message: at most 3}]}\n",
  });
  const versionsOf = ({ out }: { out: string }) => (objectsOf(out)[0]!["spec"] as JsonMap)["versions"] as JsonMap[];
  const [version] = versionsOf(inline);
  const { properties } = (version!["schema"] as { openAPIV3Schema: { properties: { spec: JsonMap } } }).openAPIV3Schema;
  assert.equal((properties.spec["x-kubernetes-validations"] as JsonMap[]).length, 1);
  const types = (name: string) => `apiTypes: {group: test.example, version: ${name}, kind: Widget, plural: widgets}`;
  const paths = '[{from: v1, to: v2, spec: {a: "{{ .spec.b }}"}}, {from: v2, to: v1, spec: {b: "{{ .spec.a }}"}}]';
  const several = await generate(generateCrd, {
    crdFile: `${types("v1")}\n      conversion: {storageVersion: v2, paths: ${paths}}\n    newer:\n      ${
      types("v2")
    }`,
    more: "      conversion: {storageVersion: v2, participant: true}\n",
    katalog: "gateway: {}\nsecurity: {conversion: {enabled: true}}\n",
  });
  assert.deepEqual(versionsOf(several).map(({ name, storage }) => [name, storage]), [["v2", true], ["v1", false]]);
});

Deno.test("generateCrd() says what is missing where the file does not have the CRD", async () => {
  const { code, out, err } = await generate(generateCrd, { crdFile: "crdFile: katalog.yaml" });
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /^katalog\.yaml:7:16: error: spec\.crds\.widget\.crdFile: /);
});

Deno.test("generateCrd() makes none for a kind of Kubernetes itself", async () => {
  const { code, out } = await generate(generateCrd, {
    crdFile: "apiTypes: {kind: ConfigMap, version: v1}\n      labelSelector: {a: b}",
    more: "",
  });
  assert.deepEqual([code, out], [0, ""]);
});
