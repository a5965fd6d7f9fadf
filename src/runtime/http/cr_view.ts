import { formatDuration } from "../../base/duration.ts";
import type { Json, JsonMap } from "../../base/json.ts";
import type { CrDetail, CrItem, CrPage, CrPasses, FailingCr, PassRecord, RecordedEvent } from "../../box/mod.ts";
import { splitKey } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import { describeChange } from "../../reconcile/mod.ts";
import { continueToken } from "./page.ts";

/** `/katalog/{crd}/cr`. */
export function pageView(crd: string, { items, total, next }: CrPage, wallMs: number): JsonMap {
  return {
    crd,
    total,
    items: items.map((item): Json => ({
      ...itemView(item, wallMs),
      ...(item.value === undefined ? {} : { value: item.value }),
    })),
    ...(next === undefined ? {} : { continue: continueToken(next) }),
  };
}

/** `/katalog/{crd}/cr?field=&value=`. `field` says that the value was looked up, which no former version does. */
export function holdersView(crd: string, field: string, page: Omit<CrPage, "next">, wallMs: number): JsonMap {
  const { crd: _crd, ...view } = pageView(crd, page, wallMs);
  return { crd, field, ...view };
}

/** `/katalog/{crd}/cr/{ns}/{name}`; `spec`: what other Runtimes may read of it, absent where they may not. */
export function crView({ name: crd }: BoxPlan, cr: CrDetail, spec: Json | undefined, wallMs: number): JsonMap {
  const { name, namespace, status, statusOmitted, children, childrenOmitted } = cr;
  const place = [...namespace === undefined ? [] : [namespace], name].map(encodeURIComponent).join("/");
  return {
    ...itemView(cr, wallMs),
    ...(spec === undefined ? {} : { spec }),
    status: status ?? {},
    ...(statusOmitted === true ? { statusOmitted } : {}),
    children: children as unknown as JsonMap,
    ...(childrenOmitted === 0 ? {} : { childrenOmitted }),
    eventsEndpoint: `/katalog/${crd}/cr/${place}/events`,
  };
}

/** `…/events`. */
export function eventsView(
  { name, namespace }: { readonly name: string; readonly namespace: string | undefined },
  events: readonly RecordedEvent[],
  wallMs: number,
): JsonMap {
  return {
    name,
    namespace: namespace ?? "",
    events: events.map(({ type, reason, message, time, count }) => ({
      type,
      reason,
      message,
      count,
      lastSeen: time,
      age: age(time, wallMs),
    })),
  };
}

/** `…/passes`: of changes the causes and the names of fields, of calls no body. */
export function passesView(
  { name, namespace }: { readonly name: string; readonly namespace: string | undefined },
  { passes, idle, next }: CrPasses,
  leads: boolean,
  wallMs: number,
): JsonMap {
  return {
    name,
    namespace: namespace ?? "",
    isKonductor: leads,
    next: { why: next.why, ...(next.inMs === undefined ? {} : { inMs: Math.round(next.inMs) }) },
    ...(idle === undefined ? {} : { idle: { ...idle } }),
    passes: passes.map((pass) => passView(pass, namespace, wallMs)),
  };
}

/** `/katalog/{crd}/failing`: of the last pass of each CR what a list needs. */
export function failingView(
  crd: string,
  { items, total }: { readonly items: readonly FailingCr[]; readonly total: number },
  leads: boolean,
  wallMs: number,
): JsonMap {
  return {
    crd,
    isKonductor: leads,
    total,
    items: items.map(({ key, pass: { result, message, trigger, count, firstTime, time } }): Json => ({
      ...placeOf(key),
      ...{ result, message: message ?? "", trigger, count, firstTime, time, age: age(time, wallMs) },
    })),
  };
}

function passView(pass: PassRecord, namespace: string | undefined, wallMs: number): JsonMap {
  const { id, trigger, result, message, count, firstTime, time, waitedMs, durationMs } = pass;
  return {
    id,
    trigger,
    result,
    ...(message === undefined || message === "" ? {} : { message }),
    count,
    firstTime,
    time,
    age: age(time, wallMs),
    waitedMs,
    durationMs,
    changes: pass.changes.map((change): Json => {
      const { action, kind, key, fields, cause } = change;
      const by = cause.why === "drift" ? cause.by : undefined;
      return {
        ...{ action, kind, ...placeOf(key), fields: [...fields], why: cause.why },
        ...(by === undefined ? {} : { by }),
        text: describeChange(change, namespace),
      };
    }),
    ...(pass.changesOmitted === 0 ? {} : { changesOmitted: pass.changesOmitted }),
    calls: pass.calls.map(({ verb, kind, key, subresource, code }): Json => ({
      ...{ verb, kind, ...placeOf(key) },
      ...(subresource === undefined ? {} : { subresource }),
      ...(code === undefined ? {} : { code }),
    })),
    ...(pass.callsOmitted === 0 ? {} : { callsOmitted: pass.callsOmitted }),
  };
}

function placeOf(key: string): { namespace: string; name: string } {
  const { namespace = "", name } = splitKey(key);
  return { namespace, name };
}

function itemView(item: Omit<CrItem, "value">, wallMs: number): JsonMap {
  const { name, namespace, phase, ready, generation, created, deleted } = item;
  return {
    ...{ name, namespace: namespace ?? "", phase, ready, generation, age: age(created, wallMs) },
    ...(created === undefined ? {} : { created }),
    ...(deleted === undefined ? {} : { deletionTimestamp: deleted }),
  };
}

/** Since a time (RFC 3339), in whole seconds: `11m47s`. */
function age(time: string | undefined, wallMs: number): string {
  const ms = wallMs - Date.parse(time ?? "");
  return Number.isNaN(ms) ? "unknown" : formatDuration(Math.floor(Math.max(0, ms) / 1000) * 1000);
}
