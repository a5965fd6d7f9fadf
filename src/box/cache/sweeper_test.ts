import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../../tests/support/api_double.ts";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { fieldManager, labels } from "../../k8s/names.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import { observeChild, type Observer } from "../../reconcile/mod.ts";
import { ownerKindLabel } from "../../resources/mod.ts";
import { Store } from "./store.ts";
import { Sweeper } from "./sweeper.ts";

const crType = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };
const configMaps = builtInType("ConfigMap")!;

function crOf(name: string): KubeObject {
  return {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name, namespace: "default", uid: `of-${name}`, resourceVersion: "5" },
    status: {
      conditions: [{ type: "Synced", status: "True", reason: "Synced", message: "kinds of children: ConfigMap" }],
    },
  };
}

/** A ConfigMap in another namespace that is a child of `crOf(name)`. */
function childOf(name: string, resourceVersion: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      namespace: "far",
      uid: `child-${name}`,
      resourceVersion,
      labels: {
        [labels.managed]: "true",
        [labels.ownerUid]: `of-${name}`,
        [labels.ownerKind]: ownerKindLabel({ apiVersion: "demo.dev/v1", kind: "Demo" }),
        [labels.owner]: name,
        [labels.ownerNamespace]: "default",
      },
      managedFields: [{ manager: fieldManager, operation: "Apply", fieldsV1: { "f:data": {} } }],
    },
  };
}

/** `list`: what the API server has of ConfigMaps; it is called for each list. */
function sweeperOn(
  list: (isFormer: boolean) => readonly KubeObject[] | Response,
  made: readonly (typeof configMaps)[] = [],
) {
  const clock = new FakeClock();
  const store = new Store(crType);
  const observer: Observer = { crType, depthOf: () => "none", isFixed: () => false, intern: (text) => text };
  const stopping = new AbortController();
  const { api, received } = clientOf(({ path }) => {
    if (path === "/apis") return Response.json({ groups: [] });
    if (path === "/api/v1") {
      const verbs = ["list", "delete"];
      return Response.json({ resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true, verbs }] });
    }
    const items = list(new URL(`http://double${path}`).searchParams.get("labelSelector")!.includes("!"));
    return items instanceof Response ? items : Response.json({ metadata: { resourceVersion: "9" }, items });
  }, { clock });
  const plan = { name: "demo", type: crType, children: made, watches: [], finalizer: true };
  const sweeper = new Sweeper({
    api,
    plan: plan as unknown as BoxPlan,
    finalizers: [],
    store,
    observer,
    hasStatus: () => true,
    clock,
    signal: () => stopping.signal,
    report: () => {},
  });
  for (const name of ["a", "b"]) store.putCr(crOf(name));
  const seen = (name: string) => store.childrenOf(crOf(name)).map(({ key }) => key);
  const put = (child: KubeObject) => store.putChild(observeChild(configMaps, child, observer));
  return { sweeper, clock, seen, put, received };
}

Deno.test("sweepFor() leaves a child that was made after its list", async () => {
  const { sweeper, seen, put } = sweeperOn((isFormer) => {
    if (!isFormer) during();
    return [];
  }, [configMaps]);
  put(childOf("a", "8"));
  const during = () => put(childOf("b", "10"));
  await sweeper.sweepFor(crOf("a"));
  assert.deepEqual(seen("a"), [], "it is gone");
  assert.deepEqual(seen("b"), ["far/b"]);
});

Deno.test("sweepFor() sees a child whose former kind was given up, also by the last sweep", async () => {
  const { sweeper, clock, seen } = sweeperOn((isFormer) => isFormer ? [] : [childOf("a", "7")]);
  sweeper.begin(() => {});
  for (let ms = 0; ms < 15_000; ms += 900) {
    await settle();
    await sweeper.sweepFor(crOf("a"));
    assert.deepEqual(seen("a"), ["far/a"], `after ${ms} ms`);
    await clock.advance(900);
  }
  await sweeper.end();
});

Deno.test("sweepFor() fails where the list of children of former versions is 404, though discovery has the kind", async () => {
  const { sweeper } = sweeperOn((isFormer) => isFormer ? statusResponse(404, "NotFound") : []);
  await assert.rejects(sweeper.sweepFor(crOf("a")), { message: /^ConfigMap: .*/ });
});

Deno.test("sweepFor() shares a sweep that is in flight, and one that has just ended", async () => {
  const { sweeper, clock, received } = sweeperOn(() => []);
  await Promise.all([sweeper.sweepFor(crOf("a")), sweeper.sweepFor(crOf("b"))]);
  const once = received.length;
  await sweeper.sweepFor(crOf("a"));
  assert.equal(received.length, once);
  await clock.advance(1_100);
  await waitFor("another sweep", async () => {
    await sweeper.sweepFor(crOf("a"));
    return received.length > once;
  });
});
