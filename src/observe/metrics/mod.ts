/** Metrics in memory, and their exposition to Prometheus. */
export { type ExposedPart, exposition, expositionType, printNumber, type Sample, samplesOf } from "./exposition.ts";
export {
  type FamilySnapshot,
  type MetricSpec,
  type MetricsSnapshot,
  secondsBuckets,
  type SeriesSnapshot,
  wideSecondsBuckets,
} from "./metric.ts";
export { AdmissionMetrics, type AdmissionSpecs, admissionSpecs } from "./admission.ts";
export { externalCallSpecs } from "./external_calls.ts";
export { Family, Registry, Series } from "./registry.ts";
