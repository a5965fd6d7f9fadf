import { formatDuration } from "../../../base/duration.ts";
import type { JsonMap } from "../../../base/json.ts";
import { alertsOf, expressionOf } from "./alerts.ts";
import type { Subject } from "./subject.ts";

export interface RulesOptions {
  /** Where the runbooks are; `runbook_url` is its page with the alert as fragment. */
  readonly runbooks?: string | undefined;
}

const runbookFile = "docs/alerts.md";

/** A file of rules, as Prometheus loads it. */
export function ruleFile(subject: Subject, { runbooks }: RulesOptions): JsonMap {
  const rules = alertsOf(subject).map((alert): JsonMap => {
    const anchor = alert.name.toLowerCase();
    return {
      alert: alert.name,
      expr: expressionOf(alert),
      ...(alert.forMs === 0 ? {} : { for: formatDuration(alert.forMs) }),
      labels: { severity: alert.severity, katalog: subject.katalog },
      annotations: {
        summary: alert.summary,
        description: `${alert.description} What to do: ${runbookFile}#${anchor}`,
        ...(runbooks === undefined ? {} : { runbook_url: `${runbooks}#${anchor}` }),
      },
    };
  });
  return { groups: [{ name: `orkestra-${subject.katalog}`, rules }] };
}

/** The same as an object of the Prometheus operator. */
export function prometheusRule(subject: Subject, namespace: string, options: RulesOptions): JsonMap {
  const name = `orkestra-${subject.katalog}`;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: {
      name,
      namespace,
      labels: { "app.kubernetes.io/name": "orkestra", "app.kubernetes.io/part-of": "orkestra" },
    },
    spec: ruleFile(subject, options),
  };
}
