import type { Clock } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
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
        return log("info", `${box}: watching, ${crs} objects with ${children} children`, {
          event: "box.watching",
          box,
          crs,
          children,
        });
      }
      case "pass":
        return logPass(log, repeats, message);
      case "gone": {
        const { box, kind, key } = message;
        repeats.gone(`${box} ${key}`);
        return log("info", `${kind} ${key}: deleted`, { event: "cr.deleted", box, kind, key });
      }
      case "cell": {
        const { box, reason, restartInMs, suspects } = message;
        const processing = suspects.length === 0 ? "" : `; in processing: ${suspects.join(", ")}`;
        const text = `${box}: its cell was ended: ${reason}${processing}; starting again in ${restartInMs / 1000} s`;
        return log("error", text, { event: "cell.ended", box, reason, restartInMs, suspects: [...suspects] });
      }
      case "health": {
        const { box, state, reason, pass } = message;
        const fields = { event: "box.state", box, state, reason, pass } as const;
        if (state === "degraded") {
          degraded.add(box);
          return log("error", `${box}: degraded: ${reason ?? "no reason given"}`, fields);
        }
        if (state === "healthy" && degraded.delete(box)) return log("info", `${box}: healthy again`, fields);
        return log("debug", `${box}: ${state}`, fields);
      }
      case "dependency":
        return logDependency(log, message);
      case "more": {
        const { box, count, lastMs, last } = message;
        const failures = count === 1 ? "1 more failure" : `${count} more failures`;
        const text = `${box}: ${failures} in ${Math.ceil(lastMs / 1000)} s; the last: ${last}`;
        return log("error", text, { event: "box.failures", box, count, last });
      }
      case "note":
        return log("warn", message.message, {
          event: "box.note",
          box: message.box,
          key: message.key,
          pass: message.pass,
          trace: message.trace,
        });
      case "defect": {
        const { box, key, pass, trace, error, stack } = message;
        const where = key === undefined ? box : `${box} ${key}`;
        const occurrence = repeats.failed(where, error);
        const text = `${where}: reconciler panic recovered: ${error}${repeated(occurrence)}`;
        const more = moreOf(occurrence);
        const level = occurrence === undefined ? "debug" : "error";
        return log(level, text, { event: "box.panic", box, key, pass, trace, error, stack, more });
      }
      default:
        return message satisfies never;
    }
  };
}

function logDependency(log: Log, message: DependencyMessage): void {
  const { box, dependency, state, reason, since, lastedMs } = message;
  const fields = {
    ...{ event: "box.dependency", box, dependency, state, reason, since } as const,
    lastedMs: lastedMs === undefined ? undefined : Math.round(lastedMs),
  };
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
  const { box, kind, state, error, inMs = 0 } = message;
  const fields = { event: "watch.state", box, kind, state } as const;
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
  const again = `trying again in ${Math.ceil(inMs / 100) / 10} s`;
  log(lastedMs === undefined ? "debug" : "warn", `${box}: cannot watch ${kind}${since}: ${error}; ${again}`, {
    ...fields,
    error,
    lastedMs: lastedMs === undefined ? undefined : Math.round(lastedMs),
    retryInMs: Math.round(inMs),
  });
}

/** To the second, or to the millisecond below one. */
function roughly(ms: number): string {
  return formatDuration(ms < 1000 ? Math.round(ms) : Math.round(ms / 1000) * 1000);
}

/** A pass in words: what it did, what keeps it from more, when it is tried again. */
function logPass(log: Log, repeats: Repeats, message: PassMessage): void {
  const { box, kind, key, pass, trace, result, changes, waitedMs, durationMs, retryInMs } = message;
  const what = `${box} ${key}`;
  const texts = changes.map(({ text }) => text);
  const done = texts.join(", ");
  const fields = {
    ...{ event: "pass.ended", box, kind, key, pass, trace, result, changes: texts } as const,
    waitedMs: Math.round(waitedMs * 10) / 10,
    durationMs: Math.round(durationMs),
    error: message.message,
    retryInMs,
  };
  let more: number | undefined;
  const say = (level: Level, ...parts: (string | undefined)[]): void => {
    const text = `${kind} ${key}: ${parts.filter((part) => part !== undefined && part !== "").join("; ")}`;
    log(level, text, { ...fields, more });
  };
  /** Logs `reason` after the changes; where it was logged recently, the changes alone. */
  const logReason = (level: Level, reason: string, occurrence: Occurrence | undefined): void => {
    if (occurrence === undefined) {
      if (done !== "") say("info", done);
      say("debug", reason, again(retryInMs));
      return;
    }
    more = moreOf(occurrence);
    const often = repeated(occurrence);
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
      for (const warning of message.warnings ?? []) {
        log("warn", `${kind} ${key}: ${warning}`, { event: "pass.warning", box, kind, key, pass, trace });
      }
      if (over === undefined) return done === "" ? say("debug", "nothing to do") : say("info", done);
      const { failures, lastedMs } = over;
      const time = lastedMs < 1000 ? "" : ` in ${roughly(lastedMs)}`;
      return say("info", `recovered, after ${times(failures, "failure")}${time}`, done);
    }
    default:
      return result satisfies never;
  }
}

/** How often it was not logged. */
function moreOf(occurrence: Occurrence | undefined): number | undefined {
  return occurrence === undefined || occurrence.more === 0 ? undefined : occurrence.more;
}

function repeated(occurrence: Occurrence | undefined): string {
  const more = moreOf(occurrence);
  return more === undefined ? "" : ` (${times(more, "more time")})`;
}

function again(retryInMs: number | undefined): string | undefined {
  return retryInMs === undefined ? undefined : `trying again in ${roughly(retryInMs)}`;
}

function times(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
