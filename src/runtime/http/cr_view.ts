import { formatDuration } from "../../base/duration.ts";
import type { Json, JsonMap } from "../../base/json.ts";
import type { CrDetail, CrItem, CrPage, RecordedEvent } from "../../box/mod.ts";
import type { BoxPlan } from "../../plan/plan.ts";
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

/** `/katalog/{crd}/cr/{ns}/{name}`. */
export function crView({ name: crd }: BoxPlan, cr: CrDetail, wallMs: number): JsonMap {
  const { name, namespace, status, statusOmitted, children, childrenOmitted } = cr;
  const place = [...namespace === undefined ? [] : [namespace], name].map(encodeURIComponent).join("/");
  return {
    ...itemView(cr, wallMs),
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

function itemView({ name, namespace, phase, ready, generation, created }: Omit<CrItem, "value">, wallMs: number) {
  return { name, namespace: namespace ?? "", phase, ready, generation, age: age(created, wallMs) };
}

/** Since a time (RFC 3339), in whole seconds: `11m47s`. */
function age(time: string | undefined, wallMs: number): string {
  const ms = wallMs - Date.parse(time ?? "");
  return Number.isNaN(ms) ? "unknown" : formatDuration(Math.floor(Math.max(0, ms) / 1000) * 1000);
}
