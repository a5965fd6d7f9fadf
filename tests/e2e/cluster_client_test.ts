import assert from "node:assert/strict";
import { ApiError, isAlreadyExists, isConflict, isMissingType, isNotFound } from "../../src/cluster/api_error.ts";
import { isAlreadyThere, isGone, isOtherObject } from "../../src/cluster/apply_guard.ts";
import type { WatchEvent } from "../../src/cluster/ports.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { countByVerb } from "../support/audit_log.ts";
import { clientFor } from "../support/client.ts";
import { configMap, field, inNamespace, meta, object } from "../support/objects.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";

const configMaps = builtInType("ConfigMap")!;
const namespaces = builtInType("Namespace")!;
const deployments = builtInType("Deployment")!;

clusterTest("client: creates, reads, applies, patches and deletes", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  const desired = configMap("a", inNamespace(namespace));
  const created = await api.create(configMaps, desired);
  assert.equal(created.data.key, "value");
  await assert.rejects(api.create(configMaps, desired), isAlreadyExists);
  const read = await api.get(configMaps, { name: "a", namespace });
  assert.equal(read.metadata.uid, created.metadata.uid);

  const applied = await api.apply(configMaps, configMap("b", inNamespace(namespace)), { force: true });
  const entry = applied.metadata.managedFields!.find(({ operation }) => operation === "Apply");
  assert.equal(entry?.manager, "orkestra");
  const patched = await api.mergePatch(configMaps, { name: "b", namespace }, { data: { key: null, other: "1" } });
  assert.deepEqual(patched.data, { other: "1" });

  await assert.rejects(
    api.delete(configMaps, { name: "b", namespace }, { uid: "another" }),
    isConflict,
    "a precondition that does not hold",
  );
  await api.delete(configMaps, { name: "b", namespace }, { uid: applied.metadata.uid! });
  await assert.rejects(api.get(configMaps, { name: "b", namespace }), (error) => {
    return isNotFound(error) && !isMissingType(error);
  });
});

clusterTest("client: a field of another manager is a conflict without force", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  await api.create(configMaps, configMap("a", inNamespace(namespace)));
  const other = await plane.adminFetch(
    `/api/v1/namespaces/${namespace}/configmaps/a?fieldManager=somebody&force=true`,
    {
      method: "PATCH",
      headers: { "content-type": "application/apply-patch+yaml" },
      body: JSON.stringify(configMap("a", inNamespace(namespace), field("data", { key: "theirs" }))),
    },
  );
  assert.equal(other.status, 200, await other.text());
  const mine = configMap("a", inNamespace(namespace), field("data", { key: "mine" }));
  await assert.rejects(api.apply(configMaps, mine, { force: false }), (error) => {
    assert.ok(isConflict(error));
    assert.deepEqual(error.causes.map(({ reason, field }) => [reason, field]), [["FieldManagerConflict", ".data.key"]]);
    return true;
  });
  assert.equal((await api.apply(configMaps, mine, { force: true })).data.key, "mine");
});

clusterTest("client: creates only what is absent, and changes only the object that is meant", async (test) => {
  const { plane, namespace } = test;
  using api = await clientFor(plane, { userAgent: `ork/${namespace}` });
  const kinds = [
    [configMaps, configMap("a", inNamespace(namespace))],
    [
      builtInType("Service")!,
      object("v1", "Service", "a", inNamespace(namespace), field("spec", { ports: [{ port: 80 }] })),
    ],
    [namespaces, object("v1", "Namespace", `${namespace}-a`, inNamespace(undefined))],
  ] as const;
  for (const [type, desired] of kinds) {
    const mark = await plane.auditLog.mark();
    await assert.rejects(api.apply(type, desired, { force: true, onlyIf: { uid: "none" } }), isGone);
    const { uid } = (await api.apply(type, desired, { force: true, onlyIf: "absent" })).metadata;
    await assert.rejects(api.apply(type, desired, { force: true, onlyIf: "absent" }), isAlreadyThere);
    await assert.rejects(api.apply(type, desired, { force: true, onlyIf: { uid: "other" } }), isOtherObject);
    const again = await api.apply(type, desired, { force: true, onlyIf: { uid: uid! } });
    assert.equal(again.metadata.uid, uid);
    const requests = await plane.auditLog.requestsSince(mark, { userAgent: `ork/${namespace}` });
    assert.deepEqual(countByVerb(requests), { [`patch ${type.plural}`]: 5 });
    await api.delete(type, desired.metadata, { uid: uid! });
  }
});

clusterTest("client: patches the status subresource and nothing else", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  const spec = {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image: "a" }] } },
  };
  const paused = { ...spec, paused: true };
  await api.create(deployments, object("apps/v1", "Deployment", "a", inNamespace(namespace), field("spec", paused)));
  const patched = await api.mergePatch(
    deployments,
    { name: "a", namespace, subresource: "status" },
    { spec: { replicas: 7 }, status: { conditions: [{ type: "Mine", status: "True", reason: "A", message: "b" }] } },
  );
  assert.equal(patched.spec.replicas, 1);
  assert.ok(patched.status.conditions.some(({ type }: { type: string }) => type === "Mine"));
});

clusterTest("client: errors carry status, reason and causes", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  const invalid = configMap("Not_A_Name", inNamespace(namespace));
  await assert.rejects(api.create(configMaps, invalid), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.reason, error.causes[0]?.field], [422, "Invalid", "metadata.name"]);
    return true;
  });
  const unknown = { group: "nowhere.example.com", version: "v1", kind: "Ghost", plural: "ghosts", namespaced: true };
  await assert.rejects(api.list(unknown, {}, () => {}), isMissingType);
  await assert.rejects(api.get(unknown, { name: "a", namespace }), isMissingType);
  using stranger = await clientFor(plane, { user: "stranger" });
  await assert.rejects(stranger.get(configMaps, { name: "a", namespace }), (error) => {
    return error instanceof ApiError && error.status === 403 && error.reason === "Forbidden";
  });
});

clusterTest("client: a user may do what RBAC says, and no more", async ({ plane, namespace }) => {
  const user = `reader-${namespace}`;
  using admin = await clientFor(plane);
  const rbac = (kind: string) => builtInType(kind, "rbac.authorization.k8s.io")!;
  const version = "rbac.authorization.k8s.io/v1";
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }];
  await admin.create(rbac("Role"), object(version, "Role", "reader", inNamespace(namespace), field("rules", rules)));
  await admin.create(
    rbac("RoleBinding"),
    object(
      version,
      "RoleBinding",
      "reader",
      inNamespace(namespace),
      field("roleRef", { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" }),
      field("subjects", [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: user }]),
    ),
  );
  using reader = await clientFor(plane, { user, groups: [user] });
  await waitFor("the role is in force", async () => {
    await reader.list(configMaps, { namespace }, () => {});
    return true;
  });
  const forbidden = (error: unknown) => error instanceof ApiError && error.reason === "Forbidden";
  await assert.rejects(reader.list(configMaps, {}, () => {}), forbidden);
  await assert.rejects(reader.create(configMaps, configMap("a", inNamespace(namespace))), forbidden);
  await assert.rejects(reader.watch(configMaps, { namespace, resourceVersion: "1" }, () => {}), forbidden);
});

clusterTest("client: lists in pages, by label and by field", async ({ plane, namespace }) => {
  using api = await clientFor(plane, { userAgent: `ork/${namespace}` });
  for (let i = 0; i < 25; i++) {
    const labels = { parity: i % 2 === 0 ? "even" : "odd" };
    await api.create(
      configMaps,
      configMap(`m-${String(i).padStart(2, "0")}`, inNamespace(namespace), meta({ labels })),
    );
  }
  const mark = await plane.auditLog.mark();
  const pages: string[][] = [];
  await api.list(
    configMaps,
    { namespace, labelSelector: "parity in (even)" },
    (items) => pages.push(items.map((item) => item.metadata.name)),
    { pageSize: 5 },
  );
  assert.deepEqual(pages.map((page) => page.length), [5, 5, 3]);
  assert.equal(new Set(pages.flat()).size, 13);
  const named: string[] = [];
  await api.list(
    configMaps,
    { namespace, fieldSelector: "metadata.name=m-07" },
    (items) => named.push(...items.map((item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`)),
  );
  assert.deepEqual(named, ["v1 ConfigMap m-07"]);
  const requests = await plane.auditLog.requestsSince(mark, { userAgent: `ork/${namespace}` });
  assert.deepEqual(countByVerb(requests), { "list configmaps": 4 });
});

clusterTest("client: watches from a resourceVersion, bookmarks and all", async ({ plane, namespace }) => {
  using api = await clientFor(plane, { userAgent: `ork/${namespace}` });
  const { resourceVersion } = await api.list(configMaps, { namespace }, () => {});
  await api.create(configMaps, configMap("a", inNamespace(namespace)));
  const mark = await plane.auditLog.mark();
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const watching = assert.rejects(
    api.watch(
      configMaps,
      { namespace, resourceVersion, labelSelector: "!hidden" },
      (event) => events.push(event),
      { signal: controller.signal },
    ),
    { name: "AbortError" },
  );
  await api.mergePatch(configMaps, { name: "a", namespace }, { data: { key: "new" } });
  await api.mergePatch(configMaps, { name: "a", namespace }, { metadata: { labels: { hidden: "yes" } } });
  const lines = () =>
    events.flatMap((event) => "object" in event ? [`${event.type} ${event.object.metadata.name}`] : []);
  // The service account controller of the namespace writes a ConfigMap of its own.
  const mine = () => lines().filter((line) => line.endsWith(" a"));
  await waitFor("three events", () => mine().length >= 3, { explain: lines });
  controller.abort();
  await watching;
  assert.deepEqual(mine(), ["ADDED a", "MODIFIED a", "DELETED a"]);
  const requests = await plane.auditLog.requestsSince(mark, { userAgent: `ork/${namespace}` });
  assert.deepEqual(countByVerb(requests), { "patch configmaps": 2, "watch configmaps": 1 });
});

clusterTest("client: reaches cluster-scoped objects and discovery", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  assert.equal((await api.get(namespaces, { name: namespace })).kind, "Namespace");
  const groups = await api.raw("/apis") as { kind?: string };
  assert.equal(groups.kind, "APIGroupList");
});
