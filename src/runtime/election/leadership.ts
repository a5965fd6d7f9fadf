import { type EventRecorder, sleep } from "../../cluster/mod.ts";
import type { Log } from "../../observe/log.ts";
import { type ElectionMessage, type Elector, type ElectorOptions, startElector } from "./elector.ts";

/** What leads and rests: the boxes of this process. */
export interface Led {
  /** Rejects when it rests before all workers run; a handler is optional. */
  lead(): Promise<void>;
  rest(graceMs: number): Promise<void>;
}

export interface LeadershipOptions extends Omit<ElectorOptions, "lead" | "rest" | "report"> {
  readonly led: Led;
  readonly log: Log;
  /** Writes Events of the Lease, through the fence. */
  readonly recorder: EventRecorder;
}

/** How long after the grace period workers may take to end. */
const stuckMs = 2_000;

/** Whether this process leads, and who does. */
export interface Leadership {
  readonly isLeader: boolean;
  /** Identity of the leader as last seen; `undefined`: there is none, or nothing was seen yet. */
  readonly holder: string | undefined;
  /** Why this process could not lead now: it does not reach its Lease, or may not write it. */
  readonly trouble: string | undefined;
  /** Stops the workers (passes in flight may finish for up to `graceMs`), and then releases the Lease. */
  end(graceMs: number): Promise<void>;
}

/** Leads while this process holds the Lease; a standby otherwise. */
export function startLeadership(options: LeadershipOptions): Leadership {
  const { led, log: _log, recorder, ...parts } = options;
  const elector: Elector = startElector({
    ...parts,
    lead: () => void led.lead().catch(() => {/* it rests already */}),
    rest: (graceMs) => led.rest(graceMs),
    report: reporterOf(options),
  });
  return {
    get isLeader() {
      return elector.isLeader;
    },
    get holder() {
      return elector.holder;
    },
    get trouble() {
      return elector.trouble;
    },
    async end(graceMs) {
      // A box that cannot be stopped must not keep the Lease: the fence holds back its writes.
      const rested = new AbortController();
      await Promise.race([led.rest(graceMs), sleep(options.clock, graceMs + stuckMs, rested.signal)]);
      rested.abort();
      await elector.stop();
      await recorder.stop();
    },
  };
}

/** The only process: it leads from its start, and nobody is asked. */
export function soleLeadership(led: Led, identity: string): Leadership {
  led.lead().catch(() => {/* it rests already */});
  return { isLeader: true, holder: identity, trouble: undefined, end: (graceMs) => led.rest(graceMs) };
}

/** Reports an election in the log and as Events of the Lease. */
export function reporterOf(
  { log, recorder, identity, lease: { namespace, name } }: Pick<
    LeadershipOptions,
    "log" | "recorder" | "identity" | "lease"
  >,
): (message: ElectionMessage) => void {
  return (message) => {
    logElection(log, `${namespace}/${name}`, message);
    recordElection(recorder, identity, message);
  };
}

function logElection(log: Log, lease: string, message: ElectionMessage): void {
  switch (message.type) {
    case "elected": {
      const { after, transitions } = message;
      const how = after === undefined ? "" : `, after ${after.holder}, whose lease ${pastOf[after.how]}`;
      return log("info", `leads: holds the lease ${lease}${how}`, {
        event: "lease.acquired",
        lease,
        transitions,
        after: after?.holder,
      });
    }
    case "following":
      return log("info", `stands by: ${message.holder} holds the lease ${lease}`, {
        event: "lease.following",
        lease,
        holder: message.holder,
      });
    case "lost":
      return log("warn", `does not lead any more: ${message.reason}; all passes stop`, {
        event: "lease.lost",
        lease,
        reason: message.reason,
      });
    case "released":
      return log(
        "info",
        `has released the lease ${lease}${message.handedOver ? ": another replica is to hold it" : ""}`,
        { event: "lease.released", lease },
      );
    case "error":
      return log("warn", `cannot use the lease ${lease}: ${message.error}; trying again`, {
        event: "lease.error",
        lease,
        error: message.error,
      });
    default:
      return message satisfies never;
  }
}

const pastOf = { expired: "has expired", released: "was released", deleted: "was deleted" } as const;

/** Events of the Lease are written by the new leader alone: the former one may not write any more. */
function recordElection(recorder: EventRecorder, identity: string, message: ElectionMessage): void {
  if (message.type !== "elected") return;
  const { lease: regarding, after } = message;
  if (after?.how === "expired") {
    const lost = `${after.holder} has lost leadership: it did not renew the lease in time`;
    recorder.record({ regarding, type: "Warning", reason: "KonductorLost", message: lost, action: "Election" });
  }
  const how = after === undefined ? "" : `, after ${after.holder}`;
  const reason = after === undefined ? "KonductorElected" : "NewKonductorElected";
  recorder.record({ regarding, type: "Normal", reason, message: `${identity} leads${how}`, action: "Election" });
}
