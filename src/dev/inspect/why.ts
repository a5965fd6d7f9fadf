import { formatDuration } from "../../base/duration.ts";
import { paint, type Terminal } from "../terminal.ts";
import { AbsentError, InspectError } from "./inspect_error.ts";
import type { WherePorts } from "./locate.ts";
import { type CrOptions, findCr } from "./one_cr.ts";
import { printable } from "./printable.ts";
import { type Crd, type CrResponse, crResponse, type Pass, type PassesResponse, passesResponse } from "./responses.ts";
import { openSession } from "./session.ts";

/** `ork why`: what an operator did with one CR lately, why, and what comes next. Throws `InspectError`. */
export async function why(options: CrOptions, terminal: Terminal, ports: WherePorts): Promise<number> {
  const session = await openSession(options, terminal, ports);
  const { api, katalog } = session;
  try {
    const { crd, title, found: { cr, passes } } = await findCr(session, options, async (path) => {
      const cr = await api.get(path, crResponse);
      try {
        return { cr, passes: await api.get(`${path}/passes`, passesResponse) };
      } catch (error) {
        if (!(error instanceof AbsentError)) throw error;
        const { runtimeVersion } = katalog;
        throw new InspectError(
          `${api.place.text} does not keep passes (${printable(error.message)}); its version is ` +
            `${printable(runtimeVersion, 60)}, this ork needs one that has them`,
        );
      }
    });
    if (options.output === "json") terminal.out(JSON.stringify(passes, null, 2));
    else terminal.out(whyLines(title, cr, passes, crd, terminal).join("\n"));
    return 0;
  } finally {
    await api.close();
  }
}

/** Lines for a person: the state, what is waited for, what comes next, and the last passes, newest first. */
export function whyLines(
  title: string,
  cr: CrResponse,
  { passes, idle, next, isKonductor }: PassesResponse,
  operator: Pick<Crd, "state" | "reason">,
  terminal: Pick<Terminal, "colour">,
): string[] {
  const phase = cr.phase === "" ? "" : `phase ${printable(cr.phase, 63)}, `;
  const ready = cr.ready ? paint(terminal, "green", "ready") : paint(terminal, "yellow", "not ready");
  const deleting = cr.deletionTimestamp === undefined
    ? ""
    : `${paint(terminal, "yellow", `being deleted since ${printable(cr.deletionTimestamp, 40)}`)}, `;
  const state = `${deleting}${phase}${ready}, generation ${cr.generation}`;
  const lines = [`${paint(terminal, "bold", printable(title, 320))}: ${state}`];
  for (const { type, status, reason, message } of cr.status.conditions.slice(0, 20)) {
    if (status === "True" || (type !== "Ready" && type !== "Synced")) continue;
    const text = [reason, message].filter((part) => part !== "").map((part) => printable(part)).join(": ");
    lines.push(`  ${type} is ${printable(status, 20)}: ${text}`);
  }
  lines.push(
    `  next: ${isKonductor ? nextOf(operator, next, passes[0]) : "nothing, this process does not reconcile it"}`,
  );
  if (idle !== undefined) {
    const visits = idle.count === 1 ? "1 visit" : `${idle.count} visits`;
    lines.push(`  nothing to do since ${printable(idle.since, 40)}, ${visits}`);
  }
  if (passes.length === 0) {
    lines.push("", "No pass changed anything, failed or waited since the operator started");
    return lines;
  }
  lines.push("", "Last passes, newest first:");
  for (const pass of passes) lines.push(...passLines(pass, terminal));
  return lines;
}

const results: Readonly<Record<Pass["result"], Parameters<typeof paint>[1]>> = {
  succeeded: "green",
  failed: "red",
  denied: "red",
  deleting: "yellow",
  waiting: "yellow",
};

function passLines(pass: Pass, terminal: Pick<Terminal, "colour">): string[] {
  const { id, trigger, result, message, count, firstTime, age, durationMs, changes, calls } = pass;
  const named = id === undefined ? "" : ` (pass ${printable(id, 40)})`;
  const repeats = count === 1 ? "" : `, ${count} times since ${printable(firstTime, 40)}`;
  const took = formatDuration(Math.max(1, Math.round(durationMs)));
  const lines = [
    `  ${printable(age, 40)} ago: ${paint(terminal, results[result], result)} in ${took}${repeats}${named}`,
    `    because: ${printable(trigger)}`,
  ];
  if (message !== undefined) lines.push(`    ${result === "waiting" ? "waits" : "message"}: ${printable(message)}`);
  for (const { text } of changes) lines.push(`    ${printable(text)}`);
  if (pass.changesOmitted > 0) lines.push(`    and ${pass.changesOmitted} more changes`);
  if (calls.length > 0) {
    const texts = calls.map(({ verb, kind, namespace, name, subresource, code }) =>
      `${verb} ${kind} ${namespace === "" ? name : `${namespace}/${name}`}${
        subresource === undefined ? "" : ` ${subresource}`
      } ${code ?? "no response"}`
    );
    const more = pass.callsOmitted === 0 ? "" : `, and ${pass.callsOmitted} more`;
    lines.push(`    calls: ${texts.map((text) => printable(text, 400)).join(", ")}${more}`);
  }
  return lines;
}

/** A worker takes it only once the operator has any. */
function nextOf(
  { state, reason }: Pick<Crd, "state" | "reason">,
  next: PassesResponse["next"],
  last: Pass | undefined,
) {
  if (state !== "pending") return nextText(next, last);
  return `nothing until the operator works: ${printable(reason ?? "is pending")}`;
}

/** What comes next, as a person says it: `retry in 12s, since the last pass failed`. */
export function nextText({ why, inMs }: PassesResponse["next"], last: Pass | undefined): string {
  const at = inMs === undefined
    ? ""
    : ` in ${formatDuration(inMs < 1000 ? Math.round(inMs) : Math.round(inMs / 1000) * 1000)}`;
  switch (why) {
    case "processing":
      return "a pass is being made now";
    case "queued":
      return "now: it waits for a worker";
    case "change":
      return "nothing is planned: a change of the CR or of a child triggers a pass";
    case "resync":
      return `resync${at}; a change of the CR or of a child triggers a pass before`;
    case "requeue":
      return last?.result === "waiting" ? `another look${at}, since it waits` : `requeue${at}`;
    case "backoff":
      return last?.result === "failed" ? `retry${at}, since the last pass failed` : `retry${at}`;
    case "throttled":
      return `a pass${at}; it is throttled, since each of its passes changes something`;
    case "held":
      return `held back${at.replace(" in ", " for ")}: its pass may have ended the operator`;
    case "deferred":
      return `deferred, the queue is long; at the latest${at}`;
    default:
      return `${printable(why, 63)}${at}`;
  }
}
