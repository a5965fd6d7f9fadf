import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { startBox, TimeLimitError } from "../../src/box/mod.ts";
import { createClusterApi } from "../../src/cluster/mod.ts";
import { recordedKinds } from "../../src/reconcile/mod.ts";
import { statusResponse } from "../support/api_double.ts";
import { realClock } from "../support/clock.ts";
import { boxOf } from "../support/plans.ts";
import { waitFor } from "../support/wait_for.ts";
import {
  type Cluster,
  conditionOf,
  type CrdOptions,
  createCluster,
  demoOf,
  demos,
  type Running,
  start,
  type StartOptions,
} from "./operator.ts";

// `operatorBox.onDelete` on an API server: what is done before a CR goes, in which order, and what ends it.

const jobs = "/apis/batch/v1/namespaces/default/jobs";
const maps = "/api/v1/namespaces/default/configmaps";
const merge = "application/merge-patch+json";
const finalizer = "demo.orkestra.orkspace.io/cleanup";
const children = `onReconcile:
  configMaps:
  - { name: "{{ .metadata.name }}-front", data: { a: b } }
  - { name: "{{ .metadata.name }}-back", data: { a: b } }
`;

interface Stage extends Cluster {
  /** Starts an operator with this `operatorBox`; the one before is stopped. */
  operate(box: string, options?: StartOptions & { readonly more?: string }): Promise<Running>;
  /** Writes of all operators, in their order: `POST jobs`, `DELETE configmaps/shop-back`, `PATCH demos/shop/status`. */
  readonly writes: string[];
  /** Creates a Demo, and waits until it has been reconciled. */
  create(name?: string, spec?: unknown): Promise<void>;
  remove(query?: string): Promise<void>;
  /** Waits for an object that may not be there yet. */
  untilThere(path: string, is?: (object: KubeObject) => boolean): Promise<KubeObject>;
  /** Waits for the message of `Ready`. */
  untilReady(pattern: RegExp): Promise<KubeObject>;
  events(reason: string): Promise<KubeObject[]>;
  finishJob(name: string, how: "Complete" | "Failed", namespace?: string): Promise<void>;
}

async function stageFor(box: string, crd: CrdOptions = {}): Promise<Stage> {
  const cluster = createCluster({ simulateWorkloads: false });
  const { request } = cluster;
  await cluster.define("Demo", crd);
  const writes: string[] = [];
  let operator: Running | undefined;
  const stage: Stage = {
    ...cluster,
    writes,
    async operate(box, { between, more = "", ...rest } = {}) {
      await operator?.stop();
      return operator = await start(cluster, [{ key: "demo", box, more, reconciler: "resync: 1s" }], {
        ...rest,
        between: (call, forward) => {
          const { pathname } = new URL(call.url);
          const path = pathname.replace(/^.*\/namespaces\/[^/]+\/(?=.)/, "");
          if (call.method !== "GET" && !path.includes("events")) writes.push(`${call.method} ${path}`);
          return between === undefined ? forward() : between(call, forward);
        },
      });
    },
    async create(name = "shop", spec = {}) {
      await request("POST", demos, demoOf(name, spec));
      await cluster.until(
        `${demos}/${name}`,
        (cr) => cr["status"]?.observedGeneration === 1 && cr.metadata.finalizers?.includes(finalizer) === true,
      );
    },
    remove: async (query = "") => void await request("DELETE", `${demos}/shop${query}`),
    untilThere: (path, is = () => true) =>
      waitFor(`${path} is there`, async () => {
        const object = await cluster.get(path);
        return object !== undefined && is(object) ? object : undefined;
      }, { timeoutMs: 20_000 }),
    untilReady: (pattern) =>
      cluster.until(`${demos}/shop`, (cr) => pattern.test(conditionOf(cr, "Ready")?.message ?? "")),
    async events(reason) {
      const { items } = await request("GET", "/apis/events.k8s.io/v1/namespaces/default/events");
      return items!.filter((event) => event["reason"] === reason);
    },
    async finishJob(name, how, namespace = "default") {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
      const { status } = await request("GET", path);
      const time = "2026-01-01T00:00:00Z";
      const [before, reason] = how === "Complete"
        ? ["SuccessCriteriaMet", "CompletionsReached"]
        : ["FailureTarget", "BackoffLimitExceeded"];
      const conditions = [before, how].map((type) => ({
        type,
        status: "True",
        reason,
        message: "as the test says",
        lastTransitionTime: time,
        lastProbeTime: time,
      }));
      const more = how === "Complete" ? { completionTime: time, succeeded: 1 } : { failed: 1 };
      await request(
        "PATCH",
        `${path}/status`,
        { status: { ...status, startTime: time, ...more, conditions } },
        merge,
      );
    },
    async [Symbol.asyncDispose]() {
      await operator?.stop();
      await cluster[Symbol.asyncDispose]();
    },
  };
  await stage.operate(box);
  return stage;
}

/** What an operator did besides the statuses. */
const acts = (writes: readonly string[]) => writes.filter((write) => !write.endsWith("/status"));

Deno.test("without an order Jobs run while named objects go, and the CR goes when both are done", async () => {
  await using stage = await stageFor(`${children}onDelete:
  jobs: [{ name: "{{ .metadata.name }}-drain", image: app, backoffLimit: 0 }]
  configMaps: [{ name: "{{ .metadata.name }}-front" }]`);
  await stage.create();
  stage.writes.length = 0;
  await stage.remove();
  const cr = await stage.untilReady(/waiting for Job shop-drain to complete$/);
  const ready = conditionOf(cr, "Ready")!;
  assert.deepEqual([ready.status, ready.reason], ["False", "Deleting"]);
  const job = await stage.request("GET", `${jobs}/shop-drain`);
  assert.equal(job.metadata.ownerReferences?.[0]?.uid, cr.metadata.uid);
  await stage.untilGone(`${maps}/shop-front`);
  assert.ok(await stage.get(`${maps}/shop-back`) !== undefined, "a child that no entry names stays");
  await stage.finishJob("shop-drain", "Complete");
  for (const path of [`${demos}/shop`, `${jobs}/shop-drain`, `${maps}/shop-back`]) await stage.untilGone(path);
  assert.deepEqual(acts(stage.writes).sort(), ["DELETE configmaps/shop-front", "PATCH demos/shop", "POST jobs"]);
  const [deleting] = await stage.events("Deleting");
  assert.match(deleting!["note"], /^(?:Created|Deleted) .*; waiting for .*Job shop-drain to complete/);
  assert.equal((await stage.events("Deleted")).length, 1);
});

const ordered = `${children}onDelete:
  ordered: true
  groups:
  - name: backup
    jobs: [{ name: "{{ .metadata.name }}-backup", image: app }]
    configMaps: [{ name: "{{ .metadata.name }}-front" }]
  - when: [{ field: spec.skipped, notEquals: "true" }]
    configMaps: [{ name: "{{ .metadata.name }}-back" }]
`;

Deno.test("groups follow each other, and in a group the Jobs come first", async () => {
  await using stage = await stageFor(`${ordered}  - jobs: [{ name: "{{ .metadata.name }}-last", image: app }]`);
  await stage.create();
  stage.writes.length = 0;
  await stage.remove();
  await stage.untilReady(/waiting for Job shop-backup to complete \(group "backup"\)/);
  // A child that cannot go yet holds its group.
  const held = { metadata: { finalizers: ["test.dev/hold"] } };
  await stage.request("PATCH", `${maps}/shop-front`, held, merge);
  await stage.finishJob("shop-backup", "Complete");
  await stage.untilReady(/waiting for ConfigMap shop-front to be gone/);
  const back = await stage.request("GET", `${maps}/shop-back`);
  assert.equal(back.metadata.deletionTimestamp, undefined, "the next group has begun");
  await stage.request("PATCH", `${maps}/shop-front`, { metadata: { finalizers: null } }, merge);
  await stage.untilReady(/waiting for Job shop-last to complete \(groups\[2\]\)/);
  assert.equal(await stage.get(`${maps}/shop-back`), undefined);
  await stage.finishJob("shop-last", "Complete");
  await stage.untilGone(`${demos}/shop`);
  assert.deepEqual(acts(stage.writes), [
    "POST jobs",
    "DELETE configmaps/shop-front",
    "DELETE configmaps/shop-back",
    "POST jobs",
    "PATCH demos/shop",
  ]);
});

Deno.test("a group whose condition is false is skipped", async () => {
  await using stage = await stageFor(ordered);
  await stage.create("shop", { skipped: true });
  stage.writes.length = 0;
  await stage.remove();
  await stage.untilReady(/shop-backup/);
  await stage.finishJob("shop-backup", "Complete");
  await stage.untilGone(`${demos}/shop`);
  assert.equal(acts(stage.writes).includes("DELETE configmaps/shop-back"), false);
});

Deno.test("a condition that turns false ends the wait for a failed Job", async () => {
  await using stage = await stageFor(`${children}onDelete:
  jobs: [{ name: "{{ .metadata.name }}-drain", image: app, when: [{ field: spec.force, notEquals: "true" }] }]`);
  await stage.create();
  await stage.remove();
  await stage.untilReady(/shop-drain/);
  await stage.finishJob("shop-drain", "Failed");
  await stage.untilReady(/shop-drain failed/);
  await stage.request("PATCH", `${demos}/shop`, { spec: { force: "true" } }, merge);
  await stage.untilGone(`${demos}/shop`);
});

Deno.test("only what is the CR's own is deleted, and what is named goes although it is retained", async () => {
  await using stage = await stageFor(`onReconcile:
  configMaps: [{ name: "{{ .metadata.name }}-kept", deletionPolicy: Retain, data: { a: b } }]
onDelete:
  configMaps: [{ name: "{{ .metadata.name }}-kept" }, { name: foreign }, { name: other-mine }]`);
  const foreign = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "foreign" } };
  await stage.request("POST", maps, foreign);
  await stage.create();
  await stage.create("other");
  await stage.remove();
  await stage.untilGone(`${demos}/shop`);
  assert.equal(await stage.get(`${maps}/shop-kept`), undefined);
  assert.ok(await stage.get(`${maps}/foreign`) !== undefined);
  assert.ok(await stage.get(`${maps}/other-kept`) !== undefined, "of another CR");
});

Deno.test("a failed Job keeps the CR with its reason, and runs again once it is deleted", async () => {
  await using stage = await stageFor(ordered);
  await stage.create();
  await stage.remove();
  await stage.untilReady(/shop-backup/);
  await stage.finishJob("shop-backup", "Failed");
  const cr = await stage.untilReady(/Job shop-backup failed: BackoffLimitExceeded: as the test says/);
  assert.equal(conditionOf(cr, "Ready")!.reason, "DeleteError");
  await waitFor("an Event", async () => (await stage.events("DeleteError")).length > 0);
  assert.ok(await stage.get(`${maps}/shop-front`) !== undefined, "nothing of the group goes");
  const { metadata: { uid } } = await stage.request("GET", `${jobs}/shop-backup`);
  await stage.request("DELETE", `${jobs}/shop-backup?propagationPolicy=Background`);
  await stage.untilThere(`${jobs}/shop-backup`, (job) => job.metadata.uid !== uid);
  await stage.finishJob("shop-backup", "Complete");
  await stage.untilGone(`${demos}/shop`);
});

Deno.test("at the deadline the CR goes, and an Event says what remains", async () => {
  await using stage = await stageFor(
    `${children.replace("a: b }", "a: b }, namespace: kube-public")}${
      ordered.slice(children.length).replace("ordered: true", "ordered: true\n  timeout: 2s")
    }`,
  );
  await stage.create();
  await stage.remove();
  await stage.untilGone(`${demos}/shop`);
  const [event] = await waitFor("the Event", async () => {
    const events = await stage.events("DeletionTimedOut");
    return events.length > 0 ? events : undefined;
  });
  assert.equal(event!["type"], "Warning");
  assert.match(event!["note"], /waiting for Job shop-backup to complete, ConfigMap shop-front to be gone/);
  await stage.untilGone("/api/v1/namespaces/kube-public/configmaps/shop-front");
  assert.deepEqual(await stage.events("Deleted"), []);
});

Deno.test("at the deadline a Job that could not be created is not reported as awaited", async () => {
  await using stage = await stageFor(`${children}onDelete:
  timeout: 2s
  jobs: [{ name: last, namespace: missing, image: app }]`);
  await stage.create();
  await stage.remove();
  await stage.untilReady(/Cannot create Job last in namespace missing: that namespace does not exist/);
  await stage.untilGone(`${demos}/shop`);
  const [event] = await waitFor("the Event", async () => {
    const events = await stage.events("DeletionTimedOut");
    return events.length > 0 ? events : undefined;
  });
  assert.match(event!["note"], /left undone: Job last was not run$/);
});

const broken: [what: string, entry: string, message: RegExp][] = [
  ["a name", `jobs: [{ name: "{{ index .spec.none 3 }}", image: app }]`, /onDelete\.jobs\[0\]: .*index/],
  ["a field", `jobs: [{ name: "{{ .metadata.name }}-x", image: "{{ .spec.text.deep }}" }]`, /onDelete\.jobs\[0\]/],
  [
    "a condition",
    `jobs: [{ name: a, image: app, when: [{ field: "{{ .spec.text.deep }}", equals: x }] }]`,
    /condition cannot be evaluated/,
  ],
  ["forEach", `jobs: [{ name: "{{ .item }}", image: app, forEach: { field: spec.text } }]`, /neither a list nor a map/],
  [
    "the condition of the block",
    `jobs: [{ name: a, image: app }]\n  when: [{ field: "{{ .spec.text.deep }}" }]`,
    /evaluated/,
  ],
];
for (const [what, entry, message] of broken) {
  Deno.test(`${what} that cannot be evaluated fails its entry alone, and the deadline ends the deletion`, async () => {
    await using stage = await stageFor(`${children}onDelete:
  timeout: 3s
  ${entry}
  configMaps: [{ name: "{{ .metadata.name }}-front" }]`);
    await stage.create("shop", { text: "scalar" });
    await stage.remove();
    const cr = await stage.untilReady(message);
    assert.equal(conditionOf(cr, "Ready")!.reason, "DeleteError");
    if (!what.includes("block")) await stage.untilGone(`${maps}/shop-front`);
    await stage.untilGone(`${demos}/shop`);
    await waitFor("the Event", async () => (await stage.events("DeletionTimedOut")).length === 1);
  });
}

Deno.test("what cannot be rendered any more counts by what is on the cluster", async () => {
  await using stage = await stageFor(`${children}onDelete:
  ordered: true
  groups:
  - configMaps: [{ name: "{{ index .spec.names 3 }}-none" }]
  - jobs: [{ name: "{{ .metadata.name }}-drain", image: "{{ .spec.image.deep }}" }]`);
  await stage.create("shop", { names: ["a", "b", "c", "d"], image: { deep: "app" } });
  await stage.remove();
  await stage.untilReady(/shop-drain/);
  await stage.request("PATCH", `${demos}/shop`, { spec: { image: "scalar" } }, merge);
  await stage.finishJob("shop-drain", "Complete");
  await stage.untilGone(`${demos}/shop`);
});

Deno.test("another process continues where the last one ended, and runs no Job twice", async () => {
  await using stage = await stageFor(ordered);
  await stage.create();
  await stage.remove();
  await stage.untilReady(/shop-backup/);
  await stage.operate(ordered);
  await stage.finishJob("shop-backup", "Complete");
  await stage.untilGone(`${demos}/shop`);
  assert.equal(stage.writes.filter((write) => write === "POST jobs").length, 1);
});

Deno.test("a Job that completed is on record, and does not run again when it is gone", async () => {
  await using stage = await stageFor(ordered);
  await stage.create();
  await stage.request("PATCH", `${maps}/shop-front`, { metadata: { finalizers: ["test.dev/hold"] } }, merge);
  await stage.remove();
  await stage.untilReady(/shop-backup/);
  await stage.finishJob("shop-backup", "Complete");
  const cr = await stage.untilReady(/shop-front to be gone/);
  assert.equal(conditionOf(cr, "DeletionJobs")?.message, "completed: default/shop-backup");
  await stage.request("DELETE", `${jobs}/shop-backup?propagationPolicy=Background`);
  await stage.untilGone(`${jobs}/shop-backup`);
  await stage.operate(ordered);
  await stage.request("PATCH", `${maps}/shop-front`, { metadata: { finalizers: null } }, merge);
  await stage.untilGone(`${demos}/shop`);
  assert.equal(stage.writes.filter((write) => write === "POST jobs").length, 1);
});

for (const status of [true, false]) {
  Deno.test(`a Job elsewhere runs once and goes with the finalizer, ${status ? "on record" : "without any status"}`, async () => {
    await using stage = await stageFor(
      `onDelete:
  jobs: [{ name: "{{ .metadata.name }}-far", namespace: kube-public, image: app }]`,
      { status },
    );
    await stage.request("POST", demos, demoOf("shop"));
    await stage.until(`${demos}/shop`, (cr) => cr.metadata.finalizers?.includes(finalizer) === true);
    await stage.remove();
    const path = "/apis/batch/v1/namespaces/kube-public/jobs/shop-far";
    const job = await stage.untilThere(path);
    assert.equal(job.metadata.ownerReferences, undefined);
    await stage.finishJob("shop-far", "Complete", "kube-public");
    await stage.untilGone(`${demos}/shop`);
    await stage.untilGone(path);
    assert.equal(stage.writes.filter((write) => write === "POST jobs").length, 1);
  });
}

Deno.test("a Job of a former object of this name does not count, nor does a child of that name", async () => {
  await using stage = await stageFor(`${children}onDelete:
  jobs: [{ name: "{{ .metadata.name }}-drain", image: app }, { name: taken, image: app }]`);
  const owner = { apiVersion: "demo.dev/v1", kind: "Demo", name: "shop", uid: "former", controller: true };
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } };
  for (const [name, ownerReferences] of [["shop-drain", [owner]], ["taken", []]] as const) {
    const metadata = { name, ownerReferences, finalizers: ["test.dev/hold"] };
    await stage.request("POST", jobs, { apiVersion: "batch/v1", kind: "Job", metadata, spec: { template } });
  }
  const before = (await stage.get(`${jobs}/shop-drain`))?.metadata.uid;
  await stage.create();
  await stage.remove();
  await stage.untilReady(/Job taken is there already/);
  for (const name of ["shop-drain", "taken"]) {
    await stage.request("PATCH", `${jobs}/${name}`, { metadata: { finalizers: null } }, merge);
    if (await stage.get(`${jobs}/${name}`) !== undefined) {
      await stage.request("DELETE", `${jobs}/${name}?propagationPolicy=Background`);
    }
  }
  for (const name of ["shop-drain", "taken"]) {
    await stage.untilThere(
      `${jobs}/${name}`,
      ({ metadata }) => metadata.uid !== before && metadata.annotations?.["orkestra.orkspace.io/on-delete"] === "true",
    );
    await stage.finishJob(name, "Complete");
  }
  await stage.untilGone(`${demos}/shop`);
});

/** A Job that somebody has made by hand. */
const somebodysJob = (name: string) => {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template } };
};

Deno.test("a taken name of a Job is reported as such, is no failure of the box, and is tried until it is free", async () => {
  await using cluster = createCluster({ simulateWorkloads: false });
  await cluster.define("Demo");
  const box = 'onDelete:\n  jobs: [{ name: "{{ .metadata.name }}-drain", image: app }]';
  // No resync: only the retry finds that a name is free.
  await using operator = await start(cluster, [{ key: "demo", box, reconciler: "resync: 1h" }]);
  const { request } = cluster;
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) {
    await request("POST", `${jobs}?fieldManager=kubectl-create`, somebodysJob(`${name}-drain`));
    await request("POST", demos, demoOf(name));
    await cluster.until(`${demos}/${name}`, (cr) => cr.metadata.finalizers?.includes(finalizer) === true);
  }
  const before = (await request("GET", `${jobs}/a-drain`)).metadata.uid;
  for (const name of names) await request("DELETE", `${demos}/${name}`);
  for (const name of names) {
    const cr = await cluster.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Ready")?.reason === "NameTaken");
    assert.equal(
      conditionOf(cr, "Ready")!.message,
      `onDelete.jobs[0]: Job ${name}-drain is there already, made by kubectl-create; delete it, declare another name, ` +
        "or wait for the deadline of onDelete, at which this object goes without the Job",
      "and nothing says that the Job is waited for",
    );
  }
  const events = await waitFor("an Event for each", async () => {
    const { items } = await request("GET", "/apis/events.k8s.io/v1/namespaces/default/events");
    return items!.filter(({ reason }) => reason === "NameTaken").length === names.length && items!;
  });
  assert.ok(events.filter(({ reason }) => reason === "NameTaken").every(({ type }) => type === "Warning"));
  assert.deepEqual(events.filter(({ reason }) => reason === "Deleting" || reason === "DeleteError"), []);
  const { state, failedReconciles } = operator.runtime.health().get("demo")!;
  assert.deepEqual([state, failedReconciles], ["healthy", 0]);

  await request("DELETE", `${jobs}/a-drain?propagationPolicy=Background`);
  await waitFor("the Job of onDelete", async () => {
    const job = await cluster.get(`${jobs}/a-drain`);
    return job !== undefined && job.metadata.uid !== before;
  });
  assert.equal((await request("GET", `${jobs}/b-drain`)).metadata.annotations, undefined, "the others are left alone");
});

Deno.test("a taken name of a Job keeps the CR until the deadline, and the object in its way stays", async () => {
  await using stage = await stageFor("onDelete:\n  timeout: 2s\n  jobs: [{ name: taken, image: app }]");
  await stage.request("POST", jobs, somebodysJob("taken"));
  await stage.create();
  await stage.remove();
  await stage.untilReady(/^onDelete\.jobs\[0\]: Job taken is there already/);
  await stage.untilGone(`${demos}/shop`);
  const [event] = await waitFor("the Event", async () => {
    const events = await stage.events("DeletionTimedOut");
    return events.length > 0 ? events : undefined;
  });
  assert.match(event!["note"], /left undone: .*Job taken/);
  const { metadata } = await stage.request("GET", `${jobs}/taken`);
  assert.deepEqual([metadata.ownerReferences, metadata.deletionTimestamp], [undefined, undefined]);
});

Deno.test("a name that is taken and a Job that is refused are reported together, and a failure of the API server counts", async () => {
  await using stage = await stageFor(`onDelete:
  jobs: [{ name: taken, image: app }, { name: refused, image: app }]`);
  await stage.request("POST", jobs, somebodysJob("taken"));
  await stage.create();
  const running = await stage.operate(
    `onDelete:
  jobs: [{ name: taken, image: app }, { name: refused, image: app }]`,
    {
      between: async (request, forward) =>
        request.method === "POST" && (await request.clone().text()).includes('"refused"')
          ? statusResponse(403, "Forbidden")
          : await forward(),
    },
  );
  await stage.remove();
  const cr = await stage.untilReady(/Job taken is there already.*Cannot create Job refused/);
  assert.equal(conditionOf(cr, "Ready")!.reason, "DeleteError");
  await waitFor("a failure", () => running.runtime.health().get("demo")!.failedReconciles > 0);
});

Deno.test("--cascade=orphan keeps everything: no Job is run and nothing is deleted", async () => {
  await using stage = await stageFor(ordered);
  await stage.create();
  stage.writes.length = 0;
  await stage.remove("?propagationPolicy=Orphan");
  await stage.untilGone(`${demos}/shop`);
  assert.deepEqual(acts(stage.writes), ["PATCH demos/shop"]);
  for (const name of ["shop-front", "shop-back"]) assert.ok(await stage.get(`${maps}/${name}`) !== undefined);
});

Deno.test("after --cascade=foreground the Jobs wait for the garbage collector, which would take them along", async () => {
  await using stage = await stageFor(ordered);
  await stage.create();
  await stage.request("PATCH", `${maps}/shop-front`, { metadata: { finalizers: ["test.dev/hold"] } }, merge);
  await stage.remove("?propagationPolicy=Foreground");
  await stage.untilReady(/waiting for the garbage collector/);
  await stage.request("PATCH", `${maps}/shop-front`, { metadata: { finalizers: null } }, merge);
  await stage.untilReady(/shop-backup/);
  await stage.finishJob("shop-backup", "Complete");
  await stage.untilGone(`${demos}/shop`);
});

Deno.test("CRs that were there before get the finalizer, and lose it with an onDelete that is gone", async () => {
  await using stage = await stageFor(children);
  await stage.request("POST", demos, demoOf("shop"));
  await stage.until(`${demos}/shop`, (cr) => cr["status"]?.observedGeneration === 1);
  assert.equal((await stage.request("GET", `${demos}/shop`)).metadata.finalizers, undefined);
  await stage.operate(ordered);
  await stage.until(`${demos}/shop`, (cr) => cr.metadata.finalizers?.includes(finalizer) === true);
  await stage.remove();
  await stage.untilReady(/shop-backup/);
  // The Katalog loses it in the middle: what was begun goes with the CR.
  await stage.operate(children);
  await stage.untilGone(`${demos}/shop`);
  await stage.untilGone(`${jobs}/shop-backup`);
});

Deno.test("a Job with another name in the next Katalog runs under that, and the former one goes with the CR", async () => {
  await using stage = await stageFor(ordered);
  await stage.create();
  await stage.remove();
  await stage.untilReady(/shop-backup/);
  await stage.operate(ordered.replace("-backup", "-saved"));
  await stage.untilReady(/waiting for Job shop-saved to complete/);
  await stage.finishJob("shop-saved", "Complete");
  for (const path of [`${demos}/shop`, `${jobs}/shop-saved`, `${jobs}/shop-backup`]) await stage.untilGone(path);
});

Deno.test("a namespace that is being deleted is not held by a Job that cannot be created there", async () => {
  await using stage = await stageFor(`onDelete:
  jobs: [{ name: "{{ .metadata.name }}-drain", image: app }]`);
  await stage.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "team" },
  });
  const path = "/apis/demo.dev/v1/namespaces/team/demos";
  await stage.request("POST", path, demoOf("shop"));
  await stage.until(`${path}/shop`, (cr) => cr.metadata.finalizers?.includes(finalizer) === true);
  await stage.request("DELETE", "/api/v1/namespaces/team");
  await stage.untilGone("/api/v1/namespaces/team");
});

Deno.test("a status that may not be written holds no deletion beyond its deadline", async () => {
  await using stage = await stageFor(children);
  const box = ordered.replace("ordered: true", "ordered: true\n  timeout: 2s");
  let isForbidden = false;
  await stage.operate(box, {
    between: async (request, forward) => {
      const isStatus = request.method === "PATCH" && new URL(request.url).pathname.endsWith("/status");
      return isForbidden && isStatus ? statusResponse(403, "Forbidden") : await forward();
    },
  });
  await stage.create();
  isForbidden = true;
  await stage.remove();
  await stage.untilGone(`${demos}/shop`);
  await waitFor("the Event", async () => (await stage.events("DeletionTimedOut")).length === 1);
});

Deno.test("children of a former Katalog that cannot be looked for hold no deletion beyond its deadline", async () => {
  const far = 'onReconcile:\n  secrets: [{ name: "{{ .metadata.name }}-far", namespace: kube-public, data: { a: b } }]';
  await using stage = await stageFor(far);
  await stage.create();
  await stage.operate("onDelete:\n  timeout: 2s\n  configMaps: [{ name: none }]", {
    between: async (request, forward) =>
      request.method === "GET" && new URL(request.url).pathname.endsWith("/secrets")
        ? statusResponse(500, "InternalError")
        : await forward(),
  });
  await stage.remove();
  await stage.untilGone(`${demos}/shop`);
  const [event] = await waitFor("the Event", async () => {
    const events = await stage.events("DeletionTimedOut");
    return events.length > 0 ? events : undefined;
  });
  assert.match(event!["note"], /Cannot look for children that the last Katalog made/);
});

Deno.test("a former kind that cannot be listed keeps neither other kinds nor other work waiting, and stays on record", async () => {
  const at = '"{{ .metadata.name }}-far", namespace: kube-public';
  const far = `onReconcile:\n  secrets: [{ name: ${at}, data: { a: b } }]\n  serviceAccounts: [{ name: ${at} }]`;
  await using stage = await stageFor(far);
  await stage.create();
  const root = "/api/v1/namespaces/kube-public";
  for (const plural of ["secrets", "serviceaccounts"]) await stage.untilThere(`${root}/${plural}/shop-far`);
  // As kube-apiserver responds while the watch cache of a kind does not get ready: its conversion webhook is gone.
  const unready = {
    ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: "TooManyRequests", code: 429 },
    ...{ message: "storage is (re)initializing", details: { retryAfterSeconds: 30 } },
  };
  let isReady = false;
  await stage.operate(children, {
    between: async (request, forward) =>
      !isReady && request.method === "GET" && new URL(request.url).pathname.endsWith("/secrets")
        ? Response.json(unready, { status: 429, headers: { "retry-after": "30" } })
        : await forward(),
  });
  await stage.untilGone(`${root}/serviceaccounts/shop-far`);
  await stage.untilThere(`${maps}/shop-front`);
  const kindsOf = (cr: KubeObject) => recordedKinds(cr)?.filter((kind) => kind.startsWith("Se"));
  await stage.until(`${demos}/shop`, (cr) => kindsOf(cr)?.join() === "Secret");
  await stage.request("GET", `${root}/secrets/shop-far`);
  isReady = true;
  await stage.untilGone(`${root}/secrets/shop-far`);
  await stage.until(`${demos}/shop`, (cr) => kindsOf(cr)?.length === 0);
});

Deno.test("templates that take too long fail what is left to do, and the deadline ends the deletion", async () => {
  await using cluster = createCluster({ simulateWorkloads: false });
  await cluster.define("Demo");
  const plan = boxOf("onDelete: {timeout: 3s, jobs: [{name: drain, image: app}]}\n");
  const type = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };
  let isTooLong = false;
  const box = startBox({
    ...plan,
    type,
    watches: plan.watches.map((watch) => watch.role === "crs" ? { ...watch, type } : watch),
  }, {
    api: createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
      clock: realClock,
      random: Math.random,
      userAgent: "test",
      fetch: (url, init) => cluster.sandbox.fetch(new Request(url, init)),
    }),
    clock: realClock,
    random: Math.random,
    component: "test",
    instance: "test",
    report: () => {},
    bounded: (run) => {
      if (isTooLong) throw new TimeLimitError(1);
      return run();
    },
  });
  try {
    await box.lead("all");
    await cluster.request("POST", demos, demoOf("shop"));
    await cluster.until(`${demos}/shop`, (cr) => cr.metadata.finalizers !== undefined && cr["status"] !== undefined);
    isTooLong = true;
    await cluster.request("DELETE", `${demos}/shop`);
    const cr = await cluster.until(`${demos}/shop`, (cr) => conditionOf(cr, "Ready")?.reason === "DeleteError");
    assert.match(conditionOf(cr, "Ready")!.message, /^onDelete: Cannot evaluate the object: /);
    await cluster.untilGone(`${demos}/shop`);
    assert.equal(await cluster.get(`${jobs}/drain`), undefined);
  } finally {
    await box.stop(0);
  }
});
