import type { BoxView } from "./box_view.ts";
import type { ProcessState } from "./process_state.ts";

/** What a probe finds: the status code, and why it is not 200. */
export interface ProbeResult {
  readonly status: 200 | 500 | 503;
  readonly reason?: string;
}

const fine: ProbeResult = { status: 200 };

/** The Katalog is loaded, and its boxes were started: from here on they wait for the cluster alone. */
export function startupProbe({ served }: ProcessState): ProbeResult {
  return served === undefined ? { status: 503, reason: "the Katalog is being loaded" } : fine;
}

/** The process cannot continue: a restart is what helps. A degraded box is no reason for one. */
export function healthProbe({ fatal }: ProcessState): ProbeResult {
  return fatal === undefined ? fine : { status: 500, reason: fatal };
}

/**
 * Boxes that this process leads work, and none is degraded. Those that it does not (ruling 105) could start at once, or
 * wait for a CRD that is not installed.
 */
export function readinessProbe(state: ProcessState, views: readonly BoxView[]): ProbeResult {
  if (state.fatal !== undefined) return { status: 503, reason: state.fatal };
  if (state.isStopping) return { status: 503, reason: "the process is stopping" };
  if (state.served === undefined) return startupProbe(state);
  const { isLeader, trouble } = state.served.leadership;
  if (!isLeader && trouble !== undefined) return { status: 503, reason: `cannot lead: ${trouble}` };
  const late = views.filter(({ leads, state: of, health }) =>
    leads ? of === "degraded" || of === "pending" : !health.warm && !health.missing
  );
  if (late.length === 0) return fine;
  const shown = late.slice(0, 3).map(({ plan: { name }, state: of, reason }) =>
    `${name} is ${of}${reason === undefined ? "" : `: ${reason}`}`
  );
  const more = late.length > shown.length ? `; and ${late.length - shown.length} more` : "";
  return { status: 503, reason: `${shown.join("; ")}${more}` };
}
