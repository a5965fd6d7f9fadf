import { cronProblem, nextDue } from "../base/cron.ts";
import { formatDuration, parseDuration } from "../base/duration.ts";
import type { CrdContext } from "./crd_context.ts";
import { defaults } from "./defaults.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type MapNode, type Node, nodeAt, textOf } from "./node.ts";

/** Lists of conditions, wherever they stand. */
const conditionLists: ReadonlySet<string> = new Set(["when", "or", "readyWhen"]);

/** Any leap year begins the search: only what is never due is not found. */
const fromMs = Date.UTC(2000, 0, 1);

/** A condition with `cron` holds at some time, and for long enough to be seen: CRs are looked at on their resync. */
export function cronConditionsHold({ entry, path, report }: CrdContext): void {
  const reconciler = nodeAt(entry, "operatorBox", "reconciler");
  const resync = childOf(reconciler, "resync");
  const isKnown = childOf(reconciler, "profile") === undefined && childOf(reconciler, "requeue") === undefined;
  const resyncMs = isKnown && resync !== undefined ? parseDuration(textOf(resync) ?? "") : undefined;
  for (const { node, path: at } of cronConditions(entry, path)) {
    const cron = childOf(node, "cron")!;
    const schedule = (textOf(cron) ?? "").trim();
    const duration = childOf(node, "duration");
    const openMs = duration === undefined ? defaults.cronWindowMs : parseDuration(textOf(duration) ?? "");
    if (schedule.startsWith("@every")) {
      const message = `A condition cannot hold after "${schedule}": it says how often, and not when`;
      report.error(cron.at, keyPath(at, "cron"), message, 'write five fields, such as "*/5 * * * *"');
    } else if (cronProblem(schedule) !== undefined) {
      continue; // reported already, as one of the shape
    } else if (nextDue(schedule, fromMs) === undefined) {
      report.warn(cron.at, keyPath(at, "cron"), `"${schedule}" is never due`, "there is no such day");
    } else if (openMs === 0) {
      report.error(duration!.at, keyPath(at, "duration"), "The condition holds for no time at all", "leave it out");
    } else if (openMs !== undefined && resyncMs !== undefined && openMs < resyncMs) {
      report.warn(
        (duration ?? cron).at,
        keyPath(at, duration === undefined ? "cron" : "duration"),
        `The condition holds for ${formatDuration(openMs)}, and may be over before anybody looks: resync is ` +
          formatDuration(resyncMs),
        `set duration to ${formatDuration(2 * resyncMs)}, or a shorter resync`,
      );
    }
  }
}

function* cronConditions(node: Node, path: string): Iterable<{ readonly node: MapNode; readonly path: string }> {
  if (node.type === "list") {
    for (const [i, item] of node.items.entries()) yield* cronConditions(item, itemPath(path, i));
  } else if (node.type === "map") {
    for (const [key, { value }] of entriesOf(node)) {
      const at = keyPath(path, key);
      if (conditionLists.has(key)) {
        for (const [i, item] of itemsOf(value).entries()) {
          if (item.type === "map" && childOf(item, "cron") !== undefined) yield { node: item, path: itemPath(at, i) };
        }
      }
      yield* cronConditions(value, at);
    }
  }
}
