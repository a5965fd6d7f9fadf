/** Traces of passes and reviews, for OpenTelemetry. Off unless an endpoint is set; then nothing of it is called. */
export { readTraceparent, type TraceContext, traceparentOf } from "./context.ts";
export { type ExportResponse, SpanExporter, traceMetricSpecs } from "./exporter.ts";
export type { Sampling } from "./sampling.ts";
export { readTraceSettings, type TraceSettings, type TraceVariable, traceVariables } from "./settings.ts";
export { type Span, type SpanAttributes, type SpanRecord } from "./span.ts";
export { Tracer } from "./tracer.ts";
