import { openDefinition } from "../support/open_definition.ts";
import assert from "node:assert/strict";
import type { Condition, KubeObject } from "../../src/k8s/object.ts";
import { RequestFailed, type RunningOperator, type Stage } from "../katalogs/stage.ts";
import { waitFor } from "../support/wait_for.ts";

/** What a case may do: a stage with its CRD installed and its operator running. */
export interface Play extends Stage {
  readonly operator: RunningOperator;
  /** Path of a CR, or of all. */
  cr(name?: string, namespace?: string): string;
  /** Makes a CR. */
  create(name: string, spec: unknown, metadata?: Record<string, unknown>): Promise<KubeObject>;
  /** JSON merge patch. */
  patch(path: string, patch: unknown): Promise<KubeObject>;
  /** The object; `undefined` when it is not there. */
  get(path: string): Promise<KubeObject | undefined>;
  /** Waits until the object is there and as wanted. */
  until(path: string, is?: (object: KubeObject) => boolean): Promise<KubeObject>;
  gone(path: string): Promise<void>;
  /** Waits for passes without a change. */
  rest(): Promise<void>;
}

/** A kind of fault that was found from outside, as the smallest Katalog that shows it. */
export interface Case {
  readonly name: string;
  /** CamelCase, of its own for each case. */
  readonly kind: string;
  readonly scope?: "Cluster";
  /** More of the entry of the CRD, and its `operatorBox`; `NS` is the namespace of the test. */
  readonly more?: string;
  readonly box: string;
  /** Needs Deployments that become available. */
  readonly nodes?: true;
  /** Before the operator starts. */
  before?(play: Omit<Play, "operator">): Promise<void>;
  play(play: Play): Promise<void>;
}

/** The condition of a CR. */
export function condition(cr: KubeObject, type: string): Condition | undefined {
  const conditions: Condition[] | undefined = cr["status"]?.conditions;
  return conditions?.find((item) => item.type === type);
}

const isReady = (cr: KubeObject) => condition(cr, "Ready")?.status === "True";
const because = (reason: string) => (cr: KubeObject) => condition(cr, "Ready")?.reason === reason;
const far = (name: string) => `/api/v1/namespaces/kube-public/configmaps/${name}`;
const core = ({ namespace }: Stage, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`;
const apps = ({ namespace }: Stage, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

export const cases: readonly Case[] = [
  {
    name: "an entry that reads an address that is not there yet waits alone, and follows when it has come",
    kind: "Site",
    nodes: true,
    box: `
onReconcile:
  deployments: [{ name: "{{ .metadata.name }}", image: x }]
  services: [{ name: "{{ .metadata.name }}", port: 80, type: LoadBalancer }]
  custom:
    - apiVersion: v1
      kind: ConfigMap
      metadata: { name: "{{ .metadata.name }}-dns" }
      data: { ip: "{{ (index .children.service.status.loadBalancer.ingress 0).ip }}" }`,
    async play(play) {
      await play.create("si", {});
      const service = core(play, "services/si");
      await play.until(service);
      await play.until(apps(play, "si"));
      const waiting = await play.until(play.cr("si"), because("Waiting"));
      assert.match(
        condition(waiting, "Synced")!.message,
        /waiting for \.children\.service\.status\.loadBalancer\.ingress/,
      );
      await play.patch(`${service}/status`, { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } });
      await play.until(core(play, "configmaps/si-dns"), (map) => map["data"].ip === "1.2.3.4");
      await play.until(play.cr("si"), isReady);
    },
  },
  {
    name: "replicas: enforced when declared alone, left alone when left out, the autoscaler's when there is one",
    kind: "Scaled",
    nodes: true,
    box: `
onReconcile:
  deployments:
    - { name: fixed, image: x, replicas: 1 }
    - { name: free, image: x }
    - { name: scaled, image: x, replicas: 1, env: [{ name: A, value: "{{ .spec.a }}" }] }
  custom:
    - apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: scaled }
      spec:
        maxReplicas: 5
        scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: scaled }
        metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }]`,
    async play(play) {
      await play.create("a", { a: "1" });
      await play.until(play.cr("a"), isReady);
      for (const name of ["fixed", "free", "scaled"]) {
        await play.patch(`${apps(play, name)}/scale`, { spec: { replicas: 3 } });
      }
      await play.until(
        apps(play, "fixed"),
        (object) => object["spec"].replicas === 1 && object.metadata.generation === 3,
      );
      await play.rest();
      assert.equal((await play.get(apps(play, "free")))!["spec"].replicas, 3);
      assert.equal((await play.get(apps(play, "scaled")))!["spec"].replicas, 3);
      // An update for another reason keeps what the autoscaler decided.
      await play.patch(play.cr("a"), { spec: { a: "2" } });
      const updated = await play.until(
        apps(play, "scaled"),
        (object) => object["spec"].template.spec.containers[0].env[0].value === "2",
      );
      assert.equal(updated["spec"].replicas, 3);
    },
  },
  {
    name: "bytes that are not UTF-8 are stored as they are",
    kind: "Bin",
    box: `onReconcile:\n  secrets: [{ name: bin, data: { blob: "{{ fromBase64 .spec.blob }}" } }]`,
    async play(play) {
      await play.create("a", { blob: "/////wAB" });
      await play.until(core(play, "secrets/bin"), (secret) => secret["data"].blob === "/////wAB");
    },
  },
  {
    name: "a label that renders to nothing is taken off the CR, and labels of others stay",
    kind: "Stale",
    more: `labels: { example.com/tier: "{{ .spec.tier }}" }`,
    box: `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]`,
    async play(play) {
      await play.create("a", { tier: "gold" }, { labels: { theirs: "x" } });
      await play.until(play.cr("a"), (cr) => cr.metadata.labels?.["example.com/tier"] === "gold");
      await play.patch(play.cr("a"), { spec: { tier: "" } });
      const cr = await play.until(play.cr("a"), (cr) => cr.metadata.labels?.["example.com/tier"] === undefined);
      assert.equal(cr.metadata.labels!["theirs"], "x");
    },
  },
  {
    name: "what cannot be changed in place is reported with its paths, and does not change Ready",
    kind: "Immu",
    nodes: true,
    box: `
onReconcile:
  jobs: [{ name: j, image: "{{ .spec.image }}" }]
  persistentVolumeClaims: [{ name: p, storage: "{{ .spec.size }}", storageClassName: none }]
status:
  readyWhen: [{ field: spec.image, exists: true }]`,
    async play(play) {
      await play.create("a", { image: "x:1", size: "2Gi" });
      await play.until(play.cr("a"), isReady);
      await play.patch(play.cr("a"), { spec: { image: "x:2", size: "1Gi" } });
      const cr = await play.until(
        play.cr("a"),
        (cr) => condition(cr, "NotUpdated")?.message.includes("resources.requests.storage") === true,
      );
      const told = condition(cr, "NotUpdated")!;
      assert.match(told.message, /Job j \(spec\.template\.spec\.containers\[j\]\.image\)/);
      assert.match(told.message, /PersistentVolumeClaim p \(spec\.resources\.requests\.storage\)/);
      assert.ok(isReady(cr), "it is ready all the same");
      await play.rest();
      const mark = await play.mark();
      await play.rest();
      assert.deepEqual(await mark.callsSince(), [], "what cannot be done is not tried");
      await play.patch(play.cr("a"), { spec: { image: "x:1", size: "2Gi" } });
      await play.until(play.cr("a"), (cr) => condition(cr, "NotUpdated") === undefined);
    },
  },
  {
    name:
      "two CRs of one name in two namespaces and one cluster-scoped child: the status of the second names its owner at once",
    kind: "Coll",
    box: `
onReconcile:
  custom:
    - apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: { name: "NS-coll-{{ .metadata.name }}" }
      rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
  configMaps: [{ name: own, data: { a: b } }]`,
    async play(play) {
      await play.create("same", {});
      await play.until(play.cr("same"), isReady);
      const other = await play.request("POST", play.cr(undefined, "kube-public"), {
        apiVersion: "findings.example.com/v1",
        kind: "Coll",
        metadata: { name: "same" },
        spec: {},
      });
      try {
        const second = play.cr("same", "kube-public");
        const cr = await play.until(second, because("NameTaken"));
        assert.match(condition(cr, "Ready")!.message, new RegExp(`belongs to Coll ${play.namespace}/same`));
        assert.match(condition(cr, "Ready")!.message, /\{\{ \.metadata\.namespace \}\}/);
        await play.until("/api/v1/namespaces/kube-public/configmaps/own");
        const role = (await play.get(`${roles}/${play.namespace}-coll-same`))!;
        assert.equal(role.metadata.labels!["orkestra.orkspace.io/owner-namespace"], play.namespace);
      } finally {
        await play.request("DELETE", play.cr(other.metadata.name, "kube-public"));
        await play.gone(play.cr("same", "kube-public"));
      }
    },
  },
  {
    name: "nulls, empty maps and an empty status cost no call at rest",
    kind: "Nully",
    nodes: true,
    box: `
onReconcile:
  custom:
    - apiVersion: apps/v1
      kind: Deployment
      metadata: { name: nully }
      spec:
        minReadySeconds: null
        selector: { matchLabels: { app: nully } }
        template:
          metadata: { labels: { app: nully }, creationTimestamp: null }
          spec: { nodeSelector: {}, tolerations: [], containers: [{ name: c, image: x, command: null }] }
      status: {}`,
    async play(play) {
      await play.create("a", {});
      await play.until(play.cr("a"), isReady);
      await play.rest();
      const mark = await play.mark();
      await play.rest();
      assert.deepEqual(await mark.callsSince(), []);
    },
  },
  {
    name: "a status that depends on itself is damped, and told",
    kind: "Countb",
    box: `
onReconcile:
  configMaps: [{ name: one, data: { a: b } }]
status:
  fields: [{ path: count, type: int, value: "{{ add (default 0 .status.count) 1 }}" }]`,
    async play(play) {
      const mark = await play.mark();
      await play.create("a", {});
      const event = await waitFor("an Event says so", async () => {
        const { items = [] } = await play.request("GET", `/apis/events.k8s.io/v1/namespaces/${play.namespace}/events`);
        return items.find((item) => item["reason"] === "NeverAtRest");
      });
      assert.match(event["note"], /status\.count/);
      const writes = (await mark.callsSince()).filter(({ what }) => what.endsWith("/status"));
      assert.ok(writes.length <= 20, `${writes.length} writes`);
    },
  },
  {
    name: "a Job that its TTL removed is not run again for the same plan, and is for another",
    kind: "Ttl",
    nodes: true,
    box: `onReconcile:\n  jobs: [{ name: j, image: "{{ .spec.image }}" }]`,
    async play(play) {
      const job = `/apis/batch/v1/namespaces/${play.namespace}/jobs/j`;
      await play.create("a", { image: "x:1" });
      await play.until(
        job,
        (object) =>
          object["status"]?.conditions?.some((item: Condition) => item.type === "Complete" && item.status === "True"),
      );
      await play.rest();
      await play.request("DELETE", `${job}?propagationPolicy=Background`);
      await play.gone(job);
      await play.rest();
      assert.equal(await play.get(job), undefined);
      await play.patch(play.cr("a"), { spec: { image: "x:2" } });
      await play.until(job);
    },
  },
  {
    name: "what others made under the names of children is not touched, and told; adopt takes it over",
    kind: "Newcomer",
    nodes: true,
    box: `
onReconcile:
  secrets: [{ name: creds, data: { mine: "1" } }]
  deployments: [{ name: web, image: x }]
  configMaps:
    - { name: adopted, adopt: true, data: { mine: "1" } }
    - { name: own, data: { a: b } }`,
    async before(play) {
      const labels = { app: "other" };
      const containers = [{ name: "c", image: "theirs" }];
      for (
        const [path, object] of [
          [core(play, "secrets"), {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "creds" },
            data: { theirs: "MQ==" },
          }],
          [core(play, "configmaps"), {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "adopted" },
            data: { theirs: "1" },
          }],
          [`/apis/apps/v1/namespaces/${play.namespace}/deployments`, {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "web" },
            spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
          }],
        ] as const
      ) await play.request("POST", `${path}?fieldManager=kubectl-create`, object);
    },
    async play(play) {
      await play.create("a", {});
      const cr = await play.until(play.cr("a"), because("NameTaken"));
      assert.match(
        condition(cr, "Ready")!.message,
        /Secret creds is there already, made by kubectl-create; .*adopt: true/,
      );
      assert.match(condition(cr, "Ready")!.message, /Deployment web is there already/);
      await play.until(core(play, "configmaps/own"));
      const secret = (await play.get(core(play, "secrets/creds")))!;
      assert.deepEqual([secret["data"], secret.metadata.labels, secret.metadata.ownerReferences], [
        { theirs: "MQ==" },
        undefined,
        undefined,
      ]);
      const adopted = (await play.get(core(play, "configmaps/adopted")))!;
      assert.deepEqual(adopted["data"], { theirs: "1", mine: "1" });
      for (const path of [core(play, "secrets/creds"), apps(play, "web")]) await play.request("DELETE", path);
      await play.until(play.cr("a"), isReady);
      await play.request("DELETE", play.cr("a"));
      await play.gone(core(play, "secrets/creds"));
    },
  },
  {
    name: "a cluster-scoped CR fills the Namespace that it makes",
    kind: "Tenant",
    scope: "Cluster",
    box: `
onReconcile:
  custom:
    - { apiVersion: v1, kind: Namespace, metadata: { name: "NS-{{ .metadata.name }}" } }
  serviceAccounts: [{ name: sa, namespace: "NS-{{ .metadata.name }}" }]
  secrets: [{ name: s, namespace: "NS-{{ .metadata.name }}", data: { a: b } }]`,
    async play(play) {
      await play.create("x", {});
      const inside = `/api/v1/namespaces/${play.namespace}-x`;
      await play.until(`${inside}/secrets/s`);
      await play.until(`${inside}/serviceaccounts/sa`);
      await play.until(play.cr("x"), isReady);
      await play.request("DELETE", play.cr("x"));
      await play.gone(inside);
    },
  },
  {
    name: "Ready waits until the Deployment has its Pods",
    kind: "Rollout",
    nodes: true,
    box:
      `onReconcile:\n  deployments: [{ name: web, image: x, replicas: 2, nodeSelector: { there: "{{ .spec.where }}" } }]`,
    async play(play) {
      await play.create("a", { where: "nowhere" });
      const cr = await play.until(play.cr("a"), because("Progressing"));
      assert.equal(condition(cr, "Synced")!.status, "True");
      assert.match(condition(cr, "Ready")!.message, /Deployment web/);
    },
  },
  {
    name: "copies of children, whatever they carry, are nobody's children",
    kind: "Copied",
    box:
      `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }, { name: far, namespace: kube-public, data: { a: b } }]`,
    async play(play) {
      await play.create("a", {});
      for (const path of [core(play, "configmaps/one"), far("far")]) {
        const { metadata, data } = await play.until(path) as KubeObject & { data: unknown };
        const { labels, annotations, ownerReferences, namespace } = metadata;
        await play.request("POST", `/api/v1/namespaces/${namespace}/configmaps?fieldManager=kubectl-create`, {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: {
            name: "backup",
            labels,
            annotations,
            ...(ownerReferences === undefined
              ? {}
              : { ownerReferences: [{ ...ownerReferences[0]!, controller: false }] }),
          },
          data,
        });
      }
      await play.rest();
      assert.notEqual(await play.get(core(play, "configmaps/backup")), undefined);
      await play.request("DELETE", play.cr("a"));
      await play.gone(far("far"));
      await play.gone(play.cr("a"));
      assert.notEqual(await play.get(far("backup")), undefined);
      await play.request("DELETE", far("backup"));
    },
  },
  {
    name: "marks that were taken off a child are given back",
    kind: "Marked",
    box: `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]`,
    async play(play) {
      const one = core(play, "configmaps/one");
      await play.create("a", {});
      const { metadata: { uid } } = await play.until(one);
      const isWhole = ({ metadata }: KubeObject) =>
        metadata.uid === uid && metadata.labels?.["orkestra.orkspace.io/owner-uid"] !== undefined &&
        metadata.ownerReferences?.[0]?.controller === true;
      await play.patch(one, { metadata: { ownerReferences: null } });
      await play.until(one, isWhole);
      await play.patch(one, { metadata: { labels: null } });
      await play.until(one, isWhole);
      await play.until(play.cr("a"), isReady);
    },
  },
  {
    name: "a retained child outlives its CR, and is adopted by one that is created again",
    kind: "Kept",
    box: `
onReconcile:
  configMaps:
    - { name: kept, deletionPolicy: Retain, data: { a: "{{ .spec.a }}" } }
    - { name: goes, data: { a: b } }`,
    async play(play) {
      const kept = core(play, "configmaps/kept");
      await play.create("a", { a: "1" });
      const { metadata: { uid } } = await play.until(kept);
      await play.until(core(play, "configmaps/goes"));
      await play.request("DELETE", play.cr("a"));
      await play.gone(core(play, "configmaps/goes"));
      assert.equal((await play.get(kept))!.metadata.uid, uid);
      await play.create("a", { a: "2" });
      const taken = await play.until(kept, (map) => map["data"].a === "2");
      assert.equal(taken.metadata.uid, uid);
      await play.until(play.cr("a"), isReady);
    },
  },
  {
    name: "--cascade=orphan lets go of everything, and a CR that is created again adopts it",
    kind: "Orphan",
    nodes: true,
    box:
      `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }, { name: NS-far, namespace: kube-public, data: { a: b } }]`,
    async play(play) {
      const paths = [core(play, "configmaps/one"), far(`${play.namespace}-far`)];
      await play.create("a", {});
      const uids = await Promise.all(paths.map(async (path) => (await play.until(path)).metadata.uid));
      await play.until(play.cr("a"), isReady);
      await play.request("DELETE", `${play.cr("a")}?propagationPolicy=Orphan`);
      await play.gone(play.cr("a"));
      await play.rest().catch(() => {/* there is no CR to look at */});
      for (const [at, path] of paths.entries()) assert.equal((await play.get(path))?.metadata.uid, uids[at]);
      const { metadata: { uid } } = await play.create("a", {});
      for (const [at, path] of paths.entries()) {
        const taken = await play.until(path, (map) => map.metadata.labels!["orkestra.orkspace.io/owner-uid"] === uid);
        assert.equal(taken.metadata.uid, uids[at]);
      }
      await play.request("DELETE", play.cr("a"));
      for (const path of paths) await play.gone(path);
    },
  },
];

/** Plays one case on a stage, from its CRD to its clean end. */
export async function playCase(one: Case, stage: Stage): Promise<void> {
  const plural = `${one.kind.toLowerCase()}s`;
  const group = "findings.example.com";
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const crd = openDefinition({ group, kind: one.kind, plural, namespaced: one.scope !== "Cluster" });
  const folder = await Deno.makeTempDir({ prefix: "ork-finding-" });
  const katalog = `${folder}/katalog.yaml`;
  await Deno.writeTextFile(katalog, katalogOf(one, plural, group).replaceAll("NS", stage.namespace));
  const { request } = stage;
  const get = async (path: string) => {
    try {
      return await request("GET", path);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return undefined;
      throw error;
    }
  };
  // The garbage collector of a real cluster looks for new kinds every half minute.
  const gone = async (path: string) =>
    void await waitFor(`${path} is gone`, async () => await get(path) === undefined, { timeoutMs: 120_000 });
  const cr = (name?: string, namespace = stage.namespace) =>
    `/apis/${group}/v1/${one.scope === "Cluster" ? "" : `namespaces/${namespace}/`}${plural}${
      name === undefined ? "" : `/${name}`
    }`;
  const play: Omit<Play, "operator"> = {
    ...stage,
    cr,
    get,
    gone,
    create: (name, spec, metadata = {}) =>
      request("POST", `${cr()}?fieldManager=user`, {
        apiVersion: `${group}/v1`,
        kind: one.kind,
        metadata: { name, ...metadata },
        spec,
      }),
    patch: (path, patch) => request("PATCH", `${path}?fieldManager=user`, patch, "application/merge-patch+json"),
    until: async (path, is = () => true) => {
      let last: KubeObject | undefined;
      return await waitFor(`${path} is as wanted`, async () => {
        last = await get(path);
        return last !== undefined && is(last) ? last : undefined;
      }, { timeoutMs: 30_000, explain: () => last });
    },
    rest: () => Promise.reject(new Error("The operator does not run yet")),
  };
  let operator: RunningOperator | undefined;
  try {
    await request("POST", definitions, crd);
    await waitFor("the CRD is served", async () => await get(cr()) !== undefined);
    await one.before?.(play);
    const running = operator = await stage.startOperator(katalog);
    const rest = async () => {
      const before = running.idlePasses();
      await waitFor("two passes without a change", () => running.idlePasses() >= before + 2, { timeoutMs: 10_000 });
    };
    await one.play({ ...play, rest, operator: running });
    const { items = [] } = await request("GET", cr());
    for (const { metadata } of items) await request("DELETE", cr(metadata.name)).catch(() => {/* gone already */});
    await waitFor("all objects of the case are gone", async () => (await request("GET", cr())).items?.length === 0, {
      timeoutMs: 60_000,
    });
  } finally {
    await operator?.stop();
    await request("DELETE", `${definitions}/${plural}.${group}`);
    await Deno.remove(folder, { recursive: true });
  }
}

function katalogOf({ kind, scope, more = "", box }: Case, plural: string, group: string): string {
  const indent = (text: string, by: number) => text.trim().replace(/^(?=.)/gm, " ".repeat(by));
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: finding }
spec:
  crds:
    ${kind.toLowerCase()}:
      apiTypes: { group: ${group}, version: v1, kind: ${kind}, plural: ${plural} }
${scope === "Cluster" ? "      namespaced: false\n" : ""}${indent(more, 6)}
      operatorBox:
        reconciler: { resync: 1s }
${indent(box, 8)}
`;
}
