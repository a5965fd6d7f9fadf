import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { boxOf } from "../../../tests/support/plans.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { compilePass } from "../../pass/mod.ts";
import { Store } from "../cache/store.ts";
import { UniqueIndex } from "../cache/unique_index.ts";
import { RecentEvents } from "../report/recent_events.ts";
import { RecentPasses } from "../report/recent_passes.ts";
import { CrLists } from "./cr_lists.ts";
import { runQuery } from "./run_query.ts";
import type { BoxQuery, BoxResult, CrFilter } from "./query.ts";

const plan = boxOf("onReconcile: {configMaps: [{name: a, data: {a: b}}]}");
const { box: compiled } = compilePass(plan);

function cr(name: string, more: Partial<KubeObject> = {}): KubeObject {
  return {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: {
      ...{ name, namespace: "a", uid: `uid-${name}`, resourceVersion: "5", generation: 3 },
      creationTimestamp: "2026-01-01T00:00:00Z",
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "hunter2" },
    },
    spec: { password: "hunter2", domain: `${name}.example.org`, parts: { a: 1 } },
    ...more,
  };
}

function source(...crs: KubeObject[]) {
  const unique: UniqueIndex = new UniqueIndex({
    fields: [{ name: "spec.domain", path: ["spec", "domain"] }],
    cr: (key) => store.cr(key),
    changed: () => {},
  });
  const store: Store = new Store(plan.type, (key) => unique.changed(key));
  for (const one of crs) store.putCr(one);
  const clock = new FakeClock();
  const lists = new CrLists({ clock, crs: () => store.crs(), cr: (key) => store.cr(key) });
  const next = () => ({ why: "resync", inMs: 60_000 }) as const;
  return { compiled, store, lists, unique, events: new RecentEvents(clock), passes: new RecentPasses(clock), next };
}

type Result<W> = BoxResult & { readonly what: W };
const ask = <W extends BoxQuery["what"]>(query: BoxQuery & { what: W }, from: ReturnType<typeof source>) =>
  runQuery(query, from) as Result<W>;

Deno.test("runQuery() gives CRs page by page, sorted by key, each once", () => {
  const names = Array.from({ length: 25 }, (_, i) => `n${(i * 7) % 25}`);
  const from = source(...names.map((name) => cr(name)));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const { page }: Result<"crs"> = ask({ what: "crs", limit: 4, after }, from);
    assert.equal(page.total, 25);
    assert.ok(page.items.length <= 4);
    seen.push(...page.items.map(objectKey));
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(seen, names.map((name) => `a/${name}`).sort());
  assert.equal(ask({ what: "crs", limit: 25 }, from).page.next, undefined);
});

Deno.test("runQuery() looks for CRs by name, namespace, phase and readiness, page by page", () => {
  const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  const from = source(
    ...["web-1", "web-2", "db-1"].map((name) => cr(name)),
    ...["web-3", "cache"].map((name) => cr(name, { status: ready })),
    cr("web-1", { metadata: { name: "web-1", namespace: "b", uid: "u", resourceVersion: "1" } }),
  );
  const found = (filter: CrFilter, limit = 10, after?: string) => {
    const { page } = ask({ what: "crs", limit, after, filter }, from);
    return [page.items.map(objectKey).join(" "), page.total, page.next];
  };
  assert.deepEqual(found({ search: "web" }), ["a/web-1 a/web-2 a/web-3 b/web-1", 4, undefined]);
  assert.deepEqual(found({ search: "web" }, 2), ["a/web-1 a/web-2", 4, "a/web-2"]);
  assert.deepEqual(found({ search: "web" }, 2, "a/web-2"), ["a/web-3 b/web-1", 4, undefined]);
  assert.deepEqual(found({ search: "b/web" }), ["b/web-1", 1, undefined]);
  assert.deepEqual(found({ search: "runn" }), ["a/cache a/web-3", 2, undefined]);
  assert.deepEqual(found({ namespace: "b" }), ["b/web-1", 1, undefined]);
  assert.deepEqual(found({ ready: true }), ["a/cache a/web-3", 2, undefined]);
  assert.deepEqual(found({ ready: false, namespace: "a" }), ["a/db-1 a/web-1 a/web-2", 3, undefined]);
  assert.deepEqual(found({ search: "hunter2" }), ["", 0, undefined]);
});

Deno.test("runQuery() bounds a page, whatever is requested", () => {
  const from = source(...Array.from({ length: 600 }, (_, i) => cr(`n${i}`)));
  const { page } = ask({ what: "crs", limit: 1_000_000 }, from);
  assert.equal(page.items.length, 500);
});

Deno.test("runQuery() gives nothing of a CR but metadata, status and the field that was requested", () => {
  const status = { phase: "Ready", conditions: [{ type: "Ready", status: "True" }] };
  const from = source(cr("one", { status }));
  const [item] = ask({ what: "crs", limit: 1, field: ["spec", "domain"] }, from).page.items;
  assert.deepEqual(item, {
    ...{ name: "one", namespace: "a", phase: "Ready", ready: true, generation: 3 },
    ...{ created: "2026-01-01T00:00:00Z", value: "one.example.org" },
  });
  const { cr: detail } = ask({ what: "cr", key: "a/one" }, from);
  assert.deepEqual(detail?.status, status);
  assert.doesNotMatch(JSON.stringify([item, detail]), /hunter2/);
  const { metadata, ...rest } = cr("going");
  const going = source({ ...rest, metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:09Z" } });
  assert.equal(ask({ what: "crs", limit: 1 }, going).page.items[0]!.deleted, "2026-01-01T00:00:09Z");
  const whole = ask({ what: "crs", limit: 1, field: ["spec", "parts"] }, from).page.items[0]!;
  assert.ok(!("value" in whole), "only scalars");
  const long = source(cr("one", { status: { phase: "x".repeat(5000) } }));
  assert.ok(ask({ what: "crs", limit: 1, field: ["status", "phase"] }, long).page.items[0]!.phase.length <= 1024);
});

Deno.test("runQuery() gives the CRs that have a value, the oldest first, and not before all are known", () => {
  const sameDomain = (name: string, created: string) => {
    const { metadata, ...rest } = cr(name, { spec: { domain: "a.example.org", password: "hunter2" } });
    return { ...rest, metadata: { ...metadata, creationTimestamp: created } };
  };
  const from = source(
    sameDomain("young", "2026-01-01T00:00:02Z"),
    sameDomain("old", "2026-01-01T00:00:00Z"),
    sameDomain("middle", "2026-01-01T00:00:01Z"),
    cr("other"),
  );
  const query = { what: "holders", field: "spec.domain", value: "a.example.org", limit: 2 } as const;
  const { page } = ask(query, from);
  assert.deepEqual([page?.items.map(({ name }) => name), page?.total], [["old", "middle"], 3]);
  assert.doesNotMatch(JSON.stringify(page), /hunter2/);
  assert.deepEqual(ask({ ...query, value: "hunter2" }, from).page, { items: [], total: 0 });
  assert.deepEqual(ask({ ...query, field: "spec.password", value: "hunter2" }, from).page, { items: [], total: 0 });
  assert.equal(runQuery(query, { ...from, unique: undefined }).what, "holders");
  assert.deepEqual(runQuery(query, { ...from, unique: undefined }), { what: "holders", page: undefined });
});

Deno.test("runQuery() leaves out a status that is too large, and says so", () => {
  const from = source(cr("one", { status: { text: "x".repeat(300_000) } }));
  const { cr: detail } = ask({ what: "cr", key: "a/one" }, from);
  assert.deepEqual([detail?.status, detail?.statusOmitted], [undefined, true]);
});

Deno.test("runQuery() distinguishes a CR without Events from one that does not exist", () => {
  const from = source(cr("one"));
  assert.deepEqual(ask({ what: "events", key: "a/one" }, from).events, []);
  assert.equal(ask({ what: "events", key: "a/two" }, from).events, undefined);
  assert.equal(ask({ what: "cr", key: "a/two" }, from).cr, undefined);
  assert.deepEqual(ask({ what: "passes", key: "a/one" }, from).passes, {
    ...{ passes: [], idle: undefined },
    next: { why: "resync", inMs: 60_000 },
  });
  assert.equal(ask({ what: "passes", key: "a/two" }, from).passes, undefined);
});
