import assert from "node:assert/strict";
import { statusResponse } from "../support/api_double.ts";
import { realClock } from "../support/clock.ts";
import {
  changesOf,
  conditionOf,
  type CrdEntry,
  createCluster,
  demoOf,
  demos,
  operatorFor,
  start,
  untilIdle,
} from "./operator.ts";

// Ownership between operators, between boxes and between CRs; foreign objects are left alone.

const core = "/api/v1/namespaces/default";
const pub = "/api/v1/namespaces/kube-public/configmaps";
const merge = "application/merge-patch+json";

/** A box that creates one ConfigMap in another namespace. */
const far = (name: string) => `onReconcile:\n  configMaps: [{ name: ${name}, namespace: kube-public, data: { t: a } }]`;

Deno.test("operators of different kinds never delete each other's children, whatever their keys are", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await cluster.define("Thing", { group: "thing.dev" });
  const reconciler = "resync: 200ms";
  await using a = await start(cluster, [{ key: "app", box: far("a-map"), reconciler }]);
  const things: CrdEntry = { key: "app", group: "thing.dev", kind: "Thing", box: far("b-map"), reconciler };
  await using b = await start(cluster, [things]);
  await cluster.request("POST", demos, demoOf("web"));
  const thing = { apiVersion: "thing.dev/v1", kind: "Thing", metadata: { name: "web" }, spec: {} };
  await cluster.request("POST", "/apis/thing.dev/v1/namespaces/default/things", thing);
  for (const name of ["a-map", "b-map"]) await cluster.until(`${pub}/${name}`, () => true);
  await Promise.all([untilIdle(a.messages, 4), untilIdle(b.messages, 4)]);
  const deletions = [...changesOf(a.messages), ...changesOf(b.messages)].filter((text) => text.startsWith("deleted"));
  assert.deepEqual(deletions, []);
});

Deno.test("Katalogs with one key for one kind leave each other's children alone, until the CR is deleted", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const entries = (name: string): CrdEntry[] => [{
    key: "web",
    box:
      `onReconcile:\n  configMaps:\n    - { name: near-${name} }\n    - { name: far-${name}, namespace: kube-public }`,
    reconciler: "resync: 200ms",
  }];
  await using a = await start(cluster, entries("a"), { katalog: "a" });
  await using b = await start(cluster, entries("b"), { katalog: "b" });
  await cluster.request("POST", demos, demoOf("web"));
  const paths = ["a", "b"].flatMap((name) => [`${core}/configmaps/near-${name}`, `${pub}/far-${name}`]);
  for (const path of paths) await cluster.until(path, () => true);
  await Promise.all([untilIdle(a.messages, 4), untilIdle(b.messages, 4)]);
  const changes = [...changesOf(a.messages), ...changesOf(b.messages)];
  assert.deepEqual(changes.filter((text) => text.startsWith("deleted")), []);
  await cluster.request("DELETE", `${demos}/web`);
  await cluster.untilGone(`${demos}/web`);
  for (const name of ["a", "b"]) await cluster.untilGone(`${pub}/far-${name}`);
});

Deno.test("a Katalog that was renamed keeps its children", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const entries = (...names: string[]): CrdEntry[] => [{
    key: "web",
    box: `onReconcile:\n  configMaps: [${names.map((name) => `{ name: ${name} }`).join(", ")}]`,
  }];
  await using former = await start(cluster, entries("one", "two"), { katalog: "a" });
  await cluster.request("POST", demos, demoOf("web"));
  await cluster.until(`${core}/configmaps/two`, () => true);
  await former.stop();
  const present = await start(cluster, entries("one", "two"), { katalog: "b" });
  const key = "orkestra.orkspace.io/declared-by";
  await cluster.until(`${core}/configmaps/two`, ({ metadata }) => metadata.annotations?.[key] === "b/web");
  await present.stop();
  await using _last = await start(cluster, entries("one"), { katalog: "b" });
  await cluster.untilGone(`${core}/configmaps/two`);
});

Deno.test("a changed deletion policy takes effect, also on children that are never changed in place", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const entries = (policy: string): CrdEntry[] => [{
    key: "web",
    reconciler: "resync: 200ms",
    box: `onReconcile:
  configMaps: [{ name: map, deletionPolicy: ${policy} }]
  serviceAccounts: [{ name: account, deletionPolicy: ${policy} }]
  persistentVolumeClaims: [{ name: claim, storage: 1Gi, deletionPolicy: ${policy} }]
  jobs: [{ name: job, image: x, deletionPolicy: ${policy} }]`,
  }];
  const paths = ["configmaps/map", "serviceaccounts/account", "persistentvolumeclaims/claim"].map((at) =>
    `${core}/${at}`
  );
  paths.push("/apis/batch/v1/namespaces/default/jobs/job");
  const made = await cluster.request("POST", `${core}/configmaps`, { metadata: { name: "other" } });
  const other = { apiVersion: "v1", kind: "ConfigMap", name: "other", uid: made.metadata.uid! };
  let operator = await start(cluster, entries("Delete"));
  const { metadata: { uid } } = await cluster.request("POST", demos, demoOf("web"));
  for (const path of paths) await cluster.until(path, () => true);
  const claim = await cluster.request("GET", paths[2]!);
  const ownerReferences = [...claim.metadata.ownerReferences!, other];
  await cluster.request("PATCH", paths[2]!, { metadata: { ownerReferences } }, merge);
  for (const policy of ["Retain", "Delete", "Retain"]) {
    await operator.stop();
    operator = await start(cluster, entries(policy));
    for (const path of paths) {
      await cluster.until(path, ({ metadata: { ownerReferences = [], annotations = {} } }) => {
        const isOwned = ownerReferences.some((owner) => owner.uid === uid);
        const isRetained = annotations["orkestra.orkspace.io/deletion-policy"] === "Retain";
        return isRetained === (policy === "Retain") && isOwned === (policy === "Delete");
      });
    }
    assert.ok((await cluster.request("GET", paths[2]!)).metadata.ownerReferences!.some(({ uid }) => uid === other.uid));
    await untilIdle(operator.messages, 2);
    const cr = (await cluster.get(`${demos}/web`))!;
    assert.equal(conditionOf(cr, "NotUpdated"), undefined, JSON.stringify(cr["status"]));
    const before = operator.messages.length;
    await untilIdle(operator.messages, 2);
    assert.deepEqual(changesOf(operator.messages.slice(before)), [], "and that is all");
  }
  await cluster.request("DELETE", `${demos}/web`);
  await cluster.untilGone(`${demos}/web`);
  for (const path of paths) assert.notEqual(await cluster.get(path), undefined, `${path} outlives its CR`);
  await operator.stop();
});

Deno.test("a kind that left the Katalog is swept until it can be listed", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const account = "serviceAccounts: [{ name: gone, namespace: kube-public }]";
  const entries = (more: string): CrdEntry[] => [{ key: "web", box: `${far("map")}\n  ${more}` }];
  const former = await start(cluster, entries(account));
  await cluster.request("POST", demos, demoOf("web"));
  await cluster.until(`${demos}/web`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await former.stop();
  let failures = 1;
  await using _present = await start(cluster, entries(""), {
    between: (request, forward) => {
      if (!new URL(request.url).pathname.endsWith("/serviceaccounts") || failures-- <= 0) return forward();
      return Promise.resolve(statusResponse(500, "InternalError"));
    },
  });
  await cluster.untilGone("/api/v1/namespaces/kube-public/serviceaccounts/gone");
  assert.ok(failures < 0);
});

Deno.test("a kind that left the Katalog is swept, also when an entry failed before", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await cluster.request("POST", `${core}/configmaps`, { metadata: { name: "taken" } });
  const failing = `${
    far("map").slice(0, -1)
  }, { name: taken }]\n  serviceAccounts: [{ name: gone, namespace: kube-public }]`;
  const former = await start(cluster, [{ key: "web", box: failing }]);
  await cluster.request("POST", demos, demoOf("web"));
  await cluster.until(`${demos}/web`, (cr) => conditionOf(cr, "Synced")?.reason === "NameTaken");
  await former.stop();
  await using _present = await start(cluster, [{ key: "web", box: far("map") }]);
  await cluster.untilGone("/api/v1/namespaces/kube-public/serviceaccounts/gone");
  await cluster.until(`${demos}/web`, (cr) => conditionOf(cr, "Synced")?.message === "kinds of children: ConfigMap");
});

Deno.test("the deletion of a CR finds children of a kind that another Katalog with the same key made", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const account = "onReconcile:\n  serviceAccounts: [{ name: other, namespace: kube-public }]";
  const other = await start(cluster, [{ key: "web", box: account }], { katalog: "other" });
  await cluster.request("POST", demos, demoOf("web"));
  await cluster.until(`${demos}/web`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await other.stop();
  await using _own = await start(cluster, [{ key: "web", box: far("map") }], { katalog: "own" });
  await cluster.until(`${pub}/map`, () => true);
  await cluster.until(
    `${demos}/web`,
    (cr) => conditionOf(cr, "Synced")?.message === "kinds of children: ConfigMap, ServiceAccount",
  );
  await cluster.request("DELETE", `${demos}/web`);
  await cluster.untilGone(`${demos}/web`);
  assert.equal(await cluster.get("/api/v1/namespaces/kube-public/serviceaccounts/other"), undefined);
});

Deno.test("children of a former key are marked again, so that formerNames can be left out later", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const entry = (key: string, more: string, ...names: string[]): CrdEntry => ({
    key,
    more,
    box: `onReconcile:\n  configMaps: [${names.map((name) => `{ name: ${name} }`).join(", ")}]`,
  });
  const first = await start(cluster, [entry("old", "", "one", "two")]);
  await cluster.request("POST", demos, demoOf("web"));
  await cluster.until(`${core}/configmaps/two`, () => true);
  await first.stop();
  const second = await start(cluster, [entry("new", "formerNames: [old]", "one", "two")]);
  const key = "orkestra.orkspace.io/declared-by";
  await cluster.until(`${core}/configmaps/two`, ({ metadata }) => metadata.annotations?.[key] === "test/new");
  await second.stop();
  await using _third = await start(cluster, [entry("new", "", "one")]);
  await cluster.untilGone(`${core}/configmaps/two`);
});

Deno.test("a box does not remove the finalizer of another box of the same kind", async () => {
  let failures = 1;
  await using cluster = createCluster();
  await cluster.define("Demo");
  const boxes = ["tea", "coffee"].map((key) => ({ key, more: `labelSelector: { team: ${key} }`, box: far(key) }));
  await using _operator = await start(cluster, boxes, {
    between: async (request, forward) => {
      if (request.method !== "DELETE" || failures-- <= 0) return await forward();
      return statusResponse(500, "InternalError");
    },
  });
  await cluster.request("POST", demos, demoOf("c", {}, { team: "coffee" }));
  await cluster.until(`${demos}/c`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  await cluster.request("DELETE", `${demos}/c`);
  await cluster.untilGone(`${demos}/c`);
  assert.equal(await cluster.get(`${pub}/coffee`), undefined);
  assert.equal(failures, -1, "the deletion failed once, and was tried again");
});

Deno.test("a copy of a child, which the CR does not control, is never deleted", async () => {
  await using operator = await operatorFor({
    box: "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]",
    resync: "1h",
  });
  await operator.demo("a", {});
  const { metadata: { labels, annotations } } = await operator.until(`${core}/configmaps/one`, () => true);
  const metadata = { name: "backup", labels, annotations };
  const copy = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { x: "y" } };
  await operator.request("POST", `${core}/configmaps?fieldManager=kubectl-create`, copy);
  // The same watch shows the drift after the copy: its pass has seen both.
  await operator.request("PATCH", `${core}/configmaps/one`, { data: { a: "theirs" } }, merge);
  await operator.until(`${core}/configmaps/one`, (object) => object["data"].a === "b");
  await operator.demo("a", { again: true });
  await operator.until(`${demos}/a`, (cr) => cr["status"].observedGeneration === 2);
  assert.notEqual(await operator.get(`${core}/configmaps/backup`), undefined);
});

Deno.test("a CR that leaves the fieldSelector can still be deleted", async () => {
  await using cluster = createCluster();
  const spec = { type: "object", properties: { tier: { type: "string" } } };
  await cluster.define("Demo", { spec, selectableFields: [".spec.tier"] });
  await using operator = await start(cluster, [{
    key: "demo",
    more: "fieldSelector: { spec.tier: gold }",
    box: far("far"),
  }]);
  await cluster.request("POST", demos, demoOf("c", { tier: "gold" }));
  await cluster.until(`${demos}/c`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  const left = untilIdle(operator.messages, 1);
  await cluster.request("PATCH", `${demos}/c`, { spec: { tier: "silver" } }, merge);
  await left;
  await cluster.request("DELETE", `${demos}/c`);
  await cluster.untilGone(`${demos}/c`);
  assert.equal(await cluster.get(`${pub}/far`), undefined);
});

Deno.test("a child in another namespace is pruned, also the last one there when the box has a namespace", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const more = "namespace: default";
  await using former = await start(cluster, [{ key: "demo", more, box: far("m") }]);
  await cluster.request("POST", demos, demoOf("c"));
  await cluster.until(`${demos}/c`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  await cluster.until(`${pub}/m`, () => true);
  await former.stop();
  const box = "onReconcile:\n  configMaps: [{ name: m, data: { t: a } }]";
  await using _operator = await start(cluster, [{ key: "demo", more, box }]);
  await cluster.untilGone(`${pub}/m`);
  await cluster.until(`${core}/configmaps/m`, () => true);
  await cluster.request("DELETE", `${demos}/c`);
  await cluster.untilGone(`${demos}/c`);
});

Deno.test("a child in another namespace stays with the CR that created it, whatever other CRs declare", async () => {
  await using operator = await operatorFor({ box: far("shared"), resync: "200ms" });
  await operator.demo("a", {});
  const { metadata: { uid } } = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  await operator.demo("b", {});
  const cr = await operator.until(`${demos}/b`, (object) => conditionOf(object, "Synced") !== undefined);
  assert.equal(conditionOf(cr, "Synced")?.reason, "NameTaken");
  assert.match(conditionOf(cr, "Synced")!.message, /belongs to Demo default\/a/);
  await operator.idle(2);
  const child = await operator.get(`${pub}/shared`);
  assert.equal(child?.metadata.labels?.["orkestra.orkspace.io/owner-uid"], uid);
});

Deno.test("a child whose name is taken does not block other children", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: shared, data: { a: b } }
    - { name: "{{ .metadata.name }}-own", data: { a: b } }`;
  await using operator = await operatorFor({ box, resync: "1h" });
  await operator.demo("a", {});
  await operator.until(`${core}/configmaps/a-own`, () => true);
  await operator.demo("b", {});
  await operator.until(`${core}/configmaps/b-own`, () => true);
  const cr = await operator.until(`${demos}/b`, (object) => conditionOf(object, "Synced") !== undefined);
  assert.equal(conditionOf(cr, "Synced")?.reason, "NameTaken");
});

Deno.test("an object that satisfies an onCreate entry keeps its status, and is no Namespace to create children in", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await cluster.define("Thing");
  const things = "/apis/demo.dev/v1/namespaces/default/things";
  const theirs = { apiVersion: "demo.dev/v1", kind: "Thing", metadata: { name: "theirs" }, spec: {} };
  await cluster.request("POST", things, theirs);
  await cluster.request("PATCH", `${things}/theirs/status`, { status: { phase: "Theirs" } }, merge);
  const box = `onCreate:
  custom:
    - { apiVersion: demo.dev/v1, kind: Thing, metadata: { name: "{{ .spec.thing }}" }, status: { phase: Ours } }
    - { apiVersion: v1, kind: Namespace, metadata: { name: "{{ .spec.where }}" } }
onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-map", namespace: "{{ .spec.where }}", data: { a: b } }
    - { name: "{{ .metadata.name }}-near", data: { a: b } }`;
  await using operator = await start(cluster, [{ key: "web", box, reconciler: "resync: 200ms" }]);
  await cluster.request("POST", demos, demoOf("taken", { thing: "theirs", where: "kube-public" }));
  await cluster.request("POST", demos, demoOf("free", { thing: "ours", where: "fresh" }));
  await cluster.until(`${things}/ours`, ({ status }) => status?.phase === "Ours");
  await cluster.until("/api/v1/namespaces/fresh/configmaps/free-map", () => true);
  await cluster.until(`${core}/configmaps/taken-near`, () => true);
  await untilIdle(operator.messages, 4);
  assert.equal((await cluster.get(`${things}/theirs`))!["status"].phase, "Theirs");
  assert.equal(await cluster.get(`${pub}/taken-map`), undefined);
  assert.match(
    conditionOf(await cluster.get(`${demos}/taken`), "Ready")!.message,
    /ConfigMap taken-map is not written: this object has not made its Namespace kube-public/,
  );
});

Deno.test("an adopted Namespace is not the object's own: nothing is created there, neither at once nor later", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const box = `onReconcile:
  custom: [{ apiVersion: v1, kind: Namespace, adopt: true, metadata: { name: "{{ .spec.where }}" } }]
  configMaps:
    - { name: "{{ .metadata.name }}-map", namespace: "{{ .spec.where }}", data: { a: b } }
    - { name: "{{ .metadata.name }}-near", data: { a: b } }`;
  await using operator = await start(cluster, [{ key: "web", box, reconciler: "resync: 200ms" }]);
  await cluster.request("POST", demos, demoOf("taken", { where: "kube-public" }));
  await cluster.until(`${core}/configmaps/taken-near`, () => true);
  await untilIdle(operator.messages, 4);
  const adopted = await cluster.get("/api/v1/namespaces/kube-public");
  assert.equal(adopted!.metadata.annotations!["orkestra.orkspace.io/adopted"], "true");
  assert.equal(await cluster.get(`${pub}/taken-map`), undefined);
  const { reason, message } = conditionOf(await cluster.get(`${demos}/taken`), "Ready")!;
  assert.equal(reason, "ReconcileError");
  assert.match(message, /ConfigMap taken-map is not written: this object has not made its Namespace kube-public/);
});

Deno.test("a child that an onCreate entry adopted stays while the entry is off, until its CR is deleted", async () => {
  await using operator = await operatorFor({
    box: `onCreate:
  secrets: [{ name: legacy, adopt: true, data: { a: b }, when: [{ field: spec.use, equals: "yes" }] }]
onReconcile:
  configMaps: [{ name: one, data: { use: "{{ .spec.use }}" } }]`,
    resync: "200ms",
  });
  const legacy = { apiVersion: "v1", kind: "Secret", metadata: { name: "legacy" }, stringData: { pw: "precious" } };
  await operator.request("POST", `${core}/secrets?fieldManager=kubectl-create`, legacy);
  await operator.demo("a", { use: "yes" });
  const { metadata: { uid } } = await operator.until(
    `${core}/secrets/legacy`,
    ({ metadata }) => metadata.ownerReferences !== undefined,
  );
  await operator.demo("a", { use: "no" });
  await operator.until(`${core}/configmaps/one`, ({ data }) => data.use === "no");
  await untilIdle(operator.messages, 2);
  assert.equal((await operator.get(`${core}/secrets/legacy`))?.metadata.uid, uid);
  assert.deepEqual(changesOf(operator.messages).filter((text) => text.startsWith("deleted")), []);
});

for (const policy of ["Delete", "Retain"]) {
  Deno.test(`an object that onReconcile adopted, its condition turned false: deletionPolicy ${policy}`, async () => {
    await using operator = await operatorFor({
      box: `onReconcile:
  configMaps:
    - name: legacy
      adopt: true
      deletionPolicy: ${policy}
      data: { ours: "yes" }
      when: [{ field: spec.use, equals: "yes" }]
    - { name: one, data: { use: "{{ .spec.use }}" } }`,
    });
    const legacy = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "legacy" }, data: { theirs: "precious" } };
    const { metadata: { uid } } = await operator.request(
      "POST",
      `${core}/configmaps?fieldManager=kubectl-create`,
      legacy,
    );
    await operator.demo("a", { use: "yes" });
    await operator.until(`${core}/configmaps/legacy`, ({ data }) => data.ours === "yes" && data.theirs === "precious");
    await operator.demo("a", { use: "no" });
    if (policy === "Delete") return await operator.untilGone(`${core}/configmaps/legacy`);
    await operator.until(`${core}/configmaps/one`, ({ data }) => data.use === "no");
    await operator.request("DELETE", `${demos}/a`);
    await operator.untilGone(`${core}/configmaps/one`);
    const left = await operator.get(`${core}/configmaps/legacy`);
    assert.deepEqual([left?.metadata.uid, left?.["data"]], [uid, { theirs: "precious", ours: "yes" }]);
  });
}

Deno.test("a created-only child without controller reference does not orphan the others at the deletion", async () => {
  await using operator = await operatorFor({
    box: `onCreate:\n  secrets: [{ name: kept, data: { a: b } }]\n${far("far-map")}`,
    resync: "1h",
  });
  await operator.demo("a", {});
  await operator.until(`${core}/secrets/kept`, () => true);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  await operator.request("PATCH", `${core}/secrets/kept`, { metadata: { ownerReferences: null } }, merge);
  await operator.request("DELETE", `${demos}/a`);
  await operator.untilGone(`${demos}/a`);
  assert.equal(await operator.get(`${pub}/far-map`), undefined);
  assert.notEqual(await operator.get(`${core}/secrets/kept`), undefined);
});

Deno.test("a restore into another namespace, including managed fields, is no CR's child", async () => {
  await using operator = await operatorFor({
    box:
      `onReconcile:\n  configMaps: [{ name: near, data: { a: b } }, { name: far, namespace: kube-system, data: { a: b } }]`,
    resync: "200ms",
  });
  await operator.demo("a", {});
  for (const path of [`${core}/configmaps/near`, "/api/v1/namespaces/kube-system/configmaps/far"]) {
    const { metadata: { name, labels, annotations, managedFields } } = await operator.until(path, () => true);
    const copy = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels, annotations }, data: { x: "y" } };
    await operator.request("POST", `${pub}?fieldManager=velero`, copy);
    await operator.request("PATCH", `${pub}/${name}`, { metadata: { managedFields } }, merge);
    assert.ok(
      (await operator.get(`${pub}/${name}`))!.metadata.managedFields!.some(({ manager }) => manager === "orkestra"),
    );
  }
  await untilIdle(operator.messages, 3);
  await operator.request("DELETE", `${demos}/a`);
  await operator.untilGone(`${demos}/a`);
  for (const name of ["near", "far"]) assert.notEqual(await operator.get(`${pub}/${name}`), undefined, name);
  assert.equal(await operator.get("/api/v1/namespaces/kube-system/configmaps/far"), undefined);
});

Deno.test("a deletion that something holds for long says so in the status, without onDelete too", async () => {
  let isRefused = false;
  const clock = { ...realClock, wallMs: () => realClock.wallMs() + 20_000 };
  await using operator = await operatorFor(
    { box: far("far") },
    {},
    async (request, forward) => {
      if (!isRefused || request.method !== "DELETE") return await forward();
      return statusResponse(403, "Forbidden", { message: "no right to delete" });
    },
    { clock },
  );
  for (
    const [name, reason, message] of [
      ["held", "Deleting", /^waiting for ConfigMap far to be gone$/],
      ["refused", "DeleteError", /Cannot delete ConfigMap far in namespace kube-public: no right to delete/],
    ] as const
  ) {
    await operator.demo(name, {});
    await operator.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Ready")?.status === "True");
    isRefused = name === "refused";
    if (name === "held") await operator.request("PATCH", `${pub}/far`, { metadata: { finalizers: ["a.b/c"] } }, merge);
    await operator.request("DELETE", `${demos}/${name}`);
    const cr = await operator.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Ready")?.reason === reason);
    assert.match(conditionOf(cr, "Ready")!.message, message);
    isRefused = false;
    if (name === "held") await operator.request("PATCH", `${pub}/far`, { metadata: { finalizers: null } }, merge);
    await operator.untilGone(`${demos}/${name}`);
  }
});

Deno.test("an object that cannot be made what is declared is not taken over: it is not deleted to be recreated", async () => {
  await using operator = await operatorFor({
    box: `onReconcile:
  roleBindings:
    - name: readers
      adopt: true
      roleRef: { kind: Role, name: "{{ .spec.role }}" }
      subjects: [{ kind: ServiceAccount, name: shop }]`,
  });
  const bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "theirs" };
  const { metadata } = await operator.request("POST", bindings, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "readers", labels: { team: "theirs" } },
    roleRef,
    subjects: [],
  });
  await operator.demo("a", { role: "ours" });
  const failed = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "False");
  assert.match(
    conditionOf(failed, "Synced")!.message,
    /^Cannot take over RoleBinding readers: .*cannot change roleRef/,
  );
  const kept = await operator.get(`${bindings}/readers`);
  assert.deepEqual([kept?.metadata.uid, kept?.metadata.labels, kept?.["roleRef"]], [
    metadata.uid,
    { team: "theirs" },
    roleRef,
  ]);
  // With the role that it has it is taken over, and is a child like any other from then on.
  await operator.demo("a", { role: "theirs" });
  await operator.until(`${bindings}/readers`, (binding) => binding.metadata.labels?.["orkestra-owner"] === "a");
  assert.equal((await operator.get(`${bindings}/readers`))?.metadata.uid, metadata.uid);
  await operator.demo("a", { role: "ours" });
  await operator.until(`${bindings}/readers`, (binding) => binding["roleRef"].name === "ours");
});
