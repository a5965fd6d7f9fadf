import assert from "node:assert/strict";
import { collectionPath } from "../../src/cluster/resource_path.ts";
import type { KubeObject, ResourceType } from "../../src/k8s/object.ts";
import { type Shorthand, shorthands } from "../../src/resources/mod.ts";
import { statusResponse } from "../support/api_double.ts";
import { type FaultyWrites, type WriteFault, WriteFaults, writeFaults } from "../support/write_faults.ts";
import { waitFor } from "../support/wait_for.ts";
import {
  type Between,
  conditionOf,
  createCluster,
  demoOf,
  demos,
  type Operator,
  operatorFor,
  start,
  untilIdle,
} from "./operator.ts";

// The scope of a failure (ruling 63): for every kind of child and every way in which an entry can fail or wait, the
// other entries of the CR are reconciled, and former children of the entry are neither changed nor deleted.

/** A kind of child: what an entry of it needs besides its name. */
interface Kind {
  readonly fields: Record<string, unknown>;
  /** Never changed in place: only its labels are restored. */
  readonly fixed?: boolean;
}

const image = { image: "app:1" };
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const binding = { roleRef: { name: "{{ .spec.role }}" }, subjects: [{ name: "a" }] };

const kinds: Readonly<Record<string, Kind>> = {
  namespaces: { fields: {} },
  secrets: { fields: { data: { a: "b" } } },
  configMaps: { fields: { data: { a: "b" } } },
  networkPolicies: { fields: { ingress: [] } },
  resourceQuotas: { fields: { hard: { pods: "10" } } },
  limitRanges: { fields: { limits: [{ type: "Container", max: { cpu: "1" } }] } },
  clusterRoles: { fields: { rules } },
  clusterRoleBindings: { fields: binding },
  serviceAccounts: { fields: {}, fixed: true },
  roles: { fields: { rules } },
  roleBindings: { fields: binding },
  custom: { fields: { spec: { a: "b" } } },
  replicaSets: { fields: image },
  deployments: { fields: image },
  services: { fields: { port: 80, selector: { app: "web" } } },
  jobs: { fields: image, fixed: true },
  cronJobs: { fields: { ...image, schedule: "0 3 * * *" } },
  statefulSets: { fields: image },
  persistentVolumes: { fields: { capacity: "1Gi", hostPath: "/data" } },
  persistentVolumeClaims: { fields: { storage: "1Gi" }, fixed: true },
  ingresses: { fields: { serviceName: "web", servicePort: 80 } },
  hpa: { fields: { scaleTargetRef: { name: "web" }, maxReplicas: 3 } },
  pdb: { fields: { minAvailable: 1 } },
  pods: { fields: { image: "app:1", serviceAccountName: "{{ .spec.role }}" } },
};

/** What a `custom` entry makes here. */
const thing: ResourceType = { group: "demo.dev", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const typeOf = (shorthand: string): ResourceType => shorthands.get(shorthand)!.type ?? thing;
const pathOf = (shorthand: string): string => collectionPath(typeOf(shorthand), "default");

const keysOf = (is: (shorthand: Shorthand) => boolean): string[] =>
  [...shorthands.values()].filter(is).map(({ key }) => key);
const namespaced = keysOf(({ key }) => typeOf(key).namespaced);
const withoutDefaultName = keysOf(({ defaultSuffix }) => defaultSuffix === undefined);
const replaced = keysOf(({ replaces }) => replaces === true);

/** What happens to an undeclared child of the victim's kind while the victim fails. */
type Former =
  /** It is deleted: the victim's own child is known. */
  | "pruned"
  /** The name of the victim's child is not known: it may be this one. */
  | "kept";

/** One way in which an entry fails or waits. */
interface Way {
  /** The spec with which the victim fails. */
  readonly spec?: (cell: string) => Record<string, unknown>;
  readonly fault?: WriteFault;
  /** Which writes fail; all when absent. After a recreation that fails there is no child of the victim. */
  readonly faulty?: FaultyWrites;
  /** The victim gets another name, so that it has to be created. */
  readonly renamed?: boolean;
  /** Writes of other clients before. */
  readonly before?: (operator: Operator, cell: string, path: string) => Promise<unknown>;
  /** Writes of other clients in the end. */
  readonly after?: (operator: Operator, cell: string, path: string) => Promise<unknown>;
  readonly reason: "ReconcileError" | "Waiting" | "NameTaken";
  readonly message: RegExp;
  readonly former: Former;
  /** Kinds that can fail this way; all when absent. */
  readonly only?: readonly string[];
}

const messages: Readonly<Record<WriteFault, RegExp>> = {
  "403": /is forbidden|cannot/,
  "404 resource": /could not find the requested resource|does not serve/,
  "404 object": /not found/,
  "409": /the object has been modified/,
  "422": /Invalid value: "x": no/,
  "429": /429|[Tt]oo many requests/,
  "500": /connection refused/,
  timeout: /no response in time/,
};

const merge = "application/merge-patch+json";
const gates = "/apis/demo.dev/v1/namespaces/default/gates";
const setGate = (operator: Operator, cell: string, list: string[] | null) =>
  operator.request("PATCH", `${gates}/${cell}-gate/status`, { status: { list } }, merge);

const ways: Readonly<Record<string, Way>> = {
  template: {
    spec: () => ({ text: "scalar" }),
    reason: "ReconcileError",
    message: /katalog\.yaml:\d+:\d+: .*first/s,
    former: "pruned",
  },
  "template of the name": {
    spec: () => ({ names: [] }),
    reason: "ReconcileError",
    message: /katalog\.yaml:\d+:\d+: .*index/s,
    former: "kept",
  },
  "empty name": {
    only: withoutDefaultName,
    spec: () => ({ names: [" "] }),
    reason: "ReconcileError",
    message: /name/,
    former: "kept",
  },
  "value that does not fit": {
    spec: () => ({ label: "no label value" }),
    reason: "ReconcileError",
    message: /no label value/,
    former: "pruned",
  },
  condition: {
    spec: () => ({ conditions: [] }),
    reason: "ReconcileError",
    message: /condition cannot be evaluated/,
    former: "pruned",
  },
  forEach: {
    spec: () => ({ elements: "scalar" }),
    reason: "ReconcileError",
    message: /neither a list nor a map/,
    former: "kept",
  },
  "waiting for a child": {
    before: (operator, cell) => setGate(operator, cell, null),
    after: (operator, cell) => setGate(operator, cell, ["open"]),
    reason: "Waiting",
    message: /waiting for .*\.children\.gate\.status\.list/,
    former: "pruned",
  },
  clash: {
    spec: (cell) => ({ names: [`${cell}-same1`] }),
    reason: "ReconcileError",
    message: /is declared by/,
    former: "pruned",
  },
  "name taken by another client": {
    spec: (cell) => ({ names: [`${cell}-taken`] }),
    before: (operator, cell, path) => createByOther(operator, path, `${cell}-taken`, `${cell}-same1`),
    reason: "NameTaken",
    message: /is there already, made by/,
    former: "pruned",
  },
  "name taken by another CR": {
    spec: () => ({ names: ["rival-victim"] }),
    reason: "NameTaken",
    message: /is there already(?:,| and) (?:controlled by|belongs to) Demo .*rival/,
    former: "pruned",
  },
  "namespace that is not allowed": {
    only: namespaced,
    spec: () => ({ namespace: "kube-public" }),
    reason: "ReconcileError",
    message: /namespace "kube-public"/,
    former: "pruned",
  },
  "namespace that does not exist": {
    only: namespaced,
    spec: () => ({ namespace: "reach-none" }),
    reason: "ReconcileError",
    message: /namespaces "reach-none" not found|namespace "?reach-none/,
    former: "pruned",
  },
  ...Object.fromEntries(writeFaults.flatMap((fault): [string, Way][] => {
    const reason = fault === "404 resource" ? "Waiting" : "ReconcileError";
    const way = { fault, reason, message: messages[fault] } as const;
    return [
      [`${fault} of a change`, { ...way, former: "pruned" }],
      [`${fault} of the first write`, {
        ...way,
        renamed: true,
        spec: (cell) => ({ names: [`${cell}-next`] }),
        former: "pruned",
      }],
      [`${fault} of a recreation`, {
        ...way,
        only: replaced,
        faulty: "recreation",
        spec: () => ({ role: "other" }),
        former: "pruned",
      }],
      // A deletion that returns 404 counts as done.
      ...fault.startsWith("404") ? [] : [
        [`${fault} of the deletion before a recreation`, {
          ...way,
          only: replaced,
          faulty: "deletion",
          spec: () => ({ role: "other" }),
          former: "pruned",
        }] satisfies [string, Way],
      ],
    ];
  })),
};

/** An object of a child's kind, by hand. What the API server fills in for Services and Jobs cannot be copied. */
async function createByOther(operator: Operator, path: string, name: string, like: string): Promise<unknown> {
  const { metadata: _metadata, status: _status, ...content } = await operator.request("GET", `${path}/${like}`);
  if (content.kind === "Service") content["spec"] = { ports: [{ port: 80 }] };
  if (content.kind === "Job") {
    content["spec"] = { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } } };
  }
  return await operator.request("POST", `${path}?fieldManager=kubectl-create`, { ...content, metadata: { name } });
}

/** An entry; `custom` ones have their metadata below. */
function entry(shorthand: string, name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { annotations = {}, namespace, labels, ...rest } = more;
  const named = {
    name,
    namespace,
    labels,
    annotations: { v: "{{ .spec.v }}", ...annotations as object },
  };
  const { fields } = kinds[shorthand]!;
  if (shorthand !== "custom") return { ...named, ...fields, ...rest };
  return { apiVersion: "demo.dev/v1", kind: "Thing", metadata: named, ...fields, ...rest };
}

/** Other kinds, which can be changed: one written before this kind, one after it, one whose child is switched off. */
function othersOf(shorthand: string): [string, string, string] {
  const names = Object.keys(kinds);
  const at = names.indexOf(shorthand);
  const around = [...names.slice(at + 1), ...names.slice(0, at)].filter((name) => kinds[name]!.fixed !== true);
  return [around.at(-1)!, around[0]!, around[1]!];
}

function boxFor(shorthand: string): string {
  const [first, last, off] = othersOf(shorthand);
  const own = (name: string) => `{{ .metadata.name }}-${name}`;
  const victim = entry(shorthand, "{{ index .spec.names 0 }}", {
    ...namespaced.includes(shorthand) ? { namespace: "{{ .spec.namespace }}" } : {},
    annotations: { text: "{{ .spec.text.first }}", gate: "{{ index .children.gate.status.list 0 }}" },
    labels: { own: "{{ .spec.label }}" },
    when: [
      { field: "spec.each", equals: "false" },
      { field: "{{ index .spec.conditions 0 }}", equals: "on" },
    ],
  });
  const victims = [
    victim,
    entry(shorthand, own("{{ .item }}"), {
      forEach: { field: "spec.elements" },
      when: [{ field: "spec.each", equals: "true" }],
    }),
  ];
  const onReconcile: Record<string, Record<string, unknown>[]> = {
    [first]: [entry(first, own("first"))],
    [shorthand]: [
      entry(shorthand, own("same1")),
      ...victims,
      entry(shorthand, own("{{ .item }}"), { forEach: { field: "spec.formers" } }),
      entry(shorthand, own("same2")),
      entry(shorthand, own("new"), { when: [{ field: "spec.v", equals: "2" }] }),
    ],
    [last]: [entry(last, own("last"))],
  };
  (onReconcile[off] ??= []).push(entry(off, own("off"), { when: [{ field: "spec.v", equals: "1" }] }));
  const gate = { apiVersion: "demo.dev/v1", kind: "Gate", metadata: { name: own("gate") }, spec: {} };
  return `onCreate: ${JSON.stringify({ custom: [gate] })}\nonReconcile: ${JSON.stringify(onReconcile)}`;
}

/** A claim waits for its finalizer while it is deleted; nothing removes that here. */
const isGone = (object: KubeObject | undefined) =>
  object?.metadata.deletionTimestamp !== undefined || object === undefined;

const isSynced = (cr: KubeObject) =>
  conditionOf(cr, "Synced")?.status === "True" && cr["status"].observedGeneration === cr.metadata.generation;

/** Waits for a status; a failure shows the last one. */
async function untilStatus(operator: Operator, name: string, is: (cr: KubeObject) => boolean): Promise<KubeObject> {
  let last: KubeObject | undefined;
  const explain = () => JSON.stringify([last?.metadata.generation, last?.["status"]]);
  return await waitFor("the status is as expected", async () => {
    last = await operator.get(`${demos}/${name}`);
    return last !== undefined && is(last) ? last : undefined;
  }, { timeoutMs: 8_000, explain });
}

/** Runs one cell of the matrix. */
async function cell(operator: Operator, faults: WriteFaults, shorthand: string, name: string): Promise<void> {
  const way = ways[name]!;
  const kind = kinds[shorthand]!;
  const [first, last, off] = othersOf(shorthand);
  const cr = name.toLowerCase().replaceAll(" ", "-");
  const each = name === "forEach";
  const own = each ? "each" : "victim";
  const victim = `${cr}-${own}`;
  const of = (which: string, at = shorthand) => `${pathOf(at)}/${cr}-${which}`;
  const fine = {
    v: "1",
    names: [victim],
    namespace: "default",
    role: "app",
    text: { first: "x" },
    conditions: ["on"],
    elements: ["each"],
    formers: ["former"],
    each: String(each),
  };
  await operator.demo(cr, fine);
  await operator.until(`${gates}/${cr}-gate`, () => true);
  await setGate(operator, cr, ["open"]);
  await untilStatus(operator, cr, isSynced);
  const before = await operator.until(of(own), () => true);
  await operator.until(of("former"), () => true);

  // It fails, while all else changes.
  const changed = { ...fine, v: "2", formers: [] };
  await way.before?.(operator, cr, pathOf(shorthand));
  if (way.fault !== undefined) faults.set(way.renamed === true ? `${cr}-next` : victim, way.fault, way.faulty);
  await operator.demo(cr, { ...changed, ...way.spec?.(cr) });
  let expected = before;
  if (kind.fixed === true && way.fault !== undefined && way.renamed !== true) {
    // A correction comes after the rest: a child that is not found counts as one to be created.
    await waitFor("the former child is deleted", async () => isGone(await operator.get(of("former"))));
    const labels = { "orkestra.orkspace.io/owner-uid": null };
    expected = await operator.request("PATCH", of(own), { metadata: { labels } }, merge);
  }
  const failed = await untilStatus(
    operator,
    cr,
    (object) =>
      object["status"]?.observedGeneration === 2 && conditionOf(object, "Synced")?.status === "False" &&
      way.message.test(conditionOf(object, "Synced")!.message),
  );
  for (const type of ["Synced", "Ready"]) {
    const { status, reason, message } = conditionOf(failed, type)!;
    assert.deepEqual([status, reason], ["False", way.reason], `${type}: ${message}`);
  }
  for (const [which, at] of [["first", first], ["last", last], ["same1", shorthand], ["same2", shorthand]] as const) {
    const version = kinds[at]!.fixed === true ? "1" : "2";
    await waitFor(
      `${which} is kept up`,
      async () => (await operator.get(of(which, at)))?.metadata.annotations?.["v"] === version,
    );
  }
  await waitFor("a new child of the same kind is created", async () => await operator.get(of("new")) !== undefined);
  await waitFor(
    "the child of the entry that is off is deleted",
    async () => isGone(await operator.get(of("off", off))),
  );
  if (way.former === "pruned") {
    await waitFor("the former child is deleted", async () => isGone(await operator.get(of("former"))));
  }
  const kept = await operator.get(of(own));
  if (way.faulty === "recreation") {
    assert.equal(kept, undefined, "the victim's child is deleted");
  } else {
    assert.equal(kept?.metadata.uid, before.metadata.uid, "the victim's child stays");
    assert.equal(kept?.metadata.resourceVersion, expected.metadata.resourceVersion, "the victim's child is as it was");
    assert.equal(kept?.metadata.deletionTimestamp, undefined);
  }
  const former = await operator.get(of("former"));
  assert.equal(isGone(former) ? "pruned" : "kept", way.former, "a former child of the same kind");

  // The cause is gone.
  faults.lift(victim);
  faults.lift(`${cr}-next`);
  await way.after?.(operator, cr, pathOf(shorthand));
  const goesOn = way.renamed === true || way.faulty !== undefined;
  await operator.demo(cr, goesOn ? { ...changed, ...way.spec!(cr) } : changed);
  await untilStatus(operator, cr, isSynced);
  const end = await operator.until(of(way.renamed === true ? "next" : own), () => true);
  if (kind.fixed !== true) assert.equal(end.metadata.annotations?.["v"], "2", "the victim is kept up again");
  if (way.faulty !== undefined) {
    assert.notEqual(end.metadata.uid, before.metadata.uid, "the victim's child is made again");
  }
  assert.notEqual(end.metadata.labels?.["orkestra.orkspace.io/owner-uid"], undefined);
  const untilGone = (which: string) =>
    waitFor(`${which} is gone`, async () => isGone(await operator.get(of(which))), { timeoutMs: 8_000 });
  if (way.renamed === true) await untilGone(own);
  await untilGone("former");
}

Deno.test("every kind of child is in the matrix", () => {
  assert.deepEqual(Object.keys(kinds), [...shorthands.keys()]);
});

for (const shorthand of Object.keys(kinds)) {
  Deno.test(`an entry of ${shorthand} that fails or waits, in any way, does not affect others`, async () => {
    const faults = new WriteFaults();
    await using operator = await operatorFor(
      {
        box: boxFor(shorthand),
        more: 'allowedNamespaces: ["default", "reach-*"]',
        reconciler:
          "workers: 8\nresync: 300ms\nqueue: { retryBackoff: { initial: 10ms, max: 200ms, maxAttempts: 100 } }",
      },
      {},
      faults.between,
      { limits: { requestMs: 500 }, simulateWorkloads: false, kinds: ["Thing", "Gate"] },
    );
    const rival = {
      names: ["rival-victim"],
      namespace: "default",
      role: "app",
      text: { first: "x" },
      conditions: ["on"],
    };
    await operator.demo("rival", { v: "1", ...rival, each: "false" });
    await operator.until(`${gates}/rival-gate`, () => true);
    await setGate(operator, "rival", ["open"]);
    await operator.until(`${demos}/rival`, isSynced);
    const failures: string[] = [];
    const possible = Object.keys(ways).filter((way) => ways[way]!.only?.includes(shorthand) !== false);
    await Promise.all(
      possible.map(async (way) => {
        try {
          await cell(operator, faults, shorthand, way);
        } catch (error) {
          failures.push(`${shorthand}, ${way}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }),
    );
    assert.ok(failures.length === 0, `\n${failures.join("\n")}`);
    assert.deepEqual(operator.messages.filter(({ type }) => type === "defect"), []);
  });
}

const synced = (cr: KubeObject) => conditionOf(cr, "Synced");

/** An operator with an entry that fails, between two ConfigMaps that are reconciled and one that is off. */
async function around(
  victims: readonly Record<string, unknown>[],
  options: Parameters<typeof operatorFor>[3] & { fault?: Between },
) {
  const { fault, ...rest } = options;
  const map = (name: string, more = {}) => ({ name, data: { v: "{{ .spec.v }}" }, ...more });
  const off = { name: "off", data: { a: "b" }, when: [{ field: "spec.v", equals: "1" }] };
  const onReconcile = { configMaps: [map("first"), map("last")], secrets: [off], custom: victims };
  const operator = await operatorFor({ box: `onReconcile: ${JSON.stringify(onReconcile)}` }, {}, fault, rest);
  const core = "/api/v1/namespaces/default";
  return {
    operator,
    async isKeptUp(): Promise<void> {
      for (const name of ["first", "last"]) {
        await operator.until(`${core}/configmaps/${name}`, (object) => object["data"].v === "2");
      }
      await operator.untilGone(`${core}/secrets/off`);
    },
    [Symbol.asyncDispose]: () => operator[Symbol.asyncDispose](),
  };
}

Deno.test("a kind that is not served any more does not block others, and its child is recreated", async () => {
  const rare = { apiVersion: "demo.dev/v1", kind: "Rare", metadata: { name: "rare" }, spec: { v: "{{ .spec.v }}" } };
  await using stage = await around([rare], { kinds: ["Rare"] });
  const { operator } = stage;
  await operator.demo("a", { v: "1" });
  await operator.until(`${demos}/a`, isSynced);
  await operator.request("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rares.demo.dev");
  await operator.until(`${demos}/a`, (cr) => synced(cr)?.reason === "Waiting");
  await operator.demo("a", { v: "2" });
  await stage.isKeptUp();
  const { message } = synced(await operator.until(`${demos}/a`, (cr) => cr["status"].observedGeneration === 2))!;
  assert.match(message, /the API server does not serve Rare of demo\.dev\/v1; install its CRD/);
  await operator.define("Rare");
  await operator.until(`${demos}/a`, isSynced);
  await operator.until("/apis/demo.dev/v1/namespaces/default/rares/rare", (object) => object["spec"].v === "2");
});

const definitionOf = (plural: string) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.demo.dev`;

Deno.test("a kind of child that returns with another scope is written in that scope", async () => {
  const rare = { apiVersion: "demo.dev/v1", kind: "Rare", metadata: { name: "rare" }, spec: { v: "{{ .spec.v }}" } };
  await using stage = await around([rare], { kinds: ["Rare"] });
  const { operator } = stage;
  await operator.demo("a", { v: "1" });
  await operator.until(`${demos}/a`, isSynced);
  await operator.request("DELETE", definitionOf("rares"));
  await operator.define("Rare", { namespaced: false });
  await operator.demo("a", { v: "2" });
  await stage.isKeptUp();
  await operator.until("/apis/demo.dev/v1/rares/rare", (object) => object["spec"].v === "2");
  await operator.until(`${demos}/a`, isSynced);
  await operator.request("DELETE", `${demos}/a`);
  await operator.untilGone("/apis/demo.dev/v1/rares/rare");
});

Deno.test("a kind of CR that returns with another scope is reconciled again", async () => {
  await using stage = await around([], {});
  const { operator } = stage;
  await operator.demo("a", { v: "1" });
  await operator.until(`${demos}/a`, isSynced);
  await operator.request("DELETE", definitionOf("demos"));
  await operator.define("Demo", { namespaced: false });
  const path = "/apis/demo.dev/v1/demos";
  await operator.request("POST", path, {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name: "b" },
    spec: { v: "1" },
  });
  const failed = await operator.until(`${path}/b`, (cr) => synced(cr) !== undefined);
  assert.equal(failed.metadata.name, "b");
  assert.deepEqual(operator.messages.filter(({ type }) => type === "defect"), []);
});

Deno.test("a Namespace that cannot be created affects the children in it, and no others", async () => {
  const faults = new WriteFaults();
  faults.set("own-a", "403");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "own-{{ .metadata.name }}" } };
  const metadata = { name: "inside", namespace: "own-{{ .metadata.name }}" };
  const inside = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } };
  await using stage = await around([namespace, inside], { fault: faults.between });
  const { operator } = stage;
  await operator.demo("a", { v: "1" });
  await operator.until(`${demos}/a`, (cr) => synced(cr)?.reason === "ReconcileError");
  await operator.demo("a", { v: "2" });
  await stage.isKeptUp();
  const { message } = synced((await operator.get(`${demos}/a`))!)!;
  assert.match(message, /Namespace own-a.*ConfigMap inside/);
  faults.lift("own-a");
  await operator.until(`${demos}/a`, isSynced);
  await operator.until("/api/v1/namespaces/own-a/configmaps/inside", () => true);
});

Deno.test("Retry-After for one child is respected, and the others are reconciled", async () => {
  let busy = false;
  const thing = { apiVersion: "demo.dev/v1", kind: "Thing", metadata: { name: "thing" }, spec: { v: "{{ .spec.v }}" } };
  await using stage = await around([thing], {
    kinds: ["Thing"],
    fault: (request, forward) => {
      if (!busy || request.method !== "PATCH" || !request.url.includes("/things/")) return forward();
      busy = false; // the client itself sends it again
      return Promise.resolve(new Response("busy", { status: 429, headers: { "retry-after": "1" } }));
    },
  });
  const { operator } = stage;
  await operator.demo("a", { v: "1" });
  await operator.until(`${demos}/a`, isSynced);
  busy = true;
  await operator.demo("a", { v: "2" });
  await stage.isKeptUp();
  await operator.until(`${demos}/a`, (cr) => isSynced(cr) && cr.metadata.generation === 2);
  await operator.until("/apis/demo.dev/v1/namespaces/default/things/thing", (object) => object["spec"].v === "2");
});

/** Reads of Secrets are refused while `isForbidden`. */
const withoutSecrets = (isForbidden: () => boolean): Between => (request, forward) => {
  if (!isForbidden() || request.method !== "GET" || !new URL(request.url).pathname.endsWith("/secrets")) {
    return forward();
  }
  const message = "secrets is forbidden: no right to list them";
  return Promise.resolve(statusResponse(403, "Forbidden", { message }));
};

Deno.test("a kind of child that cannot be read affects the entries that depend on it, and no others", async () => {
  let forbidden = true;
  const reads = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "reads" }, data: { v: "{{ .spec.v }}" } };
  const box = {
    onReconcile: {
      configMaps: [{ name: "free", data: { v: "{{ .spec.v }}" } }, {
        name: "off",
        when: [{ field: "spec.v", equals: "1" }],
      }],
      secrets: [{ name: "own", data: { v: "{{ .spec.v }}" } }],
      custom: [{ ...reads, when: [{ field: "children.secret.metadata.name", equals: "own" }] }],
      serviceAccounts: [{ name: "far", namespace: "kube-public" }],
    },
    status: { fields: [{ path: "secret", value: "{{ .children.secret.metadata.name }}", type: "string" }] },
  };
  await using cluster = createCluster();
  await cluster.define("Demo");
  const text = Object.entries(box).map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join("\n");
  const entry = { key: "demo", box: text, reconciler: "resync: 1h" };
  const core = "/api/v1/namespaces/default";
  const before = await start(cluster, [entry]);
  await cluster.request("POST", demos, demoOf("a", { v: "1" }));
  await cluster.until(`${core}/configmaps/reads`, () => true);
  await cluster.until(`${demos}/a`, (cr) => isSynced(cr) && cr["status"].secret === "own");
  await before.stop();
  await using after = await start(cluster, [entry], {
    between: withoutSecrets(() => forbidden),
  });
  await cluster.request("PATCH", `${demos}/a`, { spec: { v: "2" } }, merge);
  await cluster.until(`${core}/configmaps/free`, (object) => object["data"].v === "2");
  const failed = await cluster.until(`${demos}/a`, (cr) => synced(cr)?.reason === "ReconcileError");
  assert.match(synced(failed)!.message, /cannot read secrets of v1: .*no right to list them/);
  assert.equal(conditionOf(failed, "Ready")?.status, "False");
  assert.equal(failed["status"].secret, "own", "a field that reads it stays");
  assert.equal((await cluster.get(`${core}/configmaps/reads`))?.["data"].v, "1", "neither changed nor removed");

  await cluster.request("DELETE", `${demos}/a`);
  await waitFor(
    "it is reported",
    () =>
      after.messages.some((item) =>
        item.type === "pass" && /its deletion waits, children may be left/.test(item.message ?? "")
      ),
  );
  assert.notEqual(await cluster.get(`${demos}/a`), undefined);
  forbidden = false;
  await cluster.untilGone(`${demos}/a`);
  assert.equal(await cluster.get("/api/v1/namespaces/kube-public/serviceaccounts/far"), undefined);
});

Deno.test("labels stay, and no rule denies, while a kind that they read cannot be read", async () => {
  let isForbidden = false;
  await using cluster = createCluster();
  await cluster.define("Demo");
  const more = `labels: { has-secret: "{{ if .children.secret }}yes{{ end }}" }
validation:
  rules: [{ field: spec.v, max: 5, message: too much, when: [{ field: children.secret.metadata.name, exists: false }] }]`;
  const box = 'onReconcile:\n  secrets: [{ name: "{{ .metadata.name }}", data: { k: v } }]';
  const ruled = [{ key: "demo", more, box }];
  const labelled = [{ key: "demo", more: more.split("\n")[0], box }];
  const former = await start(cluster, ruled);
  await cluster.request("POST", demos, demoOf("a", { v: 1 }));
  await cluster.until(`${demos}/a`, (cr) => isSynced(cr) && cr.metadata.labels?.["has-secret"] === "yes");
  await cluster.request("PATCH", `${demos}/a`, { spec: { v: 9 } }, merge);
  await cluster.until(`${demos}/a`, isSynced);
  await former.stop();
  isForbidden = true;
  for (const entries of [ruled, labelled]) {
    const present = await start(cluster, entries, { between: withoutSecrets(() => isForbidden) });
    const failed = await cluster.until(`${demos}/a`, (cr) => /cannot read secrets/.test(synced(cr)?.message ?? ""));
    assert.equal(failed.metadata.labels?.["has-secret"], "yes");
    assert.notEqual(conditionOf(failed, "ValidationFailed")?.status, "True");
    await present.stop();
  }
  isForbidden = false;
  await using _last = await start(cluster, ruled);
  await cluster.until(`${demos}/a`, isSynced);
});

Deno.test("a start during an outage says nothing wrong of any object", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const box = 'onReconcile:\n  secrets: [{ name: "{{ .metadata.name }}", data: { k: v } }]';
  const former = await start(cluster, [{ key: "demo", box }]);
  await cluster.request("POST", demos, demoOf("a"));
  const before = await cluster.until(`${demos}/a`, isSynced);
  await former.stop();
  // Secrets fail for longer than any of them is waited for, and come back after the CRs.
  let retries = 0;
  let crsAreRead = false;
  await using present = await start(cluster, [{ key: "demo", box, reconciler: "resync: 200ms" }], {
    report: (message) => {
      if (message.type === "informer" && message.kind === "Secret" && message.state === "retrying") retries++;
    },
    between: (request, forward) => {
      const { pathname } = new URL(request.url);
      const isOfCrs = pathname.startsWith("/apis/demo.dev/");
      if (retries < 5 || !(crsAreRead || isOfCrs)) return Promise.reject(new TypeError("Connection refused"));
      if (pathname.endsWith("/demos")) crsAreRead = true;
      return forward();
    },
  });
  await untilIdle(present.messages, 3);
  const after = await cluster.request("GET", `${demos}/a`);
  assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
});
