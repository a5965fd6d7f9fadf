import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { planOf } from "../../../tests/support/plans.ts";
import { type BoxHealth, type BoxQuery, type BoxResult, maxPage } from "../../box/mod.ts";
import { ObservedSource } from "../cross/mod.ts";
import { readPage } from "../cross/page.ts";
import { httpApi } from "./app.ts";
import { ProcessState } from "./process_state.ts";

const crds = `
open:
  apiTypes: {group: a.example.org, version: v1, kind: Open, plural: opens}
  crossAccess: true
closed:
  apiTypes: {group: a.example.org, version: v1, kind: Closed, plural: closeds}
  crossAccess: false
unsaid:
  apiTypes: {group: a.example.org, version: v1, kind: Unsaid, plural: unsaids}
  operatorBox: {cross: [{crd: unsaid, selector: {name: a}}]}
secret:
  apiTypes: {version: v1, kind: Secret}
  labelSelector: {a: b}
  crossAccess: true
hidden:
  apiTypes: {group: a.example.org, version: v1, kind: Hidden, plural: hiddens}
  crossAccess: true
  endpoints: {info: false}
`.trimStart();

const health: BoxHealth = {
  ...{ state: "healthy", totalReconciles: 0, failedReconciles: 0, consecutiveFails: 0, queueDepth: 0 },
  ...{ resourceCount: 0, warm: true, missing: false, workers: { running: 0, processing: 0 } },
  crossSources: [{ source: "db@http://other", state: "stale", lastRead: "2026-01-02T03:04:00Z", reason: "HTTP 403" }],
};

/** An API whose boxes publish this number of objects; `undefined`: not all are known. */
function api(
  count: number | undefined,
  query: (query: BoxQuery) => Promise<BoxResult> = () => Promise.reject(new Error("The box was asked")),
) {
  const clock = new FakeClock();
  const publish = (name: string): ObservedSource => {
    const source = new ObservedSource(name, clock);
    const objects = Array.from({ length: count ?? 1 }, (_, n) => ({
      object: { name: `n${n}`, namespace: "x", labels: {}, annotations: {}, spec: { n }, status: {} },
      bytes: 100,
    }));
    source.publish({ source: name, begins: true, complete: count !== undefined, objects, gone: [], omitted: 3 });
    return source;
  };
  const plan = planOf(crds);
  const sources = new Map(plan.boxes.map(({ name }) => [name, publish(name)]));
  const state = new ProcessState();
  state.serve({
    plan,
    leadership: { isLeader: true, holder: "me" },
    documents: { metadata: {}, raw: {}, enriched: {}, sources: {} },
    crossSources: { states: () => [...health.crossSources!, { source: "q@http://other", state: "unreached" }] },
    boxes: new Map(plan.boxes.map(({ name }) => [name, {
      health: () => health,
      leads: () => true,
      metrics: () => [],
      query,
      published: sources.get(name),
    }])),
  });
  const handle = httpApi({
    state,
    clock,
    log: () => {},
    build: { version: "1", deno: "2" },
    usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
  });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await handle(new Request(`http://ork${path}`, { headers }));
    return { status: response.status, etag: response.headers.get("etag"), text: await response.text(), response };
  };
  return { sources, get };
}

Deno.test("?view=cross has what boxes observe, in pages", async () => {
  const { get } = api(1200);
  const names: string[] = [];
  const sizes: number[] = [];
  let next: string | undefined = "";
  while (next !== undefined) {
    const { status, text } = await get(`/katalog/open/cr?view=cross${next === "" ? "" : `&continue=${next}`}`);
    assert.equal(status, 200);
    const page = readPage(text, "open");
    assert.equal(page.omitted, 3);
    names.push(...page.entries.map(({ object }) => object.name));
    sizes.push(page.entries.length);
    next = page.next;
  }
  assert.deepEqual(sizes, [maxPage, maxPage, 200]);
  assert.equal(new Set(names).size, 1200);
  assert.equal(readPage((await get("/katalog/open/cr?view=cross&limit=7")).text, "open").entries.length, 7);
});

Deno.test("?view=cross of an unchanged source is 304, without a body", async () => {
  const { get, sources } = api(2);
  const path = "/katalog/open/cr?view=cross";
  const { etag } = await get(path);
  assert.match(etag!, /^"[\w-]+"$/);
  for (const tag of [etag!, `W/${etag}`, `"other", ${etag}`]) {
    const { status, text, ...again } = await get(path, { "if-none-match": tag });
    assert.deepEqual([status, text, again.etag], [304, "", etag], tag);
  }
  assert.equal((await get(path, { "if-none-match": '"other"' })).status, 200);
  assert.equal((await get(`${path}&continue=eC9uMA`, { "if-none-match": etag! })).status, 200);
  sources.get("open")!.publish({
    source: "open",
    begins: false,
    complete: false,
    objects: [],
    gone: ["x/n0"],
    omitted: 3,
  });
  const changed = await get(path, { "if-none-match": etag! });
  assert.equal(changed.status, 200);
  assert.notEqual(changed.etag, etag);
});

Deno.test("?view=cross is refused where the Katalog does not say that it may be read, and for Secrets", async () => {
  const { get } = api(1);
  for (const crd of ["closed", "unsaid", "secret"]) {
    const { status, text, etag } = await get(`/katalog/${crd}/cr?view=cross`);
    assert.deepEqual([status, etag], [403, null], crd);
    assert.match(JSON.parse(text).error, crd === "secret" ? /Secrets/ : /does not say crossAccess: true/);
  }
  assert.equal((await get("/katalog/hidden/cr?view=cross")).status, 404);
  assert.equal((await get("/katalog/none/cr?view=cross")).status, 404);
  for (
    const query of ["view=", "view=other", "view=cross&limit=0", "view=cross&continue=!", "view=cross&search=a"]
  ) {
    assert.equal((await get(`/katalog/open/cr?${query}`)).status, 400, query);
  }
});

Deno.test("one CR has its spec where other Runtimes may read it, and nowhere else", async () => {
  const cr = { name: "n1", namespace: "x", phase: "", ready: true, generation: 1, children: {}, childrenOmitted: 0 };
  const { get } = api(2, () => Promise.resolve({ what: "cr", cr }));
  assert.deepEqual(JSON.parse((await get("/katalog/open/cr/x/n1")).text).spec, { n: 1 });
  for (const crd of ["closed", "unsaid", "secret"]) {
    assert.ok(!("spec" in JSON.parse((await get(`/katalog/${crd}/cr/x/n1`)).text)), crd);
  }
});

Deno.test("/katalog names what each box reads of others", async () => {
  const { crds } = JSON.parse((await api(0).get("/katalog")).text);
  const reads = crds.map(({ name, crossReads }: { name: string; crossReads?: unknown }) => [name, crossReads]);
  assert.deepEqual(Object.fromEntries(reads), {
    ...{ open: undefined, closed: undefined, secret: undefined, hidden: undefined },
    unsaid: [{ as: "unsaid", crd: "unsaid" }],
  });
});

Deno.test("?view=cross is 503 before all objects are known: no part is taken for the whole", async () => {
  const { status, response } = await api(undefined).get("/katalog/open/cr?view=cross");
  assert.deepEqual([status, response.headers.get("retry-after")], [503, "1"]);
});

Deno.test("health and metrics say how up to date other Runtimes are read", async () => {
  const { get } = api(0);
  const { crossSources } = JSON.parse((await get("/katalog/open/health")).text);
  assert.deepEqual(crossSources, health.crossSources);
  const { text } = await get("/metrics");
  assert.match(text, /^orkestra_cross_source_up\{source="db@http:\/\/other"\} 0$/m);
  assert.match(text, /^orkestra_cross_source_read_timestamp_seconds\{source="db@http:\/\/other"\} 1767323040$/m);
  assert.doesNotMatch(text, /read_timestamp_seconds\{source="q@/);
});
