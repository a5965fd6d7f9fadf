import { externalCallSpecs, type MetricSpec, Registry, secondsBuckets } from "../../observe/metrics/mod.ts";
import type { AdmissionResult } from "./admission_response.ts";

const reviews: MetricSpec = {
  name: "controller_admission_reviews_total",
  type: "counter",
  help: "Reviews by webhook, CRD of the Katalog and result: allowed, mutated, warned, denied.",
  labels: ["webhook", "crd", "result"],
};
const rejected: MetricSpec = {
  name: "controller_validation_rejected_total",
  type: "counter",
  help: "Violations for which an object was refused, by CRD of the Katalog and field.",
  labels: ["crd", "field", "source"],
};
const duration: MetricSpec = {
  name: "controller_admission_duration_seconds",
  type: "histogram",
  help: "From the head of a request until its review is decided.",
  labels: ["webhook"],
  buckets: [0.0005, 0.001, 0.0025, ...secondsBuckets],
};
const malformed: MetricSpec = {
  name: "controller_admission_malformed_total",
  type: "counter",
  help: "Requests that were no review, by status code of the response.",
  labels: ["code"],
};

const conversions: MetricSpec = {
  name: "controller_conversion_total",
  type: "counter",
  help: "Objects that were to be converted between versions, by result of their review: success, failure.",
  labels: ["result"],
};
const conversionDuration: MetricSpec = {
  name: "controller_conversion_duration_seconds",
  type: "histogram",
  help: "From the head of a request until its objects are converted.",
  labels: [],
  buckets: [0.0005, 0.001, 0.0025, ...secondsBuckets],
};

const { calls, duration: callDuration } = externalCallSpecs(secondsBuckets);

export const webhookMetricSpecs: readonly MetricSpec[] = [
  reviews,
  rejected,
  duration,
  malformed,
  conversions,
  conversionDuration,
  calls,
  callDuration,
];

/** What the webhooks count. */
export class WebhookMetrics {
  readonly #registry = new Registry();
  readonly #reviews = this.#registry.add(reviews);
  readonly #rejected = this.#registry.add(rejected);
  readonly #duration = this.#registry.add(duration);
  readonly #malformed = this.#registry.add(malformed);

  readonly #conversions = this.#registry.add(conversions);
  readonly #conversionDuration = this.#registry.add(conversionDuration);

  readonly #calls = this.#registry.add(calls);
  readonly #callDuration = this.#registry.add(callDuration);

  /** An HTTP call ended; its name is one of the Katalog's. */
  called(name: string, failed: boolean, seconds: number): void {
    this.#calls.of(name, failed ? "failure" : "success").inc();
    this.#callDuration.of(name).observe(seconds);
  }

  reviewed(webhook: string, crd: string | undefined, result: AdmissionResult, ms: number): void {
    this.#reviews.of(webhook, crd ?? "", outcome(result)).inc();
    this.#duration.of(webhook).observe(ms / 1000);
    // Fields are those that rules of the Katalog name: their number is bounded.
    for (const { field } of result.causes ?? []) this.#rejected.of(crd ?? "", field, "admission").inc();
  }

  converted(failed: boolean, objects: number, ms: number): void {
    this.#conversions.of(failed ? "failure" : "success").inc(objects);
    this.#conversionDuration.of().observe(ms / 1000);
  }

  malformed(code: number): void {
    this.#malformed.of(String(code)).inc();
  }

  snapshot() {
    return this.#registry.snapshot();
  }
}

function outcome({ allowed, patch = [], warnings = [] }: AdmissionResult): string {
  if (!allowed) return "denied";
  if (patch.length > 0) return "mutated";
  return warnings.length > 0 ? "warned" : "allowed";
}
