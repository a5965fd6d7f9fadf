/** Where a span belongs (W3C Trace Context, level 1). */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case, not all 0. */
  readonly spanId: string;
  /** The trace is recorded. */
  readonly sampled: boolean;
}

/** A later version may have more at the end. */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The context in a header `traceparent`; `undefined`: there is none that can be used. */
export function readTraceparent(header: string | null | undefined): TraceContext | undefined {
  if (header === null || header === undefined || header.length > 512) return undefined;
  const [, version, traceId, spanId, flags, more] = form.exec(header.trim()) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined;
  return { traceId: traceId!, spanId: spanId!, sampled: (parseInt(flags!, 16) & 1) === 1 };
}

/** The header `traceparent` of a request that is made within a span. */
export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
