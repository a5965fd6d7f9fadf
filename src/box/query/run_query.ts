import { isMap, type Json, stringifyJson } from "../../base/json.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import { type KubeObject, type ObjectKey, splitKey, valueAt } from "../../k8s/object.ts";
import { claimContext, claimOn, type CompiledBox, isOwn, type ObservedChild } from "../../reconcile/mod.ts";
import type { UniqueIndex } from "../cache/unique_index.ts";
import type { NextVisit } from "../queue/queue.ts";
import type { RecentEvents } from "../report/recent_events.ts";
import type { RecentPasses } from "../report/recent_passes.ts";
import { type CrLists, isReady } from "./cr_lists.ts";
import {
  type BoxQuery,
  type BoxResult,
  type ChildItem,
  type CrDetail,
  type CrItem,
  type CrPage,
  maxChildren,
  maxEvents,
  maxFailing,
  maxPage,
  maxStatus,
  maxValue,
} from "./query.ts";

/** What a box knows. */
export interface QuerySource {
  readonly compiled: CompiledBox;
  readonly store: {
    cr(key: ObjectKey): KubeObject | undefined;
    childrenOf(cr: KubeObject): ObservedChild[];
  };
  readonly lists: Pick<CrLists, "page">;
  /** Absent while not all CRs are known. */
  readonly unique: Pick<UniqueIndex, "holders"> | undefined;
  readonly events: RecentEvents;
  readonly passes: Pick<RecentPasses, "of" | "failing">;
  readonly next: (key: ObjectKey) => NextVisit;
}

/**
 * Carries out a query. The result is bounded, and has nothing of a CR but metadata, status and the one field that was
 * requested; nothing of a child but its name and whether it is ready.
 */
export function runQuery(query: BoxQuery, source: QuerySource): BoxResult {
  switch (query.what) {
    case "crs":
      return { what: "crs", page: listCrs(query, source) };
    case "holders":
      return { what: "holders", page: listHolders(query, source) };
    case "cr": {
      const cr = source.store.cr(query.key);
      return { what: "cr", cr: cr === undefined ? undefined : describeCr(cr, source) };
    }
    case "events": {
      const exists = source.store.cr(query.key) !== undefined;
      return { what: "events", events: exists ? source.events.list(query.key, maxEvents) : undefined };
    }
    case "passes": {
      const exists = source.store.cr(query.key) !== undefined;
      const passes = { ...source.passes.of(query.key), next: source.next(query.key) };
      return { what: "passes", passes: exists ? passes : undefined };
    }
    case "failing":
      return { what: "failing", ...source.passes.failing(maxFailing) };
    default:
      return query satisfies never;
  }
}

function listCrs({ limit, after, field, filter }: BoxQuery & { what: "crs" }, { store, lists }: QuerySource): CrPage {
  const { keys, total, hasMore } = lists.page(filter, after, Math.min(limit, maxPage));
  const items = keys.map((key) => {
    const cr = store.cr(key)!;
    const value = field === undefined ? undefined : scalarAt(cr, field);
    return { ...itemOf(cr), ...(value === undefined ? {} : { value }) };
  });
  return { items, total, ...(hasMore ? { next: keys.at(-1)! } : {}) };
}

function listHolders(
  { field, value, limit }: BoxQuery & { what: "holders" },
  { store, unique }: QuerySource,
): Omit<CrPage, "next"> | undefined {
  if (unique === undefined) return undefined;
  const { keys, total } = unique.holders(field, value, Math.min(limit, maxPage));
  return { items: keys.map((key) => itemOf(store.cr(key)!)), total };
}

function itemOf(cr: KubeObject): CrItem {
  const { name, namespace, generation = 0, creationTimestamp, deletionTimestamp } = cr.metadata;
  const phase = valueAt(cr as Json, ["status", "phase"]);
  return {
    name,
    namespace,
    phase: typeof phase === "string" ? shortenMiddle(phase, maxValue) : "",
    ready: isReady(cr),
    generation,
    created: creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deleted: deletionTimestamp }),
  };
}

function scalarAt(cr: KubeObject, path: readonly string[]): Json | undefined {
  const value = valueAt(cr as Json, path);
  if (typeof value === "object") return undefined;
  return typeof value === "string" ? shortenMiddle(value, maxValue) : value;
}

function describeCr(cr: KubeObject, { compiled, store }: QuerySource): CrDetail {
  const claim = claimContext(compiled);
  const own = store.childrenOf(cr).filter((child) => isOwn(claimOn(child, cr, claim)))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  const children = new Map<string, ChildItem[]>();
  for (const { type, key, readiness } of own.slice(0, maxChildren)) {
    const ofKind = children.get(type.kind) ?? [];
    ofKind.push({ ...splitKey(key), ready: readiness.state === "ready" });
    children.set(type.kind, ofKind);
  }
  const status = cr["status"];
  const fits = isMap(status) && stringifyJson(status).length <= maxStatus;
  return {
    ...itemOf(cr),
    ...(fits ? { status } : isMap(status) ? { statusOmitted: true } : {}),
    children: Object.fromEntries(children),
    childrenOmitted: Math.max(0, own.length - maxChildren),
  };
}
