import assert from "node:assert/strict";
import { ApiError, isMissingType } from "../../src/cluster/api_error.ts";
import { type Informer, type InformerState, startInformer } from "../../src/cluster/informer.ts";
import type { ClusterApi, ListQuery } from "../../src/cluster/ports.ts";
import { type KubeObject, objectKey, type ResourceType } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { countByVerb } from "../support/audit_log.ts";
import { clientFor } from "../support/client.ts";
import { realClock } from "../support/clock.ts";
import { sharedControlPlane, startControlPlane } from "../support/control_plane.ts";
import { configMap, field, inNamespace, meta, object } from "../support/objects.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";

const configMaps = builtInType("ConfigMap")!;

/** An informer whose handlers keep what the cluster should look like. */
function follow(
  api: ClusterApi,
  type: ResourceType,
  query: ListQuery,
): Informer & { objects: Map<string, KubeObject>; states: InformerState[]; errors: unknown[] } {
  const objects = new Map<string, KubeObject>();
  const states: InformerState[] = [];
  const errors: unknown[] = [];
  const informer = startInformer(api, type, query, {
    upsert: (object) => objects.set(objectKey(object.metadata), object),
    removed: (object) => objects.delete(objectKey(object.metadata)),
    restarted: () => {},
    replaced: (keys) => {
      for (const key of objects.keys()) if (!keys.has(key)) objects.delete(key);
    },
    state: (state, detail) => {
      states.push(state);
      if (detail !== undefined) errors.push(detail.error);
    },
    failed: (error) => errors.push(error),
  }, { clock: realClock, random: Math.random });
  return { ...informer, objects, states, errors };
}

clusterTest("informer: follows 2,000 objects with four lists and one watch", async ({ plane, namespace }) => {
  using admin = await clientFor(plane);
  using api = await clientFor(plane, { userAgent: `ork/${namespace}` });
  const count = 2000;
  const ours = { labelSelector: "mine=yes", namespace };
  const labels = { mine: "yes" };
  let next = 0;
  const make = async (): Promise<void> => {
    while (next < count) {
      await admin.create(configMaps, configMap(`m-${next++}`, inNamespace(namespace), meta({ labels })));
    }
  };
  await Promise.all(Array.from({ length: 8 }, make));

  const mark = await plane.auditLog.mark();
  const informer = follow(api, configMaps, ours);
  await informer.synced;
  assert.equal(informer.objects.size, count);
  assert.equal(informer.objects.get(`${namespace}/m-0`)!.kind, "ConfigMap");

  await admin.mergePatch(configMaps, { name: "m-0", namespace }, { data: { key: "new" } });
  await admin.delete(configMaps, { name: "m-1", namespace });
  await admin.mergePatch(configMaps, { name: "m-2", namespace }, { metadata: { labels: null } });
  await admin.create(configMaps, configMap("new", inNamespace(namespace), meta({ labels })));
  await waitFor("the informer has seen it all", () => {
    const { objects } = informer;
    const gone = !objects.has(`${namespace}/m-1`) && !objects.has(`${namespace}/m-2`);
    return gone && objects.has(`${namespace}/new`) && objects.get(`${namespace}/m-0`)!.data.key === "new";
  });
  await informer.stop();
  const counts = countByVerb(await plane.auditLog.requestsSince(mark, { userAgent: `ork/${namespace}` }));
  assert.deepEqual(counts, { "list configmaps": 4, "watch configmaps": 1 });
  assert.deepEqual(informer.errors, []);
  assert.deepEqual(informer.states, ["listing", "synced", "watching"]);
});

clusterTest("informer: loses nothing that happens between list and watch", async ({ plane, namespace }) => {
  using admin = await clientFor(plane);
  const informers = [];
  const writing = (async () => {
    for (let i = 0; i < 60; i++) {
      await admin.create(configMaps, configMap(`m-${i}`, inNamespace(namespace)));
      if (i % 3 === 0) await admin.delete(configMaps, { name: `m-${i}`, namespace });
    }
  })();
  using api = await clientFor(plane);
  for (let i = 0; i < 10; i++) {
    const informer = follow(api, configMaps, { namespace });
    informers.push(informer);
    await informer.synced;
  }
  await writing;
  const truth = new Map<string, string>();
  const readTruth = async () => {
    truth.clear();
    await admin.list(configMaps, { namespace }, (items) => {
      for (const { metadata } of items) truth.set(objectKey(metadata), metadata.resourceVersion!);
    });
  };
  for (const { objects } of informers) {
    await waitFor("the informer agrees with the server", async () => {
      await readTruth();
      const seen = [...objects].map(([key, { metadata }]) => [key, metadata.resourceVersion]).sort();
      return JSON.stringify(seen) === JSON.stringify([...truth].sort());
    });
  }
  await Promise.all(informers.map((informer) => informer.stop()));
});

clusterTest("informer: waits for a type that is not there yet", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  const group = `${namespace}.example.com`;
  const type = { group, version: "v1", kind: "Gadget", plural: "gadgets", namespaced: true };
  const informer = follow(api, type, {});
  await waitFor("it is tried again", () => informer.states.filter((state) => state === "retrying").length >= 2);
  assert.ok(informer.errors.every((error) => isMissingType(error)));
  const definitions = builtInType("CustomResourceDefinition")!;
  const definition = object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    `gadgets.${group}`,
    inNamespace(undefined),
    field("spec", {
      group,
      scope: "Namespaced",
      names: { kind: "Gadget", plural: "gadgets", singular: "gadget", listKind: "GadgetList" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      }],
    }),
  );
  await api.create(definitions, definition);
  await informer.synced;
  await waitFor("it is created", async () => {
    await api.create(type, object(`${group}/v1`, "Gadget", "a", inNamespace(namespace)));
    return true;
  });
  await waitFor("it is seen", () => informer.objects.has(`${namespace}/a`));
  await api.delete(definitions, { name: `gadgets.${group}` });
  await waitFor("it is gone with its type", () => informer.objects.size === 0);
  await informer.stop();
});

clusterTest("informer: begins as soon as RBAC lets it", async ({ plane, namespace }) => {
  const user = `watcher-${namespace}`;
  using admin = await clientFor(plane);
  using api = await clientFor(plane, { user, groups: [user] });
  const informer = follow(api, configMaps, { namespace });
  await waitFor("it is refused", () => informer.states.includes("retrying"));
  assert.ok(informer.errors.every((error) => error instanceof ApiError && error.reason === "Forbidden"));
  const version = "rbac.authorization.k8s.io/v1";
  const type = (kind: string) => builtInType(kind, "rbac.authorization.k8s.io")!;
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] }];
  await admin.create(type("Role"), object(version, "Role", "watcher", inNamespace(namespace), field("rules", rules)));
  await admin.create(
    type("RoleBinding"),
    object(
      version,
      "RoleBinding",
      "watcher",
      inNamespace(namespace),
      field("roleRef", { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "watcher" }),
      field("subjects", [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: user }]),
    ),
  );
  await informer.synced;
  await admin.create(configMaps, configMap("a", inNamespace(namespace)));
  await waitFor("it is seen", () => informer.objects.has(`${namespace}/a`));
  await informer.stop();
});

Deno.test({
  name: "informer: survives a restart of the API server and reports what was deleted meanwhile",
  ignore: sharedControlPlane() === undefined, // it needs the same programs, but a control plane of its own
  async fn() {
    const plane = await startControlPlane();
    try {
      using api = await clientFor(plane);
      for (const name of ["a", "b", "c"]) await api.create(configMaps, configMap(name));
      const informer = follow(api, configMaps, { namespace: "default" });
      await informer.synced;
      await waitFor("it watches", () => informer.states.includes("watching"));
      await plane.restartApiServer(() =>
        waitFor("it notices", () => informer.states.includes("retrying")).then(() => {})
      );
      // While the informer still waits, so that the events are history when it is back.
      await api.delete(configMaps, { name: "b", namespace: "default" });
      await api.create(configMaps, configMap("d"));
      await waitFor("it has caught up", () => {
        const { objects } = informer;
        return !objects.has("default/b") && objects.has("default/d");
      }, { explain: () => [...informer.objects.keys(), informer.states, informer.errors] });
      await api.mergePatch(configMaps, { name: "c", namespace: "default" }, { data: { key: "after" } });
      await waitFor("it watches again", () => informer.objects.get("default/c")!.data.key === "after");
      await informer.stop();
    } finally {
      await plane.stop();
    }
  },
});
