import assert from "node:assert/strict";
import { parse } from "yaml";
import { promqlNames } from "../../../../tests/support/promql.ts";
import { planOf } from "../../../../tests/support/plans.ts";
import type { JsonMap } from "../../../base/json.ts";
import { systemFiles } from "../../../files/mod.ts";
import { gatewayMetricSpecs } from "../../../gateway/gateway_metrics.ts";
import type { MetricSpec } from "../../../observe/metrics/mod.ts";
import { metricSpecs } from "../../../runtime/http/metrics_page.ts";
import { projectRoot } from "../../../../tests/architecture/paths.ts";
import { UsageError } from "../../usage_error.ts";
import { alertsOf, expressionOf } from "./alerts.ts";
import { boxDashboard } from "./box.ts";
import { type DashboardsOptions, generateDashboards } from "./dashboards.ts";
import { overviewDashboard } from "./overview.ts";
import { ruleFile } from "./rules.ts";
import { type Subject, subjectOf } from "./subject.ts";

const crds = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  labelSelector: {twin: "no"}
  validation: {rules: [{field: spec.size, max: 3, message: at most 3}]}
  operatorBox:
    onReconcile:
      external: [{name: permit, url: "https://permits.example.org/x"}]
      configMaps: [{name: "{{ .metadata.name }}", data: {a: "{{ .external.permit.body }}"}}]
twin:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  labelSelector: {twin: "yes"}
  operatorBox: {}
plain:
  apiTypes: {group: other.example.org, version: v1, kind: Plain, plural: plains}
  operatorBox: {}
`;
const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";

const full: Subject = { ...subjectOf(planOf(crds, security)), hasExternal: true, hasCrossSources: true };
const whole: Subject = { ...full, gateway: { ...full.gateway!, converts: true } };

const shopBox = whole.boxes.find(({ key }) => key === "shop")!;

const specs = new Map<string, MetricSpec>([...metricSpecs, ...gatewayMetricSpecs].map((spec) => [spec.name, spec]));

/** The spec of a series: those of a histogram have other names. */
function specOf(name: string): MetricSpec | undefined {
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  const histogram = specs.get(base);
  return specs.get(name) ?? (histogram?.type === "histogram" ? histogram : undefined);
}

/** Labels that scraping adds, those of an operator, and that of a histogram. */
const known = ["job", "instance", "crd", "box", "le"];

function assertRefersToMetrics(expression: string): void {
  const { metrics, labels } = promqlNames(expression);
  assert.ok(metrics.length > 0, expression);
  const found = metrics.map((name) => specOf(name) ?? assert.fail(`There is no metric ${name}: ${expression}`));
  const allowed = new Set([...known, ...found.flatMap(({ labels }) => labels)]);
  for (const label of labels) assert.ok(allowed.has(label), `There is no label ${label}: ${expression}`);
  for (const name of metrics) {
    // A counter, or a bucket, is nothing without its rate, but where it counts once in the life of an operator.
    if (name.startsWith("controller_crd_activation_")) continue;
    const isCounter = /_total$|_bucket$/.test(name) && specOf(name)!.type !== "untyped";
    const isRate = new RegExp(`(?:rate|increase)\\(${name}(?:\\{|\\[)`).test(expression);
    assert.equal(isCounter, isRate, `${name}: ${expression}`);
  }
}

function expressionsOf(dashboard: JsonMap): string[] {
  return (dashboard["panels"] as JsonMap[]).flatMap((panel) => (panel["targets"] as JsonMap[] | undefined ?? []))
    .map(({ expr }) => String(expr));
}

Deno.test("every expression of dashboards and rules refers to metrics and labels that Runtime or Gateway have", () => {
  const expressions = [
    ...expressionsOf(overviewDashboard(whole)),
    ...whole.boxes.flatMap((box) => expressionsOf(boxDashboard(whole, box))),
    ...alertsOf(whole).flatMap((
      alert,
    ) => [alert.query, expressionOf(alert), ...alert.where === undefined ? [] : [alert.where]]),
  ];
  assert.ok(expressions.length > 100, `${expressions.length}`);
  for (const expression of expressions) assertRefersToMetrics(expression);
});

Deno.test("a metric, a label or a counter without its rate that an expression should not have is found", () => {
  for (
    const [expression, why] of [
      ["sum(controller_reconcile)", /no metric controller_reconcile/],
      ["sum by (pod) (controller_queue_depth)", /no label pod/],
      ["sum(controller_reconcile_total)", /controller_reconcile_total/],
      ["rate(controller_queue_depth[5m])", /controller_queue_depth/],
    ] as const
  ) assert.throws(() => assertRefersToMetrics(expression), why);
});

Deno.test("every metric of operators is on their dashboard or on that of all", () => {
  const shown = new Set(
    [...expressionsOf(overviewDashboard(whole)), ...expressionsOf(boxDashboard(whole, shopBox))]
      .flatMap((expression) => promqlNames(expression).metrics.map((name) => specOf(name)!.name)),
  );
  const missing = [...specs.keys()].filter((name) => !shown.has(name));
  // The process, what alerts are enough for, and more labels of what is shown.
  assert.deepEqual(missing, [
    "orkestra_autoscale_changes_total",
    "controller_validation_total",
    "controller_mutation_total",
    "controller_admission_validation_violations_total",
    "controller_admission_mutation_total",
    "controller_admission_mutation_applied_total",
    "orkestra_katalog_files",
    "orkestra_http_requests_total",
    "process_start_time_seconds",
    "orkestra_runtime_heap_bytes",
    "orkestra_cross_source_up",
    "orkestra_cross_source_read_timestamp_seconds",
    "orkestra_trace_spans_total",
    "controller_admission_malformed_total",
    "controller_admission_validation_duration_seconds",
    "controller_admission_mutation_duration_seconds",
    "controller_conversion_duration_seconds",
    "orkestra_conversion_requests_total",
    "orkestra_conversion_duration_seconds",
    "orkestra_conversion_errors_total",
    "orkestra_conversion_active_requests",
    "orkestra_deletion_protection_blocked_total",
    "orkestra_namespace_protection_blocked_total",
    "orkestra_webhook_reconciled_total",
    "orkestra_webhook_reconciliation_failure_total",
  ]);
});

Deno.test("a Katalog without Gateway, calls and other Runtimes has neither panels nor alerts of them", () => {
  const subject = subjectOf(
    planOf("plain:\n  apiTypes: {group: a.b, version: v1, kind: Plain, plural: plains}\n  operatorBox: {}\n"),
  );
  const names = alertsOf(subject).map(({ name }) => name);
  assert.ok(names.includes("OrkNoLeader"));
  const absent = /Gateway|Certificate|Admission|Conversion|External|Cross/;
  assert.deepEqual(names.filter((name) => absent.test(name)), []);
  const text = JSON.stringify([overviewDashboard(subject), boxDashboard(subject, subject.boxes[0]!)]);
  assert.doesNotMatch(text, /orkestra_gateway|external_call|controller_admission/);
});

Deno.test("operators that share a kind are distinguished, the others need no label for it", () => {
  const [plain, shop, twin] = full.boxes.map((box) => expressionsOf(boxDashboard(full, box))[0]!);
  assert.match(shop!, /crd="shop\.example\.org\/v1, Kind=Shop", box="shop"/);
  assert.match(twin!, /box="twin"/);
  assert.match(plain!, /\{job=~"\$job", crd="other\.example\.org\/v1, Kind=Plain"\}/);
});

Deno.test("dashboards are what Grafana imports: ids, places and uids are there, differ and stay", () => {
  const dashboards = [overviewDashboard(whole), ...whole.boxes.map((box) => boxDashboard(whole, box))];
  const uids = dashboards.map(({ uid }) => String(uid));
  assert.equal(new Set(uids).size, dashboards.length);
  assert.deepEqual(uids.slice(0, 2), [dashboards[0]!["uid"], boxDashboard(full, full.boxes[0]!)["uid"]]);
  for (const dashboard of dashboards) {
    assert.match(String(dashboard["uid"]), /^ork-[0-9a-f]{16}$/);
    const panels = dashboard["panels"] as JsonMap[];
    assert.deepEqual(panels.map(({ id }) => id), panels.map((_, index) => index + 1));
    const cells = new Set<string>();
    for (const { title, gridPos, datasource, type } of panels) {
      const { x, y, w, h } = gridPos as Record<"x" | "y" | "w" | "h", number>;
      assert.ok(x + w <= 24, String(title));
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assert.ok(!cells.has(`${column} ${line}`), `${title} is on another panel`);
          cells.add(`${column} ${line}`);
        }
      }
      if (type !== "row") assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" });
    }
    for (const { url } of dashboard["links"] as JsonMap[]) assert.ok(uids.includes(String(url).slice("/d/".length)));
  }
});

Deno.test("docs/alerts.md has the runbook of every alert, and of no other; each says its expression's numbers", () => {
  const text = Deno.readTextFileSync(`${projectRoot}/docs/alerts.md`);
  const headings = [...text.matchAll(/^### (Ork\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(headings, alertsOf(whole).map(({ name }) => name));
  for (const { group, rule } of rulesOf(ruleFile(whole, { runbooks: "https://example.org/alerts" }))) {
    assert.equal(group, "orkestra-demo");
    const { description, runbook_url } = rule["annotations"] as JsonMap;
    const anchor = `#${String(rule["alert"]).toLowerCase()}`;
    assert.ok(String(description).endsWith(`docs/alerts.md${anchor}`));
    assert.equal(runbook_url, `https://example.org/alerts${anchor}`);
  }
});

function rulesOf(file: JsonMap): { group: unknown; rule: JsonMap }[] {
  return (file["groups"] as JsonMap[]).flatMap(({ name, rules }) =>
    (rules as JsonMap[]).map((rule) => ({ group: name, rule }))
  );
}

Deno.test("an alert on a certificate comes when its renewal is late, whatever its lifetime", () => {
  const { query, is, threshold } = alertsOf(whole).find(({ name }) => name === "OrkCertificateExpires")!;
  assert.match(query, /expiry_timestamp_seconds\) - time\(\)$/);
  assert.deepEqual([is, threshold], ["<", whole.gateway!.rotationThresholdMs / 2000]);
});

async function generate(options: Partial<DashboardsOptions>, folder: string) {
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => out += `${text}\n`,
    err: (text: string) => err += `${text}\n`,
    colour: false,
  };
  const files = [`${folder}/katalog.yaml`];
  const code = await generateDashboards({ files, namespace: "monitoring", ...options }, terminal, systemFiles());
  return { code, out, err };
}

Deno.test("ork generate dashboards writes the same files each time, and removes those of operators that are gone", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ork-dashboards-" });
  try {
    const write = (entries: string) =>
      Deno.writeTextFile(
        `${folder}/katalog.yaml`,
        `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${security}spec:\n  crds:\n${
          entries.replace(/^(?=.)/gm, "    ")
        }`,
      );
    await write(crds);
    const output = `${folder}/monitoring`;
    assert.equal((await generate({ output }, folder)).code, 0);
    const read = () => [...Deno.readDirSync(`${output}/dashboards`)].map(({ name }) => name).sort();
    assert.deepEqual(read(), ["overview.json", "plain.box.json", "shop.box.json", "twin.box.json"]);
    const overview = await Deno.readTextFile(`${output}/dashboards/overview.json`);
    const rules = await Deno.readTextFile(`${output}/rules.yaml`);
    assert.equal((await generate({ output }, folder)).code, 0);
    assert.equal(await Deno.readTextFile(`${output}/dashboards/overview.json`), overview);
    assert.equal(await Deno.readTextFile(`${output}/rules.yaml`), rules);

    const { out } = await generate({ as: "rules" }, folder);
    assert.equal(rules, `# Made by ork generate dashboards\n${out}`);
    const object = parse((await generate({ as: "prometheusrule" }, folder)).out);
    assert.deepEqual([object.kind, object.metadata.name, object.metadata.namespace], [
      "PrometheusRule",
      "orkestra-demo",
      "monitoring",
    ]);
    assert.deepEqual(object.spec, parse(rules));
    assert.equal((await generate({ as: "overview" }, folder)).out, overview);
    await assert.rejects(generate({ as: "box" }, folder), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /--box: plain, shop, twin/);
      return true;
    });
    await assert.rejects(generate({}, folder), UsageError);

    await write(crds.slice(crds.indexOf("plain:")));
    assert.equal((await generate({ output }, folder)).code, 0);
    assert.deepEqual(read(), ["overview.json", "plain.box.json"]);
    assert.equal((await generate({ as: "box" }, folder)).code, 0);

    await Deno.mkdir(`${folder}/mine`);
    await Deno.writeTextFile(`${folder}/mine/file`, "");
    const foreign = await generate({ output: `${folder}/mine` }, folder);
    assert.equal(foreign.code, 1);
    assert.match(foreign.err, /has other files/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
