import assert from "node:assert/strict";
import { type Api, type Body } from "./api.ts";
import { conformanceTest } from "./both.ts";

const labels = { app: "web" };
const withNodes = { nodes: true };
const deploymentsOf = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

function deployment(more: object = {}, image = "image:1"): object {
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image }] } };
  return { metadata: { name: "web" }, spec: { replicas: 2, selector: { matchLabels: labels }, template, ...more } };
}

/** Rolled out: every replica is of the newest template and available. */
function isComplete({ metadata, spec, status }: Body): boolean {
  return status.observedGeneration === metadata.generation && status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas && status.availableReplicas === spec.replicas;
}

const condition = (object: Body, type: string) => object.status.conditions?.find((each: Body) => each.type === type);

conformanceTest("a Deployment becomes available, and says so as its controller does", async ({ api, namespace }) => {
  const path = `${deploymentsOf(namespace)}/web`;
  await api.create(deploymentsOf(namespace), deployment());
  const done = await api.until("it is rolled out", path, isComplete);
  assert.equal(done.status.readyReplicas, 2);
  assert.equal(done.status.unavailableReplicas, undefined);
  assert.equal(done.metadata.generation, 1, "statuses and annotations of the controller do not change the generation");
  const available = await api.until("available", path, (object) => condition(object, "Available")?.status === "True");
  assert.equal(condition(available, "Available").reason, "MinimumReplicasAvailable");
  const progressed = await api.until(
    "progressed",
    path,
    (object) => condition(object, "Progressing")?.reason === "NewReplicaSetAvailable",
  );
  assert.equal(condition(progressed, "Progressing").status, "True");
  assert.equal(progressed.metadata.annotations["deployment.kubernetes.io/revision"], "1");
}, withNodes);

conformanceTest("a Deployment owns a ReplicaSet, which owns Pods", async ({ api, namespace }) => {
  const created = await api.create(deploymentsOf(namespace), deployment());
  await api.until("it is rolled out", `${deploymentsOf(namespace)}/web`, isComplete);
  const sets = await api.get(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
  assert.equal(sets.items.length, 1);
  const [owner] = sets.items[0].metadata.ownerReferences;
  assert.deepEqual(owner, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "web",
    uid: created.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  });
  const hash = sets.items[0].metadata.labels["pod-template-hash"];
  assert.ok(hash);
  const pods = await api.get(
    `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dweb,pod-template-hash%3D${hash}`,
  );
  assert.equal(pods.items.length, 2);
  for (const pod of pods.items) {
    assert.equal(pod.metadata.ownerReferences[0].uid, sets.items[0].metadata.uid);
    assert.equal(pod.status.phase, "Running");
    assert.ok(pod.spec.nodeName);
    assert.equal(condition(pod, "Ready").status, "True");
  }
}, withNodes);

conformanceTest("a new image rolls out, and the old Pods go", async ({ api, namespace }) => {
  const path = `${deploymentsOf(namespace)}/web`;
  await api.create(deploymentsOf(namespace), deployment());
  await api.until("it is rolled out", path, isComplete);
  const changed = await api.patch("strategic", path, {
    spec: { template: { spec: { containers: [{ name: "main", image: "image:2" }] } } },
  });
  assert.equal(changed.metadata.generation, 2);
  const done = await api.until("the second template is rolled out", path, isComplete);
  assert.equal(done.status.observedGeneration, 2);
  const running = await api.get(`/api/v1/namespaces/${namespace}/pods`);
  const alive = running.items.filter(({ metadata }: Body) => metadata.deletionTimestamp === undefined);
  assert.ok(alive.every(({ spec }: Body) => spec.containers[0].image === "image:2"));
}, withNodes);

conformanceTest("a Deployment scales through its scale, to none and back", async ({ api, namespace }) => {
  const path = `${deploymentsOf(namespace)}/web`;
  await api.create(deploymentsOf(namespace), deployment());
  await api.until("it is rolled out", path, isComplete);
  const scale = await api.patch("merge", `${path}/scale`, { spec: { replicas: 0 } });
  assert.equal(scale.kind, "Scale");
  assert.equal(scale.spec.replicas, undefined, "a count of none is left out");
  const none = await api.until(
    "none is left",
    path,
    ({ metadata, status }) => status.observedGeneration === metadata.generation && status.replicas === undefined,
  );
  assert.equal(none.status.availableReplicas, undefined, "a count of none is not shown");
  await api.patch("merge", path, { spec: { replicas: 1 } });
  await api.until("one is there", path, isComplete);
}, withNodes);

conformanceTest("a deleted Pod is replaced", async ({ api, namespace }) => {
  const path = `${deploymentsOf(namespace)}/web`;
  await api.create(deploymentsOf(namespace), deployment({ replicas: 1 }));
  await api.until("it is rolled out", path, isComplete);
  const [pod] = (await api.get(`/api/v1/namespaces/${namespace}/pods`)).items;
  await api.remove(`/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`);
  await api.untilGone(`/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`);
  await api.until("another is ready", path, isComplete);
}, withNodes);

conformanceTest("deleting a Deployment takes ReplicaSets and Pods with it", async ({ api, namespace }) => {
  await api.create(deploymentsOf(namespace), deployment());
  await api.until("it is rolled out", `${deploymentsOf(namespace)}/web`, isComplete);
  await api.remove(`${deploymentsOf(namespace)}/web`);
  await untilEmpty(api, `/apis/apps/v1/namespaces/${namespace}/replicasets`);
  await untilEmpty(api, `/api/v1/namespaces/${namespace}/pods`);
}, withNodes);

async function untilEmpty(api: Api, path: string): Promise<void> {
  await api.until(`${path} is empty`, path, ({ items }) => items.length === 0);
}

const oneShot = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "image:1" }] } };

conformanceTest("a Job completes", async ({ api, namespace }) => {
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  // How the simulated nodes of a test cluster know that a Pod ends.
  const metadata = { labels: { job: "once" }, annotations: { "pod-complete.stage.kwok.x-k8s.io": "true" } };
  await api.create(jobs, { metadata: { name: "once" }, spec: { template: { metadata, ...oneShot } } });
  const done = await api.until(
    "it is complete",
    `${jobs}/once`,
    (job) => condition(job, "Complete")?.status === "True",
  );
  assert.equal(done.status.succeeded, 1);
  assert.ok(done.status.startTime);
  assert.ok(done.status.completionTime);
  assert.equal(condition(done, "Complete").reason, "CompletionsReached");
  assert.equal(condition(done, "SuccessCriteriaMet").status, "True");
  assert.equal(done.status.active, undefined);
}, withNodes);

conformanceTest("a suspended Job waits", async ({ api, namespace }) => {
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  await api.create(jobs, { metadata: { name: "later" }, spec: { suspend: true, template: oneShot } });
  await api.until("it is suspended", `${jobs}/later`, (job) => condition(job, "Suspended")?.status === "True");
  await untilEmpty(api, `/api/v1/namespaces/${namespace}/pods`);
  await api.patch("merge", `${jobs}/later`, { spec: { suspend: false } });
  await api.until(
    "it has begun",
    `${jobs}/later`,
    (job) => job.status.startTime !== undefined && job.status.active === 1,
  );
}, withNodes);

conformanceTest("a StatefulSet makes its Pods by number", async ({ api, namespace }) => {
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "image:1" }] } };
  await api.create(path, {
    metadata: { name: "db" },
    spec: { replicas: 2, serviceName: "db", selector: { matchLabels: labels }, template },
  });
  const done = await api.until(
    "both are ready",
    `${path}/db`,
    ({ status }) => status.readyReplicas === 2 && status.availableReplicas === 2,
  );
  assert.equal(done.status.updatedReplicas, 2);
  assert.equal(done.status.currentRevision, done.status.updateRevision);
  for (const name of ["db-0", "db-1"]) {
    const pod = await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
    assert.equal(pod.metadata.labels["statefulset.kubernetes.io/pod-name"], name);
    assert.equal(pod.spec.hostname, name);
  }
}, withNodes);

conformanceTest("a DaemonSet has a Pod on every node", async ({ api, namespace }) => {
  const path = `/apis/apps/v1/namespaces/${namespace}/daemonsets`;
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "image:1" }] } };
  await api.create(path, { metadata: { name: "agent" }, spec: { selector: { matchLabels: labels }, template } });
  const { items } = await api.get("/api/v1/nodes");
  const done = await api.until(
    "it is everywhere",
    `${path}/agent`,
    ({ status }) => status.numberAvailable === items.length,
  );
  assert.equal(done.status.desiredNumberScheduled, items.length);
  assert.equal(done.status.numberUnavailable, undefined);
}, withNodes);
