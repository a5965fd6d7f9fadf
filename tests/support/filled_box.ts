import type { BoxHealth } from "../../src/box/mod.ts";
import { CrLists } from "../../src/box/query/cr_lists.ts";
import { runQuery } from "../../src/box/query/run_query.ts";
import { Store } from "../../src/box/cache/store.ts";
import { RecentEvents } from "../../src/box/report/recent_events.ts";
import { RecentPasses } from "../../src/box/report/recent_passes.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { compilePass } from "../../src/pass/mod.ts";
import type { Served } from "../../src/runtime/mod.ts";
import { realClock } from "./clock.ts";
import { planOf } from "./plans.ts";

/** A box `shop` whose CRs are given to its cache, without an API server and without passes. */
export interface FilledBox {
  readonly served: Served;
  /** How many CRs queries have looked at, and how often. */
  readonly looks: { count: number };
  /** The CR number `n` in another state. */
  put(n: number, ready: boolean): void;
}

/** `crs` Shops in the namespace `a`, every tenth of which is not ready. */
export function filledBox(crs: number): FilledBox {
  const plan = planOf(`shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  validation: {rules: [{field: spec.size, max: 9, message: at most nine}]}
  operatorBox: {onReconcile: {configMaps: [{name: a, data: {a: b}}]}}
`);
  const [box] = plan.boxes;
  const { box: compiled } = compilePass(box!);
  const looks = { count: 0 };
  const store: Store = new Store(box!.type, (key) => lists.changed(key));
  const look = (key: string) => {
    looks.count++;
    return store.cr(key);
  };
  const lists: CrLists = new CrLists({
    clock: realClock,
    *crs() {
      for (const entry of store.crs()) {
        looks.count++;
        yield entry;
      }
    },
    cr: look,
  });
  const passes = new RecentPasses(realClock);
  const events = new RecentEvents(realClock);
  let version = 0;
  const put = (n: number, ready: boolean): void => {
    const name = `shop-${String(n).padStart(6, "0")}`;
    const cr: KubeObject = {
      ...{ apiVersion: "shop.example.org/v1", kind: "Shop", spec: { size: n } },
      metadata: {
        ...{ name, namespace: "a", uid: `uid-${n}`, generation: 1, resourceVersion: String(++version) },
        creationTimestamp: "2026-01-01T00:00:00Z",
      },
      status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    };
    store.putCr(cr);
  };
  for (let n = 0; n < crs; n++) put(n, n % 10 > 0);
  const health = (): BoxHealth => ({
    ...{ state: "healthy", totalReconciles: version, failedReconciles: 0, consecutiveFails: 0, queueDepth: 0 },
    ...{ resourceCount: store.crCount, warm: true, missing: false, startedAt: "2026-01-01T00:00:00Z" },
    workers: { running: 3, processing: 1 },
  });
  return {
    looks,
    put,
    served: {
      plan,
      leadership: { isLeader: true, holder: "me" },
      documents: {
        ...{ metadata: {}, raw: {}, schemas: {} },
        sources: { shop: { workers: "default", resync: "default" } },
        enriched: { spec: { crds: { shop: { operatorBox: {} } } } },
      },
      boxes: new Map([["shop", {
        health,
        leads: () => true,
        metrics: () => [],
        query: (query) => {
          const childrenOf = (cr: KubeObject) => store.childrenOf(cr);
          const next = () => ({ why: "resync", inMs: 60_000 }) as const;
          const source = { compiled, store: { cr: look, childrenOf }, lists, unique: undefined, events, passes, next };
          return Promise.resolve(runQuery(query, source));
        },
      }]]),
    },
  };
}
