import type { Clock } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { JsonMap } from "../base/json.ts";
import type { BoxMessage, DependencyMessage, PassMessage } from "../box/mod.ts";
import type { Level, Log } from "../observe/log.ts";
import { Outages } from "./outages.ts";
import { type Occurrence, Repeats } from "./repeats.ts";

/**
 * Writes the messages of boxes to the log: one line for each change. A state that persists is logged at growing
 * distances (the same failure of the same object) or once a minute (of the same watch); the rest of it is for the debug
 * level.
 */
export function logMessages(log: Log, clock: Clock): (message: BoxMessage) => void {
  const outages = new Outages(clock);
  const repeats = new Repeats(clock);
  const degraded = new Set<string>();
  return (message) => {
    switch (message.type) {
      case "informer":
        return logInformer(log, outages, message);
      case "ready": {
        const { box, crs, children } = message;
        return log("info", `${box}: watching, ${crs} objects with ${children} children`, { box, crs, children });
      }
      case "pass":
        return logPass(log, repeats, message);
      case "gone": {
        const { box, kind, key } = message;
        repeats.gone(`${box} ${key}`);
        return log("info", `${kind} ${key}: deleted`, { box, kind, key });
      }
      case "cell": {
        const { box, reason, restartInMs, suspects } = message;
        const processing = suspects.length === 0 ? "" : `; in processing: ${suspects.join(", ")}`;
        const text = `${box}: its cell was ended: ${reason}${processing}; starting again in ${restartInMs / 1000} s`;
        return log("error", text, { box, reason, restartInMs, suspects: [...suspects] });
      }
      case "health": {
        const { box, state, reason } = message;
        if (state === "degraded") {
          degraded.add(box);
          return log("error", `${box}: degraded: ${reason ?? "no reason given"}`, {
            box,
            state,
            reason: reason ?? null,
          });
        }
        if (state === "healthy" && degraded.delete(box)) return log("info", `${box}: healthy again`, { box, state });
        return log("debug", `${box}: ${state}`, { box, state, reason: reason ?? null });
      }
      case "dependency":
        return logDependency(log, message);
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
        const occurrence = repeats.failed(where, message.error);
        const text = `${where}: reconciler panic recovered: ${message.error}${repeated(occurrence, fields)}`;
        return log(occurrence === undefined ? "debug" : "error", text, fields);
      }
      default:
        return message satisfies never;
    }
  };
}

function logDependency(log: Log, message: DependencyMessage): void {
  const { box, dependency, state, reason, since, lastedMs } = message;
  const fields: JsonMap = { box, dependency, state };
  if (reason !== undefined) fields["reason"] = reason;
  if (since !== undefined) fields["since"] = since;
  if (lastedMs !== undefined) fields["lastedMs"] = Math.round(lastedMs);
  switch (state) {
    case "waiting":
      return log("info", `${box}: ${reason}`, fields);
    case "degraded":
      return log(
        "warn",
        `${box}: box "${dependency}", on which it depends, is degraded since ${since}: ${reason}`,
        fields,
      );
    case "healthy": {
      const time = lastedMs === undefined ? "" : `, after ${roughly(lastedMs)}`;
      return log("info", `${box}: box "${dependency}", on which it depends, is healthy again${time}`, fields);
    }
    default:
      return state satisfies never;
  }
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

/** A pass in words: what it did, what keeps it from more, when it is tried again. */
function logPass(log: Log, repeats: Repeats, message: PassMessage): void {
  const { box, kind, key, result, changes, waitedMs, durationMs, retryInMs } = message;
  const what = `${box} ${key}`;
  const texts = changes.map(({ text }) => text);
  const done = texts.join(", ");
  const fields: JsonMap = {
    ...{ box, kind, key, result, changes: texts },
    waitedMs: Math.round(waitedMs * 10) / 10,
    durationMs: Math.round(durationMs),
  };
  if (message.message !== undefined) fields["error"] = message.message;
  if (retryInMs !== undefined) fields["retryInMs"] = retryInMs;
  const say = (level: Level, ...parts: (string | undefined)[]): void =>
    log(level, `${kind} ${key}: ${parts.filter((part) => part !== undefined && part !== "").join("; ")}`, fields);
  /** Logs `reason` after the changes; where it was logged recently, the changes alone. */
  const logReason = (level: Level, reason: string, occurrence: Occurrence | undefined): void => {
    if (occurrence === undefined) {
      if (done !== "") say("info", done);
      say("debug", reason, again(retryInMs));
      return;
    }
    const often = repeated(occurrence, fields);
    say(level, done, `${done !== "" && level === "error" ? "failed: " : ""}${reason}${often}`, again(retryInMs));
  };
  switch (result) {
    case "failed": {
      const reason = message.message ?? "failed";
      return logReason("error", reason, repeats.failed(what, reason));
    }
    case "denied": {
      const reason = `denied: ${message.message ?? ""}`;
      return logReason("warn", reason, repeats.waits(what, reason));
    }
    case "waiting":
    case "deleting":
      if (message.message === undefined) return say(done === "" ? "debug" : "info", done || result);
      return logReason("info", message.message, repeats.waits(what, message.message));
    case "succeeded": {
      const over = repeats.succeeded(what);
      for (const warning of message.warnings ?? []) log("warn", `${kind} ${key}: ${warning}`, { box, key });
      if (over === undefined) return done === "" ? say("debug", "nothing to do") : say("info", done);
      const { failures, lastedMs } = over;
      const time = lastedMs < 1000 ? "" : ` in ${roughly(lastedMs)}`;
      return say("info", `recovered, after ${times(failures, "failure")}${time}`, done);
    }
    default:
      return result satisfies never;
  }
}

/** How often it was not logged, for the text; also noted among the fields. */
function repeated(occurrence: Occurrence | undefined, fields: JsonMap): string {
  if (occurrence === undefined || occurrence.more === 0) return "";
  fields["more"] = occurrence.more;
  return ` (${times(occurrence.more, "more time")})`;
}

function again(retryInMs: number | undefined): string | undefined {
  return retryInMs === undefined ? undefined : `trying again in ${roughly(retryInMs)}`;
}

function times(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
