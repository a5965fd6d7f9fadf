import type { Clock } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { JsonMap } from "../base/json.ts";
import type { BoxMessage, PassMessage } from "../box/mod.ts";
import type { Log } from "../observe/log.ts";
import { Outages } from "./outages.ts";

/**
 * Writes what boxes tell into the log: one line for each thing that changed. What goes on as it was, the same failure of
 * the same watch, has a line a minute, and the rest of it is for the debug level.
 */
export function logMessages(log: Log, clock: Clock): (message: BoxMessage) => void {
  const outages = new Outages(clock);
  return (message) => {
    switch (message.type) {
      case "informer":
        return logInformer(log, outages, message);
      case "ready": {
        const { box, crs, children } = message;
        return log("info", `${box}: watching, ${crs} objects with ${children} children`, { box, crs, children });
      }
      case "pass":
        return logPass(log, message);
      case "cell": {
        const { box, reason, restartInMs, suspects } = message;
        const atWork = suspects.length === 0 ? "" : `; at work: ${suspects.join(", ")}`;
        const text = `${box}: its cell was ended: ${reason}${atWork}; starting again in ${restartInMs / 1000} s`;
        return log("error", text, { box, reason, restartInMs, suspects: [...suspects] });
      }
      case "health": {
        const { box, state, reason } = message;
        if (state === "healthy") return log("info", `${box}: healthy again`, { box, state });
        return log("error", `${box}: degraded: ${reason ?? "no reason given"}`, { box, state, reason: reason ?? null });
      }
      case "more": {
        const { box, count, lastMs, last } = message;
        const failures = count === 1 ? "1 more failure" : `${count} more failures`;
        const text = `${box}: ${failures} in ${Math.ceil(lastMs / 1000)} s; the last: ${last}`;
        return log("error", text, { box, count, last });
      }
      case "note":
        return log("warn", message.message, { box: message.box });
      case "defect": {
        const where = message.key === undefined ? message.box : `${message.box} ${message.key}`;
        const fields: JsonMap = { box: message.box, error: message.error, stack: message.stack };
        if (message.key !== undefined) fields["key"] = message.key;
        return log("error", `${where}: reconciler panic recovered: ${message.error}`, fields);
      }
      default:
        return message satisfies never;
    }
  };
}

function logInformer(log: Log, outages: Outages, message: BoxMessage & { readonly type: "informer" }): void {
  const { box, kind, state, error } = message;
  const fields: JsonMap = { box, kind, state };
  const what = `${box}/${kind}`;
  if (error === undefined) {
    log("debug", `${box}: ${state} ${kind}`, fields);
    const lastedMs = state === "watching" ? outages.watched(what) : undefined;
    if (lastedMs === undefined) return;
    return log("info", `${box}: ${kind} is watched again, after ${roughly(lastedMs)}`, {
      ...fields,
      lastedMs: Math.round(lastedMs),
    });
  }
  const lastedMs = outages.failed(what, error);
  const since = lastedMs === undefined || lastedMs === 0 ? "" : ` for ${roughly(lastedMs)} now`;
  const again = `trying again in ${Math.ceil((message.inMs ?? 0) / 100) / 10} s`;
  log(lastedMs === undefined ? "debug" : "warn", `${box}: cannot watch ${kind}${since}: ${error}; ${again}`, {
    ...fields,
    error,
    ...(lastedMs === undefined ? {} : { lastedMs: Math.round(lastedMs) }),
  });
}

/** To the second, or to the millisecond below one. */
function roughly(ms: number): string {
  return formatDuration(ms < 1000 ? Math.round(ms) : Math.round(ms / 1000) * 1000);
}

function logPass(log: Log, message: PassMessage): void {
  const { box, kind, key, result, changes, waitedMs, durationMs } = message;
  const fields: JsonMap = {
    ...{ box, kind, key, result, changes: [...changes] },
    waitedMs: Math.round(waitedMs * 10) / 10,
    durationMs: Math.round(durationMs),
  };
  if (message.message !== undefined) fields["error"] = message.message;
  if (message.retryInMs !== undefined) fields["retryInMs"] = message.retryInMs;
  const subject = `${kind} ${key}`;
  const done = changes.join(", ");
  switch (result) {
    case "failed": {
      const before = done === "" ? "" : `${done}; then `;
      return log("error", `${subject}: ${before}${message.message ?? "failed"}`, fields);
    }
    case "denied":
      return log("warn", `${subject}: denied: ${message.message ?? ""}`, fields);
    case "waiting":
    case "deleting":
      return log(
        "info",
        `${subject}: ${[done, message.message ?? ""].filter((part) => part !== "").join("; ")}`,
        fields,
      );
    case "succeeded":
      if (changes.length === 0) return log("debug", `${subject}: nothing to do`, fields);
      for (const warning of message.warnings ?? []) log("warn", `${subject}: ${warning}`, { box, key });
      return log("info", `${subject}: ${done}`, fields);
    default:
      return result satisfies never;
  }
}
