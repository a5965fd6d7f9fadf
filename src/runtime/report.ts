import type { JsonMap } from "../base/json.ts";
import type { BoxMessage, PassMessage } from "../box/mod.ts";
import type { Log } from "../observe/log.ts";

/** Writes what boxes tell into the log: one line for each thing that changed. */
export function logMessages(log: Log): (message: BoxMessage) => void {
  return (message) => {
    switch (message.type) {
      case "informer": {
        const fields: JsonMap = { box: message.box, kind: message.kind, state: message.state };
        if (message.error === undefined) {
          return log("debug", `${message.box}: ${message.state} ${message.kind}`, fields);
        }
        const again = `trying again in ${Math.ceil((message.inMs ?? 0) / 100) / 10} s`;
        return log("warn", `${message.box}: cannot watch ${message.kind}: ${message.error}; ${again}`, {
          ...fields,
          error: message.error,
        });
      }
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
