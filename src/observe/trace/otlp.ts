import { isMap, type Json, type JsonMap, ownValue, parseJson } from "../../base/json.ts";
import type { SpanAttributes, SpanKind, SpanRecord } from "./span.ts";

/** Numbers of `SpanKind` in OTLP. */
const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const statusError = 2;

/** The body of `POST /v1/traces` as JSON (OTLP 1.x: opentelemetry-proto, "OTLP/HTTP"). */
export function otlpBody(spans: readonly SpanRecord[], resource: SpanAttributes, version: string): string {
  return JSON.stringify({
    resourceSpans: [{
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [{ scope: { name: "ork", version }, spans: spans.map(spanOf) }],
    }],
  });
}

function spanOf(
  { traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, failed }: SpanRecord,
): JsonMap {
  return {
    ...{ traceId, spanId, name, kind: kinds[kind] },
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    ...(failed ? { status: { code: statusError } } : {}),
  };
}

/** Integers of 64 bits are texts in JSON. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function attributesOf(attributes: SpanAttributes): JsonMap[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): JsonMap {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** The spans of a request that the collector refused although its response is 200; 0 where it does not say. */
export function rejectedSpans(body: string): number {
  let response: Json;
  try {
    response = parseJson(body);
  } catch {
    return 0; // an empty body is a full success
  }
  const partial = isMap(response) ? ownValue(response, "partialSuccess") : undefined;
  const rejected = isMap(partial) ? Number(ownValue(partial, "rejectedSpans") ?? 0) : 0;
  return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
}
