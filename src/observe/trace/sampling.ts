import type { TraceContext } from "./context.ts";

/** Which traces are recorded; a plain record, so that it can cross a thread. */
export interface Sampling {
  /** Share of the traces that begin here: 0 to 1. */
  readonly ratio: number;
  /** Where a caller sends its context, its decision counts. */
  readonly parentBased: boolean;
}

/** Bits of a trace id that decide: the lowest 56, which are random (W3C Trace Context, level 2). */
const bits = 56;

/** Is this trace recorded? A trace id comes to the same everywhere, so traces are whole. */
export function isSampled(
  traceId: string,
  parent: TraceContext | undefined,
  { ratio, parentBased }: Sampling,
): boolean {
  if (parent !== undefined && parentBased) return parent.sampled;
  if (ratio >= 1) return true;
  if (ratio <= 0) return false;
  const random = parseInt(traceId.slice(-bits / 4), 16);
  return random / 2 ** bits < ratio;
}
