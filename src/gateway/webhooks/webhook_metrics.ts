import {
  AdmissionMetrics,
  admissionSpecs,
  externalCallSpecs,
  type MetricSpec,
  Registry,
  secondsBuckets,
  type Series,
} from "../../observe/metrics/mod.ts";
import { gvkText } from "../../k8s/object.ts";
import type { AdmissionRequest } from "./admission_request.ts";
import type { AdmissionResult } from "./admission_response.ts";
import type { Converted } from "./conversions.ts";
import type { Reviewed } from "./reviewed.ts";

const reviews: MetricSpec = {
  name: "controller_admission_reviews_total",
  type: "counter",
  help: "Reviews by webhook, CRD of the Katalog and result: allowed, mutated, warned, denied.",
  labels: ["webhook", "crd", "result"],
};
const rejected: MetricSpec = {
  name: "controller_validation_rejected_total",
  type: "counter",
  help: "Rules for which an object was refused, by CRD of the Katalog, field and operator.",
  labels: ["crd", "field", "rule", "source"],
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

/** The decision alone takes less than a millisecond, unless a rule waits for a call. */
const decisionBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
const validationSeconds: MetricSpec = {
  name: "controller_admission_validation_duration_seconds",
  type: "histogram",
  help: "How long rules of validation took to decide on an object.",
  labels: ["crd"],
  buckets: decisionBuckets,
};
const mutationSeconds: MetricSpec = {
  name: "controller_admission_mutation_duration_seconds",
  type: "histogram",
  help: "How long rules of mutation took to decide on an object.",
  labels: ["crd"],
  buckets: decisionBuckets,
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
const conversionRequests: MetricSpec = {
  name: "orkestra_conversion_requests_total",
  type: "counter",
  help:
    "Reviews of conversion, by kind and version of their first object, version wanted, and result: success, failure.",
  labels: ["kind", "from_version", "to_version", "result"],
};
const conversionSeconds: MetricSpec = {
  name: "orkestra_conversion_duration_seconds",
  type: "histogram",
  help: "How long all objects of a review took to be converted.",
  labels: ["kind", "from_version", "to_version"],
  buckets: [0.001, 0.0025, ...secondsBuckets.filter((bound) => bound <= 1)],
};
const conversionErrors: MetricSpec = {
  name: "orkestra_conversion_errors_total",
  type: "counter",
  help: "Reviews of conversion that failed: unknown_kind where no conversion is declared, else not_converted.",
  labels: ["kind", "error_type"],
};
const conversionsActive: MetricSpec = {
  name: "orkestra_conversion_active_requests",
  type: "gauge",
  help: "Reviews of conversion in flight.",
  labels: [],
};

const deletionsBlocked: MetricSpec = {
  name: "orkestra_deletion_protection_blocked_total",
  type: "counter",
  help: "Requests that deletion protection refused, strict mode included.",
  labels: [],
};
const namespacesBlocked: MetricSpec = {
  name: "orkestra_namespace_protection_blocked_total",
  type: "counter",
  help: "Requests that namespace protection refused, by resource.",
  labels: ["resource"],
};
const registered: MetricSpec = {
  name: "orkestra_webhook_reconciled_total",
  type: "counter",
  help: "Webhook configurations and CRDs that were written or removed: at the start, or after others changed them.",
  labels: ["source"],
};
const registrationFailures: MetricSpec = {
  name: "orkestra_webhook_reconciliation_failure_total",
  type: "counter",
  help: "Webhook configurations and CRDs that could not be watched, written or removed, by name; tried again.",
  labels: ["webhook"],
};

const admission = admissionSpecs("crd");
const { calls, duration: callDuration } = externalCallSpecs(secondsBuckets);

export const webhookMetricSpecs: readonly MetricSpec[] = [
  reviews,
  rejected,
  duration,
  malformed,
  ...Object.values(admission),
  validationSeconds,
  mutationSeconds,
  conversions,
  conversionDuration,
  conversionRequests,
  conversionSeconds,
  conversionErrors,
  conversionsActive,
  deletionsBlocked,
  namespacesBlocked,
  registered,
  registrationFailures,
  calls,
  callDuration,
];

/** What the Gateway counts of its webhooks. */
export class WebhookMetrics {
  readonly #registry = new Registry();
  readonly #reviews = this.#registry.add(reviews);
  readonly #rejected = this.#registry.add(rejected);
  readonly #duration = this.#registry.add(duration);
  readonly #malformed = this.#registry.add(malformed);
  readonly #admission = new AdmissionMetrics(this.#registry, admission, "admission");
  readonly #validationSeconds = this.#registry.add(validationSeconds);
  readonly #mutationSeconds = this.#registry.add(mutationSeconds);

  readonly #conversions = this.#registry.add(conversions);
  readonly #conversionDuration = this.#registry.add(conversionDuration);
  readonly #conversionRequests = this.#registry.add(conversionRequests);
  readonly #conversionSeconds = this.#registry.add(conversionSeconds);
  readonly #conversionErrors = this.#registry.add(conversionErrors);
  readonly #conversionsActive = this.#single(conversionsActive);

  readonly #deletionsBlocked = this.#single(deletionsBlocked);
  readonly #namespacesBlocked = this.#registry.add(namespacesBlocked);
  readonly #registered = this.#registry.add(registered);
  readonly #registrationFailures = this.#registry.add(registrationFailures);

  readonly #calls = this.#registry.add(calls);
  readonly #callDuration = this.#registry.add(callDuration);

  /** An HTTP call ended; its name is one of the Katalog's. */
  called(name: string, failed: boolean, seconds: number): void {
    this.#calls.of(name, failed ? "failure" : "success").inc();
    this.#callDuration.of(name).observe(seconds);
  }

  /** `ms`: from the head of the request; `decidedMs`: of these, the decision. */
  reviewed(
    webhook: string,
    { resource: { resource } }: Pick<AdmissionRequest, "resource">,
    { crd, result, broken, changes }: Reviewed,
    { ms, decidedMs }: { readonly ms: number; readonly decidedMs: number },
  ): void {
    const kind = crd === undefined ? "" : gvkText(crd.type);
    this.#reviews.of(webhook, kind, outcome(result)).inc();
    this.#duration.of(webhook).observe(ms / 1000);
    if (!result.allowed) this.#blocked(webhook, resource);
    if (changes !== undefined) {
      this.#admission.mutated([kind], changes);
      this.#mutationSeconds.of(kind).observe(decidedMs / 1000);
    }
    if (broken === undefined) return;
    this.#validationSeconds.of(kind).observe(decidedMs / 1000);
    const { allowed, warnings = [] } = result;
    this.#admission.validated([kind], !allowed ? "denied" : warnings.length > 0 ? "warned" : "allowed", broken);
    // Fields are those that rules of the Katalog name: their number is bounded.
    for (const { field, operator, action } of broken) {
      if (action === "deny") this.#rejected.of(kind, field, operator, "admission").inc();
    }
  }

  #blocked(webhook: string, resource: string): void {
    switch (webhook) {
      case "deletion-protection":
      case "strict-mode-protection":
        return this.#deletionsBlocked.inc();
      case "namespace-protection":
        return this.#namespacesBlocked.of(resource).inc();
    }
  }

  /** A review of conversion begins; the function that is returned ends it. */
  converting(): () => void {
    this.#conversionsActive.inc();
    return () => this.#conversionsActive.inc(-1);
  }

  converted({ kind, from, to, failed, objects }: Converted, ms: number, decidedMs: number): void {
    const result = failed === undefined ? "success" : "failure";
    this.#conversions.of(result).inc(objects);
    this.#conversionDuration.of().observe(ms / 1000);
    this.#conversionRequests.of(kind, from, to, result).inc();
    this.#conversionSeconds.of(kind, from, to).observe(decidedMs / 1000);
    if (failed !== undefined) this.#conversionErrors.of(kind, failed).inc();
  }

  malformed(code: number): void {
    this.#malformed.of(String(code)).inc();
  }

  /** An object that keeps the webhooks registered was written or removed. */
  registered(source: "start" | "watch"): void {
    this.#registered.of(source).inc();
  }

  registrationFailed(name: string): void {
    this.#registrationFailures.of(name).inc();
  }

  snapshot() {
    return this.#registry.snapshot();
  }

  #single(spec: MetricSpec): Series {
    return this.#registry.add(spec).of();
  }
}

function outcome({ allowed, patch = [], warnings = [] }: AdmissionResult): string {
  if (!allowed) return "denied";
  if (patch.length > 0) return "mutated";
  return warnings.length > 0 ? "warned" : "allowed";
}
