import { waitFor } from "../support/wait_for.ts";

/** Something that a process does, which needs some of its permissions. */
export interface Scenario {
  readonly name: string;
  /** Removes what scenarios leave. */
  reset(): Promise<void>;
  /** With all permissions: what is there before. */
  prepare(): Promise<void>;
  /** Starts the process and throws where one step takes more than the limit. */
  run(limitMs: number): Promise<void>;
  /** What the process has printed so far. */
  printed(): string;
  /** Something was refused, and there was time for what comes of it: `run` waits no longer. */
  cancel(): void;
  /** Ends the process and returns what it has printed. */
  end(): Promise<string>;
  /** What the cluster says: status and Events. */
  told(): Promise<string>;
}

/** Waits are over: see `Scenario.cancel`. */
export class CancelledError extends Error {
  override name = "CancelledError";
}

/** `waitFor`, until it is cancelled: then it throws a `CancelledError` that says what was waited for. */
export async function waitUnlessCancelled(
  what: string,
  probe: () => Promise<boolean> | boolean,
  { timeoutMs, isCancelled, explain }: {
    readonly timeoutMs: number;
    readonly isCancelled: () => boolean;
    readonly explain?: () => unknown;
  },
): Promise<void> {
  const end = await waitFor(what, async () => isCancelled() ? "cancelled" : await probe(), {
    timeoutMs,
    ...(explain === undefined ? {} : { explain }),
  });
  if (end === "cancelled") throw new CancelledError(`Not yet: ${what}`);
}
