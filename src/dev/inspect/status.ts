import { paint, type Terminal } from "../terminal.ts";
import { InspectError } from "./inspect_error.ts";
import type { WherePorts } from "./locate.ts";
import { printable } from "./printable.ts";
import { type Crd, type KatalogResponse, katalogResponse } from "./responses.ts";
import { UnreachableError } from "./runtime_api.ts";
import { openSession, operatorsOf, type Session, type SessionOptions } from "./session.ts";
import { type Cell, tableLines } from "./table.ts";

export interface StatusOptions extends SessionOptions {
  readonly crd?: string | undefined;
  /** Until a signal comes, every `intervalMs`. */
  readonly watch: boolean;
  readonly intervalMs: number;
  readonly output: "text" | "json";
}

export interface StatusPorts extends WherePorts {
  /** Resolves with the name of the signal that stops the process. */
  readonly until: () => Promise<string>;
}

/** `ork status`: how the operators of a Runtime are. 1 when one of them is degraded. Throws `InspectError`. */
export async function status(options: StatusOptions, terminal: Terminal, ports: StatusPorts): Promise<number> {
  let session: Session | undefined = await openSession(options, terminal, ports);
  try {
    let shown = chosen(session.katalog, options.crd);
    if (!options.watch) {
      terminal.out(rendered(shown, options, terminal));
      return codeOf(shown.crds);
    }
    const stopped = ports.until().then(() => true as const);
    const draw = terminal.redraw ?? terminal.out;
    let trouble: string | undefined;
    for (;;) {
      if (trouble === undefined) draw(rendered(shown, options, terminal));
      else terminal.err(trouble);
      if (await within(ports, options.intervalMs, stopped)) return codeOf(shown.crds);
      try {
        if (session === undefined) session = await openSession(options, terminal, ports);
        else session = { ...session, katalog: await session.api.get("/katalog", katalogResponse) };
        shown = chosen(session.katalog, options.crd);
        trouble = undefined;
      } catch (error) {
        if (!(error instanceof InspectError)) throw error;
        trouble = error.message;
        // Another process may lead by now.
        if (!(error instanceof UnreachableError)) continue;
        await session?.api.close();
        session = undefined;
      }
    }
  } finally {
    await session?.api.close();
  }
}

/** Whether it happens within this time. */
async function within({ clock }: StatusPorts, ms: number, happens: Promise<true>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = clock.after(ms, () => late.resolve(false));
  const happened = await Promise.race([happens, late.promise]);
  cancel();
  return happened;
}

function chosen(katalog: KatalogResponse, crd: string | undefined): KatalogResponse {
  return crd === undefined ? katalog : { ...katalog, crds: operatorsOf(katalog, crd) };
}

function codeOf(crds: readonly Crd[]): number {
  return crds.some(({ state }) => state === "degraded") ? 1 : 0;
}

function rendered(katalog: KatalogResponse, { output, watch }: StatusOptions, terminal: Terminal): string {
  // One line for each redraw, so that a script can read line by line.
  if (output === "json") return JSON.stringify(katalog, null, watch ? 0 : 2);
  return statusLines(katalog, terminal).join("\n");
}

const header = ["CRD", "STATE", "WORKERS", "QUEUE", "FAILS", "RECONCILES", "FAILED", "RESOURCES", "UPTIME"];
const styles = { healthy: "green", degraded: "red", pending: "yellow", started: "yellow" } as const;

/**
 * A table of the CRDs, the reason and last error of each that is not healthy, and whether the files of the Katalog are
 * those that run.
 */
export function statusLines(katalog: KatalogResponse, terminal: Pick<Terminal, "colour">): string[] {
  const { crds } = katalog;
  if (crds.length === 0) return ["The Katalog has no CRDs", ...filesLines(katalog, terminal)];
  const rows = crds.map((crd): Cell[] => [
    crd.name,
    { text: crd.state, style: styles[crd.state] },
    share(crd.workersActive, crd.workers),
    numberOf(crd.queueDepth),
    share(crd.consecutiveFails, crd.failureThreshold),
    numberOf(crd.totalReconciles),
    numberOf(crd.failedReconciles),
    numberOf(crd.resourceCount),
    crd.uptime === undefined || crd.uptime === "not started" ? "-" : crd.uptime,
  ]);
  const notes = crds.filter(({ state }) => state !== "healthy").flatMap(({ name, state, reason, lastError = "" }) => [
    "",
    `${paint(terminal, styles[state], `${printable(name, 63)} is ${state}`)}${
      reason === undefined ? "" : `: ${printable(reason)}`
    }`,
    ...(lastError === "" || lastError === reason ? [] : [`  last error: ${printable(lastError)}`]),
  ]);
  return [...tableLines(header, rows, terminal), ...notes, ...filesLines(katalog, terminal)];
}

function filesLines(
  { katalogFiles: state = "current", katalogFilesReason = "" }: KatalogResponse,
  terminal: Pick<Terminal, "colour">,
): string[] {
  if (state === "current") return [];
  const what = state === "broken"
    ? paint(terminal, "red", "The files of the Katalog do not load, so the former Katalog runs on")
    : paint(terminal, "yellow", "The files of the Katalog have changed since it was loaded");
  return ["", `${what}${katalogFilesReason === "" ? "" : `: ${printable(katalogFilesReason)}`}`];
}

function numberOf(value: number | undefined): string {
  return value === undefined ? "-" : String(value);
}

/** `1/3`. */
function share(value: number | undefined, of: number | undefined): string {
  return value === undefined ? "-" : `${value}/${numberOf(of)}`;
}
