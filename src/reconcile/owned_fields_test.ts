import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { coversDesired, ownedFields } from "./owned_fields.ts";

const same = (text: string) => text;

/** What kube-apiserver 1.37 keeps after an apply of `desired` (shortened to the fields that matter). */
const fields: JsonMap = {
  "f:metadata": {
    "f:labels": { "f:app": {} },
    "f:ownerReferences": { 'k:{"uid":"u-1"}': {} },
  },
  "f:spec": {
    "f:replicas": {},
    "f:selector": {},
    "f:template": {
      "f:spec": {
        "f:containers": {
          'k:{"name":"web"}': {
            ".": {},
            "f:image": {},
            "f:name": {},
            "f:args": {},
            "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
          },
        },
      },
    },
  },
};

function desired(change: (object: KubeObject) => void = () => {}): KubeObject {
  const object: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      namespace: "shop",
      labels: { app: "web" },
      ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: "u-1", controller: true }],
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        spec: { containers: [{ name: "web", image: "web:1", args: ["-v"], ports: [{ containerPort: 80 }] }] },
      },
    },
  };
  change(object);
  return object;
}

function observed(tree: JsonMap, change: (object: KubeObject) => void = () => {}): KubeObject {
  const object = desired(change);
  object.metadata.managedFields = [
    { manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": { "f:paused": {} } } },
    { manager: "orkestra", operation: "Apply", fieldsV1: tree },
  ];
  return object;
}

Deno.test("coversDesired() accepts defaulted list keys and atomic fields", () => {
  assert.equal(coversDesired(JSON.stringify(fields), desired()), true);
});

/** The API server keeps no empty parents: removing the only field under one removes it too. */
const losses: Readonly<Record<string, (tree: JsonMap) => void>> = {
  "a changed value": (tree) => delete at(tree, "f:spec")["f:replicas"],
  "a removed label": (tree) => delete at(tree, "f:metadata")["f:labels"],
  "a removed owner": (tree) => delete at(tree, "f:metadata")["f:ownerReferences"],
  "a removed container": (tree) => delete at(tree, "f:spec")["f:template"],
  "a changed image": (tree) => delete at(containers(tree), 'k:{"name":"web"}')["f:image"],
  "a removed port": (tree) => delete at(containers(tree), 'k:{"name":"web"}')["f:ports"],
};

for (const [what, lose] of Object.entries(losses)) {
  Deno.test(`coversDesired() sees that ${what} is no longer ours`, () => {
    const tree = structuredClone(fields);
    lose(tree);
    assert.equal(coversDesired(JSON.stringify(tree), desired()), false);
  });
}

Deno.test("coversDesired() needs an entry for each item of a list", () => {
  const tree = structuredClone(fields);
  const twoPorts = desired((object) => {
    object["spec"].template.spec.containers[0].ports = [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }];
  });
  assert.equal(coversDesired(JSON.stringify(tree), twoPorts), false);
  at(containers(tree), 'k:{"name":"web"}', "f:ports")['k:{"containerPort":80,"protocol":"UDP"}'] = { ".": {} };
  assert.equal(coversDesired(JSON.stringify(tree), twoPorts), true);
});

Deno.test("ownedFields() finds our apply entry only", () => {
  assert.equal(ownedFields(desired(), same), undefined);
  const other = observed(fields);
  other.metadata.managedFields![1]!.operation = "Update";
  assert.equal(ownedFields(other, same), undefined);
  const status = observed(fields);
  status.metadata.managedFields![1]!.subresource = "status";
  assert.equal(ownedFields(status, same), undefined);
});

Deno.test("ownedFields() digests the values at our leaves and no others", () => {
  const before = ownedFields(observed(fields), same)!;
  const foreign = ownedFields(observed(fields, (object) => object["spec"].paused = true), same)!;
  assert.deepEqual(foreign, before);
  const image = ownedFields(
    observed(fields, (object) => object["spec"].template.spec.containers[0].image = "web:2"),
    same,
  )!;
  assert.equal(image.fields, before.fields);
  assert.notEqual(image.values, before.values);
  const atomic = ownedFields(observed(fields, (object) => object["spec"].selector.matchLabels.more = "x"), same)!;
  assert.notEqual(atomic.values, before.values);
});

Deno.test("ownedFields() distinguishes an absent value from any value", () => {
  const before = ownedFields(observed(fields, (object) => object["spec"].replicas = "-"), same)!;
  const gone = ownedFields(observed(fields, (object) => delete object["spec"].replicas), same)!;
  assert.notEqual(gone.values, before.values);
});

function at(tree: JsonMap, ...segments: string[]): JsonMap {
  return segments.reduce((node, segment) => node[segment] as JsonMap, tree);
}

function containers(tree: JsonMap): JsonMap {
  return at(tree, "f:spec", "f:template", "f:spec", "f:containers");
}
