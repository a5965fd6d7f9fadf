import assert from "node:assert/strict";
import { exposition } from "../../observe/metrics/mod.ts";
import { lintMetric } from "../../../tests/support/metrics_lint.ts";
import type { AdmissionRequest } from "./admission_request.ts";
import { ReviewCounts } from "./review_counts.ts";
import type { Reviewed } from "./reviewed.ts";
import { WebhookMetrics, webhookMetricSpecs } from "./webhook_metrics.ts";

const kind = "shop.example.org/v1, Kind=Shop";
const shops = { group: "shop.example.org", version: "v1", kind: "Shop", plural: "shops", namespaced: true };
const crd = { name: "shop", type: shops };
const of = (resource: string): Pick<AdmissionRequest, "resource"> => ({
  resource: { group: "shop.example.org", version: "v1", resource },
});

const denied: Reviewed = {
  crd,
  result: { allowed: false },
  broken: [
    { field: "spec.size", operator: "lte", action: "deny" },
    { field: "spec.owner", operator: "exists", action: "warn" },
  ],
};
const mutated: Reviewed = {
  crd,
  result: { allowed: true, patch: [{ op: "add", path: "/spec/tier", value: "a" }] },
  changes: [{ field: "spec.tier", mode: "default" }],
};
const refused: Reviewed = { result: { allowed: false } };
const time = { ms: 3, decidedMs: 0.2 };

function linesOf(metrics: WebhookMetrics): Set<string> {
  return new Set(exposition(webhookMetricSpecs, [{ labels: {}, metrics: metrics.snapshot() }]).split("\n"));
}

Deno.test("reviews are counted by kind, rule and what was changed", () => {
  const metrics = new WebhookMetrics();
  metrics.reviewed("validate", of("shops"), denied, time);
  metrics.reviewed(
    "validate",
    of("shops"),
    { crd, result: { allowed: true }, broken: [] },
    time,
  );
  metrics.reviewed("mutate", of("shops"), mutated, time);
  metrics.reviewed("mutate", of("shops"), { result: { allowed: true }, crd, changes: [] }, time);
  // Another resource: no rule is about it.
  metrics.reviewed("validate", of("carts"), { result: { allowed: true } }, time);
  const lines = linesOf(metrics);
  for (
    const line of [
      `controller_admission_validation_total{crd="${kind}",result="denied",source="admission"} 1`,
      `controller_admission_validation_total{crd="${kind}",result="allowed",source="admission"} 1`,
      `controller_admission_validation_violations_total{crd="${kind}",field="spec.size",rule="lte",action="deny",source="admission"} 1`,
      `controller_admission_validation_violations_total{crd="${kind}",field="spec.owner",rule="exists",action="warn",source="admission"} 1`,
      `controller_admission_mutation_total{crd="${kind}",result="applied",source="admission"} 1`,
      `controller_admission_mutation_total{crd="${kind}",result="skipped",source="admission"} 1`,
      `controller_admission_mutation_applied_total{crd="${kind}",field="spec.tier",type="default",source="admission"} 1`,
      `controller_admission_validation_duration_seconds_bucket{crd="${kind}",le="0.00025"} 2`,
      `controller_admission_mutation_duration_seconds_count{crd="${kind}"} 2`,
      `controller_validation_rejected_total{crd="${kind}",field="spec.size",rule="lte",source="admission"} 1`,
    ]
  ) assert.ok(lines.has(line), `${line}\n${[...lines].join("\n")}`);
});

Deno.test("what protection refuses, what is converted and what keeps webhooks registered are counted", () => {
  const metrics = new WebhookMetrics();
  metrics.reviewed("deletion-protection", of("shops"), refused, time);
  metrics.reviewed("strict-mode-protection", of("shops"), refused, time);
  metrics.reviewed("namespace-protection", of("shops"), refused, time);
  metrics.reviewed("namespace-protection", of("shops"), { result: { allowed: true } }, time);
  const end = metrics.converting();
  metrics.converting()();
  metrics.converted({ kind: "Shop", from: "v1", to: "v2", objects: 3 }, 2, 1);
  metrics.converted({ kind: "other", from: "other", to: "v2", objects: 1, failed: "unknown_kind" }, 2, 1);
  metrics.registered("start");
  metrics.registrationFailed("orkestra-admission-mutation");
  const lines = linesOf(metrics);
  for (
    const line of [
      "orkestra_deletion_protection_blocked_total 2",
      'orkestra_namespace_protection_blocked_total{resource="shops"} 1',
      "orkestra_conversion_active_requests 1",
      'orkestra_conversion_requests_total{kind="Shop",from_version="v1",to_version="v2",result="success"} 1',
      'orkestra_conversion_errors_total{kind="other",error_type="unknown_kind"} 1',
      'orkestra_conversion_duration_seconds_count{kind="Shop",from_version="v1",to_version="v2"} 1',
      'controller_conversion_total{result="success"} 3',
      'orkestra_webhook_reconciled_total{source="start"} 1',
      'orkestra_webhook_reconciliation_failure_total{webhook="orkestra-admission-mutation"} 1',
    ]
  ) assert.ok(lines.has(line), `${line}\n${[...lines].join("\n")}`);
  end();
  assert.ok(linesOf(metrics).has("orkestra_conversion_active_requests 0"));
});

Deno.test("the HTTP API counts by resources that the Katalog names, and in total", () => {
  const counts = new ReviewCounts([shops]);
  counts.reviewed("validate", of("shops"), denied);
  counts.reviewed("mutate", of("shops"), mutated);
  counts.reviewed("deletion-protection", of("carts"), refused);
  counts.reviewed("namespace-protection", of("shops"), refused);
  const own = {
    admission: { validation: { allowed: 0, denied: 1, warned: 0 }, mutation: { applied: 1, skipped: 0 } },
    deletionProtection: { blocked: 0 },
    strictMode: { blocked: 0 },
    namespaceProtection: { blocked: 1 },
  };
  assert.deepEqual(counts.of(shops), own);
  assert.deepEqual(counts.total(), { ...own, deletionProtection: { blocked: 1 } });
});

Deno.test("every metric of the webhooks passes the lint of promtool, and exists once", () => {
  for (const spec of webhookMetricSpecs) assert.deepEqual(lintMetric(spec), [], spec.name);
  assert.equal(new Set(webhookMetricSpecs.map(({ name }) => name)).size, webhookMetricSpecs.length);
});
