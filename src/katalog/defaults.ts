/** What a Katalog that says nothing gets (ruling 24). Durations as a Katalog writes them, and in milliseconds. */
export const defaults = {
  workers: 3,
  resync: "30s",
  resyncMs: 30_000,
  failureThreshold: 5,
  /** Of `duration` of a condition with `cron`. */
  cronWindowMs: 60_000,
  /** Of `onDelete.timeout` (ruling 88). */
  deletionTimeoutMs: 300_000,
  /** Of `operatorBox.autoscale`. */
  autoscale: { intervalMs: 15_000, cooldownMs: 120_000 },
  /** Of `source.cacheFor` of an item of `cross`. */
  crossIntervalMs: 5_000,
  /** Of `timeout` of an item of `external`. */
  externalTimeoutMs: 10_000,
  /** Without `retryBackoff`; each wait is twice the one before. */
  backoff: { initialMs: 5, maxMs: 60_000 },
  /** What a `retryBackoff` that is declared leaves out. */
  retryBackoff: { initialMs: 500, maxMs: 30_000, multiplier: 2, maxAttempts: 3 },
} as const;

/** Smallest and largest number of workers of one box. */
export const workerBounds = { min: 1, max: 50 } as const;
