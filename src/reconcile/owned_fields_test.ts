import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { coversDesired, expectedFields, ownedFields } from "./owned_fields.ts";

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

/** An object whose list is owned by this tree of `f:spec.f:list`. */
function listed(list: unknown, tree: JsonMap): KubeObject {
  return {
    apiVersion: "v1",
    kind: "X",
    metadata: {
      name: "x",
      managedFields: [{ manager: "orkestra", operation: "Apply", fieldsV1: { "f:spec": { "f:list": tree } } }],
    },
    spec: { list },
  };
}

const lists: [what: string, list: unknown, other: unknown, tree: JsonMap, seen: boolean][] = [
  ["an item by its position", [{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 3 }], { "i:1": { "f:a": {} } }, true],
  ["an item at another position", [{ a: 1 }, { a: 2 }], [{ a: 3 }, { a: 2 }], { "i:1": { "f:a": {} } }, false],
  ["an item of a set that is gone", ["a", "b"], ["a"], { 'v:"b"': {} }, true],
  ["another item of a set", ["a", "b"], ["b", "c"], { 'v:"b"': {} }, false],
  ["an item by all of its keys", [{ n: 1, p: "T", a: 1 }], [{ n: 1, p: "U", a: 1 }], {
    'k:{"n":1,"p":"T"}': { ".": {}, "f:a": {} },
  }, true],
  ["an item with other keys", [{ n: 1, a: 1 }, { n: 2, a: 1 }], [{ n: 1, a: 1 }, { n: 2, a: 5 }], {
    'k:{"n":1}': { ".": {}, "f:a": {} },
  }, false],
  ["a list that is no list any more", [{ n: 1, a: 1 }], { n: 1 }, { 'k:{"n":1}': { ".": {}, "f:a": {} } }, true],
  ["an item that is no map any more", [{ n: 1, a: 1 }], ["x"], { 'k:{"n":1}': { ".": {}, "f:a": {} } }, true],
  ["a whole list", [1, 2], [2, 1], {}, true],
];

for (const [what, list, other, tree, seen] of lists) {
  Deno.test(`ownedFields() ${seen ? "sees a change of" : "does not look at"} ${what}`, () => {
    const values = (of: unknown) => ownedFields(listed(of, tree), same)!.values;
    assert.equal(values(list), values(structuredClone(list)));
    assert.equal(values(other) !== values(list), seen);
  });
}

Deno.test("ownedFields() takes the entry of the subresource that is asked for", () => {
  const object = listed([1], {});
  object.metadata.managedFields!.push({
    manager: "orkestra",
    operation: "Apply",
    subresource: "status",
    fieldsV1: { "f:status": {} },
  });
  assert.match(ownedFields(object, same)!.fields, /f:spec/);
  assert.match(ownedFields(object, same, "status")!.fields, /f:status/);
});

const covered: [what: string, list: unknown, tree: JsonMap, covers: boolean][] = [
  ["items by position", ["a", "b"], { "i:0": {}, "i:1": {} }, true],
  ["an item at a position that is not ours", ["a", "b"], { "i:0": {} }, false],
  ["items of a set", ["a", "b"], { ".": {}, 'v:"a"': {}, 'v:"b"': {} }, true],
  ["an item of a set that is not ours", ["a", "b"], { 'v:"a"': {}, 'v:"c"': {} }, false],
  ["the same item of a set twice", ["a", "a"], { 'v:"a"': {} }, false],
  ["an item by several keys", [{ n: 1, p: "T" }], { 'k:{"n":1,"p":"T"}': { ".": {} } }, true],
  ["an item of which one key differs", [{ n: 1, p: "T" }], { 'k:{"n":1,"p":"U"}': { ".": {} } }, false],
  ["an item that is no map", ["a"], { 'k:{"n":1}': { ".": {} } }, false],
  ["a field of an item of a set of maps", [{ n: 1, a: 1 }], { 'v:{"n":1,"a":1}': { "f:n": {}, "f:a": {} } }, true],
  ["a field of an item that is not ours", [{ n: 1, a: 1 }], { 'k:{"n":1}': { ".": {}, "f:n": {} } }, false],
  ["no item", [], { ".": {} }, true],
];

for (const [what, list, tree, covers] of covered) {
  Deno.test(`coversDesired(): ${what} ${covers ? "is" : "is not"} covered`, () => {
    const { metadata: { name }, ...rest } = listed(list, tree);
    const text = JSON.stringify({ "f:spec": { "f:list": tree } });
    assert.equal(coversDesired(text, { ...rest, metadata: { name } }), covers);
  });
}

Deno.test("coversDesired(): nothing is covered by what is no set, and identity needs no cover", () => {
  const bare: KubeObject = { apiVersion: "v1", kind: "X", metadata: { name: "x", namespace: "y" } };
  assert.equal(coversDesired("[]", bare), false);
  assert.equal(coversDesired("{}", bare), true);
  assert.equal(coversDesired("{}", { ...bare, metadata: { ...bare.metadata, labels: { a: "b" } } }), false);
});

Deno.test("expectedFields() is a tree of the fields, without identity, lists whole", () => {
  assert.deepEqual(expectedFields(desired()), {
    "f:metadata": { "f:labels": { "f:app": {} }, "f:ownerReferences": {} },
    "f:spec": {
      "f:replicas": {},
      "f:selector": { "f:matchLabels": { "f:app": {} } },
      "f:template": { "f:spec": { "f:containers": {} } },
    },
  });
});

function at(tree: JsonMap, ...segments: string[]): JsonMap {
  return segments.reduce((node, segment) => node[segment] as JsonMap, tree);
}

function containers(tree: JsonMap): JsonMap {
  return at(tree, "f:spec", "f:template", "f:spec", "f:containers");
}
