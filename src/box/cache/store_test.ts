import assert from "node:assert/strict";
import { builtInType } from "../../k8s/resource_types.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { observeChild, type Observer } from "../../reconcile/mod.ts";
import { Store } from "./store.ts";

const configMaps = builtInType("ConfigMap")!;
const crType = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };

function object(kind: string, resourceVersion: string): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name: "a", namespace: "default", uid: "1", resourceVersion } };
}

Deno.test("removeChild() ignores a deletion that is older than the child: it left the selection and returned", () => {
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
  store.putChild(observeChild(configMaps, object("ConfigMap", "11"), observer));
  assert.equal(store.removeChild(configMaps, "default/a", "10"), undefined);
  assert.equal(store.childCount, 1);
  assert.equal(store.removeChild(configMaps, "default/a", "12")?.uid, "1");
  assert.equal(store.childCount, 0);
  assert.equal(store.putChild(observeChild(configMaps, object("ConfigMap", "11"), observer)), false, "it is dead");
});

Deno.test("foundChild() restores a child that a write found gone, but not one whose DELETED event has come", () => {
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
  const child = observeChild(configMaps, object("ConfigMap", "11"), observer);
  store.putChild(child);
  store.dropChild(configMaps, "default/a", "1");
  assert.equal(store.putChild(child), false, "a response may be old");
  store.foundChild(child);
  assert.equal(store.childCount, 1);
  store.removeChild(configMaps, "default/a", "12");
  store.foundChild(child);
  assert.equal(store.childCount, 0);
});

Deno.test("hideKind() keeps passes from seeing a part of a kind that is being listed again", () => {
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
  const cr = { ...object("Demo", "9"), metadata: { ...object("Demo", "9").metadata, uid: "cr" } };
  store.putCr(cr);
  const reference = { apiVersion: "demo.dev/v1", kind: "Demo", name: "a", uid: "cr", controller: true };
  const { metadata, ...rest } = object("ConfigMap", "11");
  const owned = { ...rest, metadata: { ...metadata, ownerReferences: [reference] } };
  const child = observeChild(configMaps, owned, observer);
  const seen = () => [
    store.shownChild(configMaps, "default/a")?.uid,
    ...store.shownChildrenOf(cr).map(({ uid }) => uid),
  ];
  store.putChild(child);
  assert.deepEqual(seen(), ["1", "1"]);
  store.hideKind(configMaps);
  assert.deepEqual(seen(), [undefined]);
  store.putChild(child);
  assert.deepEqual(seen(), [undefined]);
  assert.equal(store.childrenOf(cr).length, 1, "a deletion decides on it");
  assert.ok(store.isOld(configMaps, object("ConfigMap", "10").metadata) === false, "its history may be another one");
  assert.deepEqual(store.replaceChildren(configMaps, new Set(["default/a"]), "12"), []);
  store.showKind(configMaps);
  assert.deepEqual(seen(), ["1", "1"]);
});

Deno.test("removeCr() does the same", () => {
  const store = new Store(crType);
  store.putCr(object("Demo", "11"));
  assert.equal(store.removeCr(object("Demo", "10")), false);
  assert.equal(store.removeCr(object("Demo", "12")), true);
  assert.equal(store.putCr(object("Demo", "11")), false, "it is dead");
});

Deno.test("after restart() lower versions count as newer, and objects that are not in the list are removed", () => {
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
  const child = (name: string, version: string) => {
    const { metadata, ...rest } = object("ConfigMap", version);
    return observeChild(configMaps, { ...rest, metadata: { ...metadata, name } }, observer);
  };
  store.putChild(child("a", "90"));
  store.putChild(child("b", "95"));
  store.putCr(object("Demo", "99"));
  assert.equal(store.putChild(child("a", "50")), false);
  store.restart(configMaps);
  store.restart(crType);
  assert.equal(typeof store.putChild(child("a", "50")), "object");
  assert.deepEqual(store.replaceChildren(configMaps, new Set(["default/a"]), "60").map(({ key }) => key), [
    "default/b",
  ]);
  assert.equal(store.putChild(child("b", "61")), undefined, "recreated in the new history");
  assert.equal(store.putChild(child("a", "40")), false, "the new history counts from here on");
  assert.equal(store.putCr(object("Demo", "50")), true);
  assert.deepEqual(store.replaceCrs(new Set(), "60"), ["default/a"]);
});

Deno.test("replaceChildren() removes what the watch selects, and keeps children of former versions", () => {
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
  for (const [name, label] of [["new", "owner-kind"], ["old", "box"]] as const) {
    const { metadata, ...rest } = object("ConfigMap", "11");
    const labels = { [`orkestra.orkspace.io/${label}`]: "Demo.demo.dev" };
    store.putChild(observeChild(configMaps, { ...rest, metadata: { ...metadata, name, labels } }, observer));
  }
  assert.deepEqual(store.replaceChildren(configMaps, new Set(), "12").map(({ key }) => key), ["default/new"]);
  assert.deepEqual([...store.childrenOfKind(configMaps)].map(({ key }) => key), ["default/old"]);
});

Deno.test("childChanges() changes with every change of a child of the CR, whether an event was reported or not", () => {
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "metadata", isFixed: () => false, intern: (text) => text };
  const cr: KubeObject = { ...object("Demo", "1"), apiVersion: "demo.dev/v1" };
  store.putCr(cr);
  const child = (name: string, version: string, owner = "1"): ReturnType<typeof observeChild> => {
    const labels = { "orkestra.orkspace.io/owner-uid": owner, "orkestra.orkspace.io/owner-kind": "Demo.demo.dev" };
    const metadata = { name, namespace: "default", uid: `uid-${name}`, resourceVersion: version, labels };
    return observeChild(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata }, observer);
  };
  const versions = [store.childChanges("default/a")];
  const step = (change: () => void): void => {
    change();
    versions.push(store.childChanges("default/a"));
  };
  step(() => store.putChild(child("a", "11")));
  step(() => store.putChild(child("a", "12")));
  step(() => store.putChild(child("b", "13")));
  step(() => store.markDeleting(configMaps, "default/a", "uid-a"));
  step(() => store.noteEnd(configMaps, "default/b", true));
  step(() => store.removeChild(configMaps, "default/a", "14"));
  step(() => store.putChild(child("b", "15", "another")));
  step(() => store.putChild(child("b", "16")));
  step(() => store.forgetKind(configMaps));
  assert.deepEqual(versions, [...versions].sort((a, b) => a - b));
  assert.equal(new Set(versions).size, versions.length, versions.join(" "));
  store.putChild(child("c", "20", "another"));
  assert.equal(store.childChanges("default/a"), versions.at(-1));
});
