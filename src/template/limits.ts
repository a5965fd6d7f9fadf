/** What one render may cost. Both bounds are deterministic: the same template and data always stop at the same place. */
export interface RenderLimits {
  /** Work: one step for each node executed, and one for every 32 characters that a function reads or makes. */
  readonly steps: number;
  /** UTF-8 bytes of the whole output; no text made on the way to it may have more characters either. */
  readonly outputBytes: number;
}

/**
 * 200,000 steps are a list of a thousand items with two hundred actions each, and take well under 100 ms: longer would
 * hold up every other pass of the box. The costliest work that they allow takes about a second. 1 MiB is what the API
 * server's store accepts for one object.
 */
export const defaultLimits: RenderLimits = { steps: 200_000, outputBytes: 1 << 20 };
