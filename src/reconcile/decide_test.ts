import assert from "node:assert/strict";
import { cleanupFinalizer } from "../k8s/names.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { type Applied, decideChildren, decideDeletion, type Memory } from "./decide.ts";
import type { DesiredChild } from "./desired.ts";
import type { ObservedChild } from "./observed.ts";

const deployments: ResourceType = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};
const owner = { key: "shop/web", uid: "cr-uid" };

function wanted(change: Partial<DesiredChild> = {}): DesiredChild {
  const object: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { replicas: 2 },
  };
  return {
    type: deployments,
    key: "shop/web",
    object,
    digest: "d1",
    upkeep: "apply",
    force: true,
    entry: "onReconcile.deployments[0]",
    ...change,
  };
}

function seen(change: Partial<ObservedChild> = {}): ObservedChild {
  return {
    type: deployments,
    key: "shop/web",
    uid: "child-uid",
    resourceVersion: "5",
    owner: owner.key,
    controllerUid: owner.uid,
    controllerIsCr: true,
    applied: "d1",
    owned: { fields: '{"f:spec":{"f:replicas":{}}}', values: "v1" },
    deleting: false,
    finished: false,
    view: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "shop" } },
    ...change,
  };
}

function memoryOf(
  children: readonly ObservedChild[],
  applied?: Applied,
  foreign = false,
): Memory & { remembered: Applied[] } {
  const remembered: Applied[] = [];
  return {
    remembered,
    child: (_type, key) => children.find((child) => child.key === key),
    applied: () => applied,
    appliedStatus: () => undefined,
    rememberStatus: () => {},
    remember: (_type, _key, item) => void remembered.push(item),
    isForeign: () => foreign,
  };
}

function decide(
  desired: readonly DesiredChild[],
  children: readonly ObservedChild[],
  applied?: Applied,
  foreign = false,
) {
  const memory = memoryOf(children, applied, foreign);
  return { ...decideChildren(owner, { children: desired }, children, memory), remembered: memory.remembered };
}

Deno.test("decideChildren() applies what is absent", () => {
  const { changes } = decide([wanted()], []);
  assert.deepEqual(changes.map(({ action }) => action), ["apply"]);
});

Deno.test("decideChildren() makes no call for a child that its memory knows", () => {
  const child = seen();
  assert.deepEqual(decide([wanted()], [child], { digest: "d1", owned: child.owned }).changes, []);
});

Deno.test("decideChildren() trusts the memory even where a webhook changed a value or took it over", () => {
  const child = seen({ applied: "d1", owned: { fields: '{"f:spec":{}}', values: "else" } });
  assert.deepEqual(decide([wanted()], [child], { digest: "d1", owned: child.owned }).changes, []);
});

Deno.test("decideChildren() without memory takes the ownership as proof, and remembers it", () => {
  const { changes, remembered } = decide([wanted()], [seen()]);
  assert.deepEqual(changes, []);
  assert.deepEqual(remembered, [{ digest: "d1", owned: seen().owned }]);
});

const reasons: Readonly<
  Record<string, { child?: Partial<ObservedChild>; applied?: Applied; desired?: Partial<DesiredChild> }>
> = {
  "somebody took a field from us": { child: { owned: { fields: '{"f:spec":{"f:paused":{}}}', values: "v1" } } },
  "the digest is of another object": { child: { applied: "d0" } },
  "it was never applied": { child: { applied: undefined } },
  "we own nothing of it": { child: { owned: undefined } },
  "a value changed since the last apply": { applied: { digest: "d1", owned: { ...seen().owned!, values: "v0" } } },
  "the owned set changed since the last apply": {
    applied: { digest: "d1", owned: { ...seen().owned!, fields: "{}" } },
  },
  "another object is wanted than was applied": {
    desired: { digest: "d2" },
    applied: { digest: "d1", owned: seen().owned },
  },
};

for (const [why, { child, applied, desired }] of Object.entries(reasons)) {
  Deno.test(`decideChildren() applies when ${why}`, () => {
    const { changes } = decide([wanted(desired)], [seen(child)], applied);
    assert.deepEqual(changes.map(({ action }) => action), ["apply"]);
  });
}

Deno.test("decideChildren() leaves a child alone that is on its way out", () => {
  assert.deepEqual(decide([wanted()], [seen({ deleting: true, applied: undefined })]).changes, []);
});

Deno.test("decideChildren() creates a created-only child once and never looks at it again", () => {
  const created = wanted({ upkeep: "create" });
  assert.deepEqual(decide([created], []).changes.map(({ action }) => action), ["create"]);
  assert.deepEqual(decide([created], [seen({ applied: undefined, owned: undefined })]).changes, []);
  assert.deepEqual(decide([created], [], undefined, true).changes, []);
});

Deno.test("decideChildren() removes a reconciled child that nothing wants any more", () => {
  // Also where somebody took its digest off: it was applied all the same.
  for (const child of [seen(), seen({ applied: undefined })]) {
    assert.deepEqual(decide([], [child]).changes, [
      { action: "delete", type: deployments, key: "shop/web", uid: "child-uid", why: "no longer declared" },
    ]);
  }
});

const kept: Readonly<Record<string, Partial<ObservedChild>>> = {
  "that was only created": { applied: undefined, owned: undefined },
  "that somebody else controls": { controllerUid: "other" },
  "that is being deleted already": { deleting: true },
  "that is a finished Job": { finished: true },
};

for (const [which, change] of Object.entries(kept)) {
  Deno.test(`decideChildren() does not remove a child ${which}`, () => {
    assert.deepEqual(decide([], [seen(change)]).changes, []);
  });
}

Deno.test("decideChildren() removes nothing while an entry cannot be rendered", () => {
  const children = [seen()];
  const failure = { entry: "onReconcile.services[0]", reason: "TemplateError", message: "broken" } as const;
  assert.deepEqual(decideChildren(owner, { children: [], failure }, children, memoryOf(children)).changes, []);
});

Deno.test("decideChildren() refuses a child that another object of the box has", () => {
  const { changes, clash } = decide([wanted()], [seen({ owner: "shop/other" })]);
  assert.deepEqual(changes, []);
  assert.match(clash!.message, /already belongs to "shop\/other"/);
});

Deno.test("decideChildren() waits for the children of a former object of the same name", () => {
  const { changes, waitingFor } = decide([wanted()], [seen({ controllerUid: "former" })]);
  assert.deepEqual(changes, []);
  assert.deepEqual(waitingFor.map(({ key }) => key), ["shop/web"]);
});

Deno.test("decideChildren() refuses a child that somebody else's controller has taken", () => {
  const { changes, clash } = decide([wanted()], [seen({ controllerUid: "else", controllerIsCr: false })]);
  assert.deepEqual(changes, []);
  assert.match(clash!.message, /controlled by another object/);
});

function deleted(finalizers: string[]): KubeObject {
  return {
    apiVersion: "demo/v1",
    kind: "Web",
    metadata: {
      name: "web",
      namespace: "shop",
      resourceVersion: "9",
      deletionTimestamp: "2026-01-02T03:04:05Z",
      finalizers,
    },
  };
}

Deno.test("decideDeletion() is silent where there is no finalizer of ours", () => {
  assert.equal(decideDeletion(deleted(["else"]), [seen()]), undefined);
});

Deno.test("decideDeletion() deletes only what garbage collection does not reach, and waits for it", () => {
  const far = seen({ key: "far/web", controllerUid: undefined });
  const decision = decideDeletion(deleted([cleanupFinalizer]), [seen(), far])!;
  assert.deepEqual(decision.changes.map(({ key }) => key), ["far/web"]);
  assert.equal(decision.crPatch, undefined);
  assert.deepEqual(decideDeletion(deleted([cleanupFinalizer]), [{ ...far, deleting: true }])!.changes, []);
});

Deno.test("decideDeletion() takes the finalizer off last, and only the list that was seen", () => {
  const decision = decideDeletion(deleted(["else", cleanupFinalizer]), [seen()])!;
  assert.deepEqual(decision.crPatch, { metadata: { finalizers: ["else"], resourceVersion: "9" } });
});
