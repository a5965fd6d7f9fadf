/** The only source of time for everything below `entry/`; tests put a fake one in its place. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  nowMs(): number;
  /** Wall-clock time in milliseconds since 1970-01-01 UTC. For texts and timestamps, never for waiting. */
  wallMs(): number;
  /** Calls `run` once after `delayMs`; the returned function takes that back. */
  after(delayMs: number, run: () => void): () => void;
}

/** RFC 3339 in UTC with whole seconds, as Kubernetes' `metav1.Time` prints it. */
export function formatTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** RFC 3339 in UTC with milliseconds, for times that something is counted from. */
export function formatInstant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
