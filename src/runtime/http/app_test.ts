import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { planOf } from "../../../tests/support/plans.ts";
import {
  BoxBusyError,
  type BoxHealth,
  BoxMetrics,
  type BoxQuery,
  type BoxResult,
  type FailingCr,
} from "../../box/mod.ts";
import { lintMetric } from "../../../tests/support/metrics_lint.ts";
import { httpApi } from "./app.ts";
import { ProcessState, type Served } from "./process_state.ts";
import { metricSpecs } from "./metrics_page.ts";

const crds = `
shop:
  description: Shops
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  validation:
    rules:
      - {field: spec.domain, operator: exists}
      - {field: spec.adminPassword, operator: exists}
      - {field: 'metadata.labels["shop.example.org/number"]', operator: unique}
      - {field: spec.apiToken, operator: unique}
  operatorBox:
    onReconcile: {configMaps: [{name: a, data: {a: b}}, {name: c, data: {a: b}}]}
    onDelete: {jobs: [{name: "{{ .metadata.name }}-last", image: "x:1"}]}
region:
  apiTypes: {group: shop.example.org, version: v1, kind: Region, plural: regions}
  namespaced: false
  operatorBox: {}
hidden:
  apiTypes: {group: shop.example.org, version: v1, kind: Hidden, plural: hiddens}
  endpoints: {enabled: false}
  operatorBox: {}
quiet:
  apiTypes: {group: shop.example.org, version: v1, kind: Quiet, plural: quiets}
  endpoints: {health: false}
  operatorBox: {}
`.trimStart();

const working: BoxHealth = {
  state: "healthy",
  totalReconciles: 10,
  failedReconciles: 1,
  consecutiveFails: 0,
  lastError: "once",
  lastReconcile: "2026-01-02T03:00:00Z",
  queueDepth: 2,
  resourceCount: 5,
  warm: true,
  missing: false,
  startedAt: "2026-01-02T02:52:18Z",
  workers: { running: 3, processing: 1 },
};
const starting: BoxHealth = {
  ...working,
  state: "pending",
  reason: "waiting for the first lists",
  warm: false,
  startedAt: undefined,
  lastReconcile: undefined,
  lastError: undefined,
  totalReconciles: 0,
  failedReconciles: 0,
  workers: { running: 0, processing: 0 },
};

interface Asked {
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  // deno-lint-ignore no-explicit-any -- the JSON of responses
  readonly json: (path: string) => Promise<{ status: number; body: any }>;
  readonly state: ProcessState;
  readonly queries: BoxQuery[];
  /** Boxes whose health was read. */
  readonly looks: string[];
}

function api(
  healths: Partial<Record<string, BoxHealth>> = {},
  {
    leadership = { isLeader: true, holder: "me" },
    leads = () => leadership.isLeader,
    respond,
    serving = true,
    plan = planOf(crds),
  }: {
    plan?: Served["plan"];
    leadership?: Served["leadership"];
    leads?: (box: string) => boolean;
    respond?: (query: BoxQuery) => Promise<BoxResult>;
    serving?: boolean;
  } = {},
): Asked {
  const state = new ProcessState();
  const clock = new FakeClock();
  const queries: BoxQuery[] = [];
  const looks: string[] = [];
  const metrics = new BoxMetrics();
  metrics.requested("GET", 200, 3);
  metrics.requested("WATCH", undefined, 3);
  metrics.watchRestarted("Shop");
  metrics.judged(true, false, [
    { field: "spec.size", operator: "lte", action: "deny" },
    { field: "spec.owner", operator: "exists", action: "warn" },
  ]);
  metrics.mutated([{ field: "spec.tier", mode: "default" }]);
  metrics.mutated([]);
  if (serving) {
    const byDefault = { workers: "default", resync: "default" } as const;
    const sources = {
      ...Object.fromEntries(["disabled", "hidden", "quiet", "region"].map((name) => [name, byDefault])),
      shop: { workers: "configured", resync: "default" },
    } as const;
    state.serve({
      plan,
      gatewayEndpoint: "http://orkestra-gateway:8080",
      leadership,
      documents: {
        ...{ metadata: { author: "A", namespace: "team" }, raw: {}, enriched: {}, sources },
        schemas: { shop: { type: "object", properties: { spec: { type: "object" } } } },
      },
      boxes: new Map(plan.boxes.map(({ name }) => {
        const health = () => {
          looks.push(name);
          return healths[name] ?? working;
        };
        return [name, {
          health,
          leads: () => leads(name),
          metrics: () => metrics.snapshot({ health: health(), children: 9, oldestPassMs: 1500, eventsDropped: 0 }),
          query: (query: BoxQuery) => {
            queries.push(query);
            return respond === undefined ? Promise.reject(new Error("No response")) : respond(query);
          },
        }];
      })),
    });
  }
  const handle = httpApi({
    state,
    clock,
    log: () => {},
    build: { version: "1.2.3", commit: "abc1234", deno: "2.7.11" },
    usage: () => ({ cpuSeconds: 1.5, residentBytes: 1000, heapBytes: 10 }),
  });
  const get = (path: string, init?: RequestInit) => handle(new Request(`http://ork${path}`, init));
  return {
    get,
    state,
    queries,
    looks,
    async json(path) {
      const response = await get(path);
      assert.equal(response.headers.get("content-type"), "application/json");
      return { status: response.status, body: await response.json() };
    },
  };
}

const statusesOf = async ({ get }: Asked, ...paths: string[]) =>
  await Promise.all(paths.map(async (path) => (await get(path)).status));
const probes = ["/startup", "/health", "/livez", "/ready"];

Deno.test("probes of a process that starts: it is alive, and neither started nor ready", async () => {
  const asked = api({}, { serving: false });
  assert.deepEqual(await statusesOf(asked, ...probes), [503, 200, 200, 503]);
  assert.deepEqual(await statusesOf(asked, "/katalog", "/katalog/shop", "/metrics"), [503, 503, 200]);
});

Deno.test("probes of a leader: ready when every box works", async () => {
  assert.deepEqual(await statusesOf(api(), ...probes), [200, 200, 200, 200]);
  const late = await api({ region: starting }).json("/ready");
  assert.equal(late.status, 503);
  assert.equal(late.body.reason, "region is pending: waiting for the first lists");
  assert.deepEqual(await statusesOf(api({ region: starting }), ...probes), [200, 200, 200, 503]);
  assert.deepEqual(await statusesOf(api({ shop: { ...working, state: "degraded" } }), ...probes), [200, 200, 200, 503]);
});

Deno.test("probes of a process that cannot continue, and of one that stops", async () => {
  const broken = api();
  broken.state.broken("all cells were lost");
  assert.deepEqual(await statusesOf(broken, ...probes), [200, 500, 500, 503]);
  assert.equal((await broken.json("/health")).body.reason, "all cells were lost");
  const stopping = api();
  stopping.state.stopping();
  assert.deepEqual(await statusesOf(stopping, ...probes), [200, 200, 200, 503]);
  assert.equal((await stopping.get("/ready")).headers.get("connection"), "close");
});

Deno.test("a standby is ready once its caches are filled, and reports its boxes as pending (ruling 105)", async () => {
  const standby = { ...starting, warm: true, reason: "standby" };
  const all = { shop: standby, region: standby, hidden: standby, quiet: standby };
  const leadership = { isLeader: false, holder: "other" };
  const asked = api(all, { leadership });
  assert.deepEqual(await statusesOf(asked, ...probes), [200, 200, 200, 200]);
  const { status, body } = await asked.json("/katalog");
  assert.equal(status, 200);
  assert.deepEqual([body.isKonductor, body.konductor, body.healthy, body.status], [false, "other", false, "pending"]);
  assert.deepEqual(body.statusCounts, { healthy: 0, degraded: 0, started: 0, pending: 4 });
  const { body: health } = await asked.json("/katalog/shop/health");
  assert.deepEqual([health.state, health.totalReconciles, health.isKonductor], ["pending", 0, false]);
  assert.equal((await asked.get("/katalog/shop/health")).status, 200);
  assert.match(await (await asked.get("/metrics")).text(), /^orkestra_leader 0$/m);
  assert.deepEqual(await statusesOf(api({ ...all, shop: starting }, { leadership }), "/ready"), [503]);
  const missing = { ...starting, missing: true };
  assert.deepEqual(await statusesOf(api({ ...all, shop: missing }, { leadership }), "/ready"), [200]);
});

Deno.test("/katalog has all CRDs, and 503 when one is degraded", async () => {
  const { status, body } = await api().json("/katalog");
  assert.equal(status, 200);
  const { crds: entries, namespaces, ...rest } = body;
  assert.deepEqual(rest, {
    ...{ name: "demo", version: "", description: "", author: "A", createdBy: "", license: "", clusterName: "" },
    ...{
      runtimeVersion: "1.2.3",
      OrkReady: true,
      isKonductor: true,
      konductor: "me",
      katalogFiles: "current",
      deletionProtection: false,
    },
    ...{ healthy: true, status: "healthy", statusCounts: { healthy: 4, degraded: 0, started: 0, pending: 0 } },
    ...{ total: 5, totalEnabled: 4, gatewayEndpoint: "http://orkestra-gateway:8080" },
  });
  assert.deepEqual(namespaces, {
    team: {
      crds: ["hidden", "quiet", "region", "shop"],
      statusCounts: { healthy: 4, degraded: 0, started: 0, pending: 0 },
      ...{ healthy: true, description: "", version: "", workers: 12, resources: 20 },
    },
  });
  const { rbacCount, ...shop } = entries[3];
  assert.ok(rbacCount > 3);
  assert.deepEqual(shop, {
    ...{ name: "shop", description: "Shops", mode: "dynamic", namespaced: true, namespace: "" },
    ...{ gvk: "shop.example.org/v1, Kind=Shop", gvr: "shop.example.org/v1, Resource=shops" },
    ...{ workers: 3, workersSource: "configured", workersActive: 3, resync: "30s", resyncSource: "default" },
    ...{ maxDepth: 0, maxDepthSource: "default", queueDepth: 2, resourceCount: 5 },
    operatorBox: { type: "generic", hasTemplates: true, hasHooks: false, hasConstructor: false },
    ...{ healthy: true, state: "healthy", started: true, pending: false },
    ...{ startedAt: "2026-01-02T02:52:18Z", uptime: "11m47s", errorRate: 0.1 },
    ...{ totalReconciles: 10, failedReconciles: 1, consecutiveFails: 0, failureThreshold: 5 },
    ...{ lastError: "once", lastReconcile: "2026-01-02T03:00:00Z" },
    endpoints: {
      ...{ health: "/katalog/shop/health", info: "/katalog/shop", healthEnabled: true, infoEnabled: true },
    },
    ...{ dependsOn: [], hasUnhealthyDependencies: false, deletionProtection: false, gated: false, crossAccess: true },
    ...{ providerCount: 0, serveEnabled: false, requireServeName: false, target: "", aliases: [] },
    katalogNamespace: "team",
  });
  const ill = await api({
    shop: { ...working, state: "degraded", reason: "no" },
    region: starting,
  }).json("/katalog");
  assert.equal(ill.status, 503);
  assert.deepEqual([ill.body.degradedReason, ill.body.healthy, ill.body.OrkReady], [
    "1 degraded, 1 pending",
    false,
    false,
  ]);
});

Deno.test("/katalog/{crd} is flat, and 200 whatever the state", async () => {
  const { status, body } = await api({ shop: { ...working, state: "degraded" } }).json("/katalog/shop");
  assert.equal(status, 200);
  assert.deepEqual([body.state, body.isKonductor, body.workersIdle, body.workersProcessing], ["degraded", true, 2, 1]);
  assert.deepEqual(body.workerDetails, {
    ...{ "shop-worker-0": "processing", "shop-worker-1": "idle", "shop-worker-2": "idle" },
  });
  assert.deepEqual(body.autoscalerWorkers, { configured: 3, effective: 3, idle: 2, inFlight: 1, queueDepth: 2 });
  assert.deepEqual([body.providers, body.autoscalerEnabled], [[], false]);
  assert.deepEqual(body.operatorBox.templates, { onCreate: {}, onReconcile: { configMaps: 2 }, onDelete: { jobs: 1 } });
  assert.equal(body.rbac.rules.length, body.rbac.totalRules);
  assert.deepEqual([body.totalReconciles, body.lastError, body.lastReconcile], [10, "once", "2026-01-02T03:00:00Z"]);
  assert.equal(body.metrics.totalReconciles, 10);
});

Deno.test("settings of operatorBox.autoscale are shown while they are in effect", async () => {
  const plan = planOf(`
    shop:
      apiTypes: { group: shop.dev, version: v1, kind: Shop, plural: shops }
      operatorBox:
        reconciler: { workers: 2, queue: { maxDepth: 5, behaviour: { onLimit: { drop: true } } } }
        autoscale:
          conditions: { when: [{ field: metrics.queueDepth, greaterThan: "5" }] }
          do: { workers: 8, resync: 5m }`);
  const settings = { workers: 8, resyncMs: 300_000, maxDepth: 5 };
  const shown = async (active: boolean) => {
    const since = active ? "2026-01-02T03:00:00Z" : undefined;
    const autoscale = active ? { active, since, ...settings } : { active, workers: 2, resyncMs: 30_000, maxDepth: 5 };
    const { body } = await api({ shop: { ...working, autoscale } }, { plan }).json("/katalog/shop");
    const { workers, workersSource, resync, resyncSource, maxDepth, maxDepthSource, autoscalerWorkers } = body;
    assert.equal(body.autoscalerEnabled, true);
    const { configured, effective, active: isActive, since: sinceShown } = autoscalerWorkers;
    return [workers, workersSource, resync, resyncSource, maxDepth, maxDepthSource].concat(
      [configured, effective, isActive, sinceShown],
    );
  };
  assert.deepEqual(await shown(true), [
    ...[8, "autoscaler", "5m", "autoscaler", 5, "configured"],
    ...[2, 8, true, "2026-01-02T03:00:00Z"],
  ]);
  assert.deepEqual(await shown(false), [
    ...[2, "configured", "30s", "default", 5, "configured"],
    ...[2, 2, false, undefined],
  ]);
});

Deno.test("/katalog/{crd}/health: 503 when degraded, and times that are not set are `not started`", async () => {
  const asked = api({ shop: { ...working, state: "degraded", reason: "no" }, region: starting });
  const { status, body } = await asked.json("/katalog/shop/health");
  assert.equal(status, 503);
  assert.deepEqual(body, {
    ...{ name: "shop", state: "degraded", status: "degraded", isKonductor: true, healthy: false, started: true },
    ...{ pending: false, startedAt: "2026-01-02T02:52:18Z", uptime: "11m47s", queueDepth: 2, errorRate: 0.1 },
    ...{ consecutiveFails: 0, totalReconciles: 10, failedReconciles: 1, lastError: "once" },
    ...{ lastReconcile: "2026-01-02T03:00:00Z", resourceCount: 5, hasUnhealthyDependencies: false, reason: "no" },
  });
  const region = (await asked.json("/katalog/region/health")).body;
  assert.deepEqual([region.state, region.startedAt, region.uptime, region.lastReconcile], [
    "pending",
    "not started",
    "not started",
    "not started",
  ]);
});

Deno.test("a box without its CRD says so, and what depends on others shows their states", async () => {
  const missing = { ...starting, missing: true, reason: "install its CRD" };
  const dependent = { ...working, dependencies: { shop: "degraded" }, hasUnhealthyDependencies: true } as const;
  const asked = api({ shop: missing, region: dependent });
  const { status, body } = await asked.json("/katalog/shop/health");
  assert.deepEqual([status, body.state, body.missing, body.reason], [200, "pending", true, "install its CRD"]);
  const region = (await asked.json("/katalog/region/health")).body;
  assert.deepEqual([region.dependencies, region.hasUnhealthyDependencies], [{ shop: "degraded" }, true]);
});

Deno.test("a process that leads some boxes is ready when those work and the others could start", async () => {
  const leads = (box: string) => box === "shop";
  const resting = { ...starting, warm: true };
  const rest = { region: resting, hidden: resting, quiet: resting };
  const asked = api(rest, { leads });
  assert.deepEqual(await statusesOf(asked, "/ready"), [200]);
  const { body } = await asked.json("/katalog");
  assert.deepEqual([body.healthy, body.isKonductor, body.status], [true, true, "pending"]);
  assert.equal((await asked.json("/katalog/shop")).body.isKonductor, true);
  assert.equal((await asked.json("/katalog/region")).body.isKonductor, false);
  assert.deepEqual(await statusesOf(api({ ...rest, region: starting }, { leads }), "/ready"), [503]);
});

Deno.test("endpoints that are switched off are absent (ruling 90)", async () => {
  const asked = api();
  const paths = ["", "/health", "/cr", "/cr/a", "/cr/a/b", "/cr/a/b/events", "/raw", "/enriched"];
  for (const path of paths) assert.equal((await asked.get(`/katalog/hidden${path}`)).status, 404, path);
  assert.deepEqual(await statusesOf(asked, "/katalog/quiet", "/katalog/quiet/health"), [200, 404]);
  const { body } = await asked.json("/katalog");
  assert.deepEqual(body.crds[0], {
    ...{ name: "hidden", state: "healthy", healthy: true },
    endpoints: {
      ...{ health: "/katalog/hidden/health", info: "/katalog/hidden", healthEnabled: false, infoEnabled: false },
    },
  });
});

Deno.test("/katalog/{crd}/schema has the schema that the Katalog knows, and is 404 where it knows none", async () => {
  const asked = api();
  assert.deepEqual(await asked.json("/katalog/shop/schema"), {
    status: 200,
    body: {
      ...{ crd: "shop", group: "shop.example.org", version: "v1", kind: "Shop", plural: "shops", namespaced: true },
      schema: { type: "object", properties: { spec: { type: "object" } } },
    },
  });
  const { status, body } = await asked.json("/katalog/region/schema");
  assert.deepEqual([status, body.error], [
    404,
    "The Katalog names no schema of Region (crdFile, apiTypes.schema)",
  ]);
  assert.equal((await asked.get("/katalog/hidden/schema")).status, 404);
});

Deno.test("unknown paths and names are 404, other methods 405, all as JSON", async () => {
  const asked = api({}, {
    respond: (query) =>
      Promise.resolve<BoxResult>(
        query.what === "cr" ? { what: "cr", cr: undefined } : { what: "events", events: undefined },
      ),
  });
  const paths = ["/", "/x", "/katalog/", "/katalog/none", "/katalog/SHOP", "/katalog/shop/x", "/katalog/shop/cr/a"];
  const more = [
    "/katalog/shop/cr/a/b",
    "/katalog/shop/cr/a/b/events",
    "/katalog/shop/cr/a%2Fb/c",
    "/katalog/region/cr/a/b",
  ];
  for (const path of [...paths, ...more, "/katalog/region/cr/a/events", "/katalog/shop/cr/a/b/c"]) {
    const { status, body } = await asked.json(path);
    assert.equal(status, 404, path);
    assert.equal(typeof body.error, "string", path);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const path of ["/katalog", "/x", "/ready"]) {
      const response = await asked.get(path, { method });
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"], `${method} ${path}`);
      assert.match((await response.json()).error, /read-only/);
    }
  }
  const head = await asked.get("/katalog", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assert.equal((await asked.get(`/katalog?${"a".repeat(5000)}`)).status, 414);
});

Deno.test("/katalog says what is protected against deletion", async () => {
  const plan = planOf(
    crds.replace("shop:", "shop:\n  deletionProtection: {protectCRs: false}"),
    "security: {deletionProtection: {enabled: true}}\n",
  );
  const { body } = await api({}, { plan }).json("/katalog");
  const protectedCrds = body.crds.filter((crd: Record<string, unknown>) => crd["deletionProtection"] === true);
  assert.equal(body.deletionProtection, true);
  assert.deepEqual(protectedCrds.map((crd: Record<string, unknown>) => crd["name"]), ["quiet", "region"]);
});

Deno.test("/katalog/{crd}/cr pages, and bounds its parameters", async () => {
  const created = "2026-01-02T03:04:00Z";
  const item = { name: "b", namespace: "a", phase: "Ready", ready: true, generation: 2, created };
  const asked = api({}, {
    respond: () =>
      Promise.resolve<BoxResult>({
        what: "crs",
        page: { items: [{ ...item, value: "x.example.org" }], total: 7, next: "a/b" },
      }),
  });
  const { status, body } = await asked.json("/katalog/shop/cr?limit=1&field=spec.domain");
  assert.equal(status, 200);
  const { continue: token, ...page } = body;
  assert.deepEqual(page, {
    crd: "shop",
    total: 7,
    items: [{
      ...{ name: "b", namespace: "a", phase: "Ready", ready: true, generation: 2, age: "5s", created },
      value: "x.example.org",
    }],
  });
  await asked.json(`/katalog/shop/cr?continue=${token}`);
  assert.deepEqual(asked.queries, [
    { what: "crs", limit: 1, after: undefined, field: ["spec", "domain"] },
    { what: "crs", limit: 100, after: "a/b", field: undefined },
  ]);
  asked.queries.length = 0;
  for (const query of ["search=Be&namespace=a&ready=false", "search=&namespace=&ready="]) {
    assert.equal((await asked.get(`/katalog/shop/cr?${query}`)).status, 200, query);
  }
  assert.deepEqual(asked.queries, [
    {
      ...{ what: "crs", limit: 100, after: undefined, field: undefined },
      filter: { search: "be", namespace: "a", ready: false },
    },
    { what: "crs", limit: 100, after: undefined, field: undefined },
  ]);
  const refused = [
    "ready=yes",
    `search=${"x".repeat(321)}`,
    `namespace=${"x".repeat(321)}`,
    "limit=0",
    "limit=501",
    "limit=x",
    "continue=%20",
    "continue=a",
    "field=spec",
    "field=spec.other",
  ];
  const secret = ["field=metadata.annotations.a", "field=spec.adminPassword", "field=data.a", "field=metadata"];
  for (const query of [...refused, ...secret]) {
    const { status, body } = await asked.json(`/katalog/shop/cr?${query}`);
    assert.equal(status, 400, query);
    assert.match(body.error, /^Cannot /);
  }
  for (const query of ["field=status.url", "field=.metadata.uid", "field=metadata.labels.a"]) {
    assert.equal((await asked.get(`/katalog/shop/cr?${query}`)).status, 200, query);
  }
});

Deno.test("/katalog/{crd}/cr?value= looks up who has a value that is to be unique, and no other value", async () => {
  const created = "2026-01-02T03:04:00Z";
  const item = { name: "b", namespace: "a", phase: "", ready: true, generation: 2, created };
  let page: { items: [typeof item]; total: number } | undefined = { items: [item], total: 3 };
  const asked = api({}, { respond: () => Promise.resolve<BoxResult>({ what: "holders", page }) });
  const field = encodeURIComponent('.metadata.labels["shop.example.org/number"]');
  const path = `/katalog/shop/cr?field=${field}&limit=1&value=1%2F2`;
  assert.deepEqual(await asked.json(path), {
    status: 200,
    body: {
      crd: "shop",
      field: 'metadata.labels["shop.example.org/number"]',
      total: 3,
      items: [{ name: "b", namespace: "a", phase: "", ready: true, generation: 2, age: "5s", created }],
    },
  });
  assert.deepEqual(asked.queries, [
    { what: "holders", field: 'metadata.labels["shop.example.org/number"]', value: "1/2", limit: 1 },
  ]);
  page = undefined;
  const early = await asked.get(path);
  assert.deepEqual([early.status, early.headers.get("retry-after")], [503, "1"]);
  const refused = [
    ...["value=x", "field=&value=x", "field=spec.domain&value=x", "field=status.phase&value=x"],
    ...["field=metadata.name&value=x", "field=spec.apiToken&value=hunter2", "field=data.password&value=x"],
    ...[`field=${field}&value=`, `field=${field}&value=${"x".repeat(1025)}`, `field=${field}&value=x&limit=501`],
    ...[`field=${field}&value=x&search=b`, `field=${field}&value=x&ready=true`],
    ...[`field=${field}&value=x&continue=YQ`, `field=${"x".repeat(300)}&value=x`],
  ];
  for (const query of refused) {
    const { status, body } = await asked.json(`/katalog/shop/cr?${query}`);
    assert.equal(status, 400, query);
    assert.match(body.error, /^Cannot /);
    assert.doesNotMatch(body.error, /hunter2|apiToken.*apiToken/);
  }
  assert.equal((await asked.get(`/katalog/region/cr?field=spec.domain&value=x`)).status, 400, "no rule of its own");
  assert.equal((await asked.get(`/katalog/hidden/cr?field=spec.domain&value=x`)).status, 404);
});

Deno.test("/katalog/{crd}/cr/… finds CRs by namespace and name, and their events", async () => {
  const cr = {
    ...{ name: "b", namespace: "a", phase: "Ready", ready: true, generation: 2, created: "2026-01-02T02:04:05Z" },
    deleted: "2026-01-02T03:04:05Z",
    status: { phase: "Ready" },
    children: { ConfigMap: [{ name: "c", namespace: "a", ready: true }] },
    childrenOmitted: 0,
  };
  const event = { type: "Normal", reason: "R", message: "m", time: "2026-01-02T03:04:00Z", count: 2 } as const;
  const known = ["a/b", "default/b", "b"];
  const asked = api({}, {
    respond: (query) => {
      assert.ok("key" in query);
      const isKnown = known.includes(query.key);
      return Promise.resolve<BoxResult>(
        query.what === "cr"
          ? { what: "cr", cr: isKnown ? cr : undefined }
          : { what: "events", events: isKnown ? [event] : undefined },
      );
    },
  });
  assert.deepEqual((await asked.json("/katalog/shop/cr/a/b")).body, {
    ...{ name: "b", namespace: "a", phase: "Ready", ready: true, generation: 2, age: "1h" },
    created: "2026-01-02T02:04:05Z",
    deletionTimestamp: "2026-01-02T03:04:05Z",
    status: { phase: "Ready" },
    children: { ConfigMap: [{ name: "c", namespace: "a", ready: true }] },
    eventsEndpoint: "/katalog/shop/cr/a/b/events",
  });
  assert.deepEqual((await asked.json("/katalog/shop/cr/a/b/events")).body, {
    name: "b",
    namespace: "a",
    events: [{ type: "Normal", reason: "R", message: "m", count: 2, lastSeen: "2026-01-02T03:04:00Z", age: "5s" }],
  });
  const paths = ["shop/cr/b", "shop/cr/b/events", "region/cr/b", "region/cr/b/events"];
  for (const path of paths) assert.equal((await asked.get(`/katalog/${path}`)).status, 200, path);
  const keys = asked.queries.map((query) => "key" in query ? `${query.what} ${query.key}` : "");
  assert.deepEqual(keys, [
    "cr a/b",
    "events a/b",
    "cr default/b",
    "cr b/events",
    "events default/b",
    "cr b",
    "events b",
  ]);
});

Deno.test("a request about one box reads the health of that box alone, once", async () => {
  for (const path of ["", "/health", "/enriched", "/schema", "/failing", "/cr?limit=1", "/cr/a/b", "/cr/a/b/passes"]) {
    const { get, looks } = api();
    await get(`/katalog/shop${path}`);
    assert.deepEqual(looks, ["shop"], path);
  }
});

Deno.test("/katalog/{crd}/failing has the CRs whose last pass failed, was refused or waits", async () => {
  const pass: FailingCr["pass"] = {
    id: "p-1",
    ...{ trigger: "retry of the pass before", result: "failed", message: "no", count: 3, waitedMs: 1, durationMs: 12 },
    ...{ changes: [], changesOmitted: 0, calls: [], callsOmitted: 0 },
    ...{ firstTime: "2026-01-02T03:03:00Z", time: "2026-01-02T03:04:00Z" },
  };
  const asked = api({}, {
    respond: () => Promise.resolve<BoxResult>({ what: "failing", items: [{ key: "a/b", pass }], total: 70 }),
  });
  assert.deepEqual(await asked.json("/katalog/shop/failing"), {
    status: 200,
    body: {
      ...{ crd: "shop", isKonductor: true, total: 70 },
      items: [{
        ...{
          namespace: "a",
          name: "b",
          result: "failed",
          message: "no",
          trigger: "retry of the pass before",
          count: 3,
        },
        ...{ firstTime: "2026-01-02T03:03:00Z", time: "2026-01-02T03:04:00Z", age: "5s" },
      }],
    },
  });
  assert.equal((await asked.get("/katalog/hidden/failing")).status, 404);
});

Deno.test("…/passes has causes, names of fields and codes, never what was written, and what comes next", async () => {
  const known = ["a/b", "b"];
  const asked = api({}, {
    respond: (query) => {
      assert.ok(query.what !== "crs");
      if (query.what === "cr") return Promise.resolve<BoxResult>({ what: "cr", cr: undefined });
      assert.equal(query.what, "passes");
      return Promise.resolve<BoxResult>({
        what: "passes",
        passes: !known.includes(query.key) ? undefined : {
          passes: [{
            ...{ trigger: "Deployment a/web changed", result: "succeeded", count: 1, waitedMs: 1, durationMs: 12 },
            id: "run-7",
            changes: [{
              ...{ action: "update", kind: "Deployment", key: "a/web", fields: ["spec.replicas"] },
              cause: { why: "drift", by: "kubectl-scale" },
            }],
            changesOmitted: 3,
            calls: [
              { verb: "apply", kind: "Deployment", key: "a/web", code: 200 },
              { verb: "patch", kind: "Shop", key: "a/b", subresource: "status" },
            ],
            callsOmitted: 0,
            ...{ firstTime: "2026-01-02T03:04:00Z", time: "2026-01-02T03:04:00Z" },
          }],
          idle: { since: "2026-01-02T03:04:01Z", last: "2026-01-02T03:04:04Z", count: 2 },
          next: { why: "resync", inMs: 1000.4 },
        },
      });
    },
  });
  const { status, body } = await asked.json("/katalog/shop/cr/a/b/passes");
  assert.equal(status, 200);
  assert.deepEqual(body, {
    ...{ name: "b", namespace: "a", isKonductor: true, next: { why: "resync", inMs: 1000 } },
    idle: { since: "2026-01-02T03:04:01Z", last: "2026-01-02T03:04:04Z", count: 2 },
    passes: [{
      ...{ trigger: "Deployment a/web changed", result: "succeeded", count: 1, waitedMs: 1, durationMs: 12 },
      id: "run-7",
      ...{ firstTime: "2026-01-02T03:04:00Z", time: "2026-01-02T03:04:00Z", age: "5s" },
      changes: [{
        ...{ action: "update", kind: "Deployment", namespace: "a", name: "web", fields: ["spec.replicas"] },
        ...{ why: "drift", by: "kubectl-scale" },
        text: "updated Deployment web (spec.replicas, changed by kubectl-scale)",
      }],
      changesOmitted: 3,
      calls: [
        { verb: "apply", kind: "Deployment", namespace: "a", name: "web", code: 200 },
        { verb: "patch", kind: "Shop", namespace: "a", name: "b", subresource: "status" },
      ],
    }],
  });
  assert.equal((await asked.json("/katalog/region/cr/b/passes")).status, 200);
  for (const path of ["shop/cr/a/c/passes", "region/cr/a/b/passes", "hidden/cr/a/b/passes"]) {
    assert.equal((await asked.json(`/katalog/${path}`)).status, 404, path);
  }
});

Deno.test("a box that is busy is 503 for its paths, a defect 500 without its stack, and the other paths work", async () => {
  const busy = api({}, { respond: () => Promise.reject(new BoxBusyError("The box is busy")) });
  const response = await busy.get("/katalog/shop/cr");
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "1"]);
  assert.deepEqual(await response.json(), { error: "The box is busy" });
  assert.deepEqual(await statusesOf(busy, "/katalog", "/katalog/shop", "/metrics"), [200, 200, 200]);
  const defect = await api({}, { respond: () => Promise.reject(new Error("Secret detail")) }).json("/katalog/shop/cr");
  assert.deepEqual(defect, { status: 500, body: { error: "Unexpected error; the log has its stack" } });
});

Deno.test("requests in flight are bounded, and probes do not count", async () => {
  const gate = Promise.withResolvers<BoxResult>();
  const asked = api({}, { respond: () => gate.promise });
  const waiting = Array.from({ length: 32 }, () => asked.get("/katalog/shop/cr"));
  assert.deepEqual(await statusesOf(asked, "/katalog", "/ready"), [503, 200]);
  gate.resolve({ what: "crs", page: { items: [], total: 0 } });
  for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
  assert.deepEqual(await statusesOf(asked, "/katalog"), [200]);
});

Deno.test("/metrics exposes what boxes and process count, by GVK", async () => {
  const asked = api();
  await asked.get("/x");
  const response = await asked.get("/metrics");
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  const crd = 'crd="shop.example.org/v1, Kind=Shop"';
  for (
    const line of [
      `controller_reconcile_total{${crd},result="success"} 9`,
      `controller_reconcile_total{${crd},result="error"} 1`,
      `controller_resource_count{${crd}} 5`,
      `controller_children{${crd}} 9`,
      `controller_queue_depth{${crd}} 2`,
      `controller_workers_total{${crd}} 3`,
      `controller_workers_idle{${crd}} 2`,
      `controller_workers_processing{${crd}} 1`,
      `controller_longest_running_reconcile_seconds{${crd}} 1.5`,
      `controller_admission_validation_total{${crd},result="denied",source="reconcile"} 1`,
      `controller_admission_validation_total{${crd},result="allowed",source="reconcile"} 0`,
      `controller_admission_validation_violations_total{${crd},field="spec.owner",rule="exists",action="warn",source="reconcile"} 1`,
      `controller_admission_mutation_total{${crd},result="applied",source="reconcile"} 1`,
      `controller_admission_mutation_total{${crd},result="skipped",source="reconcile"} 1`,
      `controller_admission_mutation_applied_total{${crd},field="spec.tier",type="default",source="reconcile"} 1`,
      `controller_validation_total{${crd},result="rejected"} 1`,
      `controller_validation_rejected_total{${crd},field="spec.size",rule="lte"} 1`,
      `controller_mutation_total{${crd}} 1`,
      `controller_api_requests_total{${crd},verb="GET",code="200"} 1`,
      `controller_api_requests_total{${crd},verb="WATCH",code="error"} 1`,
      `controller_watch_restarts_total{${crd},kind="Shop"} 1`,
      `orkestra_crd_healthy{${crd}} 1`,
      "orkestra_leader 1",
      'orkestra_build_info{version="1.2.3",commit="abc1234",deno="2.7.11"} 1',
      'orkestra_http_requests_total{code="404"} 1',
      "process_cpu_seconds_total 1.5",
      "process_resident_memory_bytes 1000",
    ]
  ) assert.ok(text.includes(`\n${line}\n`), `${line}\n${text}`);
  const series = text.split("\n").filter((line) => !line.startsWith("#")).map((line) => line.replace(/ \S+$/, ""));
  assert.equal(new Set(series).size, series.length, "no series comes twice");
});

Deno.test("every metric passes the lint of promtool, and exists once", () => {
  for (const spec of metricSpecs) assert.deepEqual(lintMetric(spec), [], spec.name);
  assert.equal(new Set(metricSpecs.map(({ name }) => name)).size, metricSpecs.length);
});

Deno.test("/api/v1/query responds to the name of a metric as Prometheus does", async () => {
  const asked = api();
  const vector = async (name: string) => (await asked.json(`/api/v1/query?query=${name}`)).body.data.result;
  const [leader] = await vector("orkestra_leader");
  assert.deepEqual([leader.metric, leader.value[1]], [{ __name__: "orkestra_leader" }, "1"]);
  const healthy = await vector("orkestra_crd_healthy");
  assert.deepEqual(healthy.map(({ metric }: { metric: { crd: string } }) => metric.crd).length, 4);
  assert.deepEqual(await vector("up"), []);
  for (const query of ["", "sum(up)", 'up{a="b"}', "x".repeat(300)]) {
    const { status, body } = await asked.json(`/api/v1/query?query=${encodeURIComponent(query)}`);
    assert.deepEqual([status, body.status, body.errorType], [400, "error", "bad_data"]);
  }
});
