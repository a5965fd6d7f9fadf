/**
 * The dashboards and alerts of a Katalog that uses everything, on a real Prometheus: `promtool check rules` passes, every
 * rule is evaluated, and every query returns data. Runtime and Gateway run from source, on a sandbox: no cluster is
 * needed.
 */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { alertsOf } from "../../src/dev/generate/dashboards/alerts.ts";
import { boxDashboard } from "../../src/dev/generate/dashboards/box.ts";
import { overviewDashboard } from "../../src/dev/generate/dashboards/overview.ts";
import { ruleFile } from "../../src/dev/generate/dashboards/rules.ts";
import { subjectOf } from "../../src/dev/generate/dashboards/subject.ts";
import { loadPlan } from "../../src/dev/load_plan.ts";
import { callWebhook } from "../../src/entry/call_webhook.ts";
import { systemFiles } from "../../src/files/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { startFaultProxy } from "../support/fault_proxy.ts";
import { gatewayFromSource, startGatewayBinary } from "../support/gateway_binary.ts";
import { readPorts } from "../support/listening.ts";
import { assertLogLine } from "../support/log_line.ts";
import { serveOnLoopback } from "../support/loopback_server.ts";
import { openDefinition } from "../support/open_definition.ts";
import { missingPrometheus, startPrometheus } from "../support/prometheus.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const group = "shop.example.org";

const katalog = (away: string) =>
  `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: shops}
gateway: {}
security: {webhooks: {admission: {enabled: true}}}
spec:
  crds:
    shop:
      apiTypes: {group: ${group}, version: v1, kind: Shop, plural: shops}
      labelSelector: {twin: "no"}
      validation:
        rules:
          - {field: spec.size, max: 3, message: at most 3}
      operatorBox:
        reconciler: {resync: 1s}
        cross:
          - {crd: other, as: other, selector: {name: x}, source: {host: "${away}"}}
        onReconcile:
          external: [{name: permit, url: "${away}/permit", continueOnError: true, timeout: 1s}]
          configMaps:
            - {name: "{{ .metadata.name }}", data: {a: "{{ .external.permit.error }}{{ .cross.other.found }}"}}
            - {name: "{{ .metadata.name }}-bad", when: [{field: spec.bad, exists: true}], data: {a: "{{ div .spec.bad 0 }}"}}
    twin:
      apiTypes: {group: ${group}, version: v1, kind: Shop, plural: shops}
      labelSelector: {twin: "yes"}
      operatorBox: {}
`;

Deno.test({
  name: `every query of the dashboards and alerts returns data in a real Prometheus${missingPrometheus}`,
  ignore: missingPrometheus !== "",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "ork-dashboards-" });
    const sandbox = createSandbox({ clock: realClock, webhooks: { call: callWebhook } });
    const served = await serveSandbox(sandbox, {});
    try {
      // Not a port where nobody listens: a test beside this one may be given it.
      await using failing = serveOnLoopback(() => new Response(null, { status: 500 }));
      const away = `http://127.0.0.1:${failing.port}`;
      const path = `${folder}/katalog.yaml`;
      await Deno.writeTextFile(path, katalog(away));
      const request = sandboxRequest(sandbox);
      await request(
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        openDefinition({ group, kind: "Shop" }),
      );
      const { plan, findings } = await loadPlan([path], systemFiles());
      assert.ok(plan !== undefined, JSON.stringify(findings));
      const subject = subjectOf(plan);
      assert.ok(subject.hasExternal && subject.hasCrossSources && subject.gateway !== undefined);

      const rules = `${folder}/rules.yaml`;
      await Deno.writeTextFile(rules, stringify(ruleFile(subject, {})));
      await using checked = runBinary(["promtool", "check", "rules", rules]);
      const { code } = await checked.ended;
      assert.deepEqual([code, checked.stderr], [0, ""], checked.stdout);

      await Deno.writeTextFile(`${folder}/direct`, served.kubeconfig());
      await using proxy = startFaultProxy(
        JSON.stringify({ clusters: [{ cluster: { server: served.url } }], users: [{ user: {} }] }),
      );
      await Deno.writeTextFile(`${folder}/kubeconfig`, proxy.kubeconfig);
      await using runtime = runBinary([
        ...[Deno.execPath(), "run", "-A", "--no-check", "--unstable-worker-options"],
        ...["--config", `${projectRoot}/deno.json`, `${projectRoot}/main_runtime.ts`, "run", "-f", path],
        ...["--kubeconfig", `${folder}/kubeconfig`, "--isolation", "cells", "--log-format", "json", "--port", "0"],
      ]);
      await runtime.waitForOutput('"listening"', 60_000);
      await using gateway = await startGatewayBinary({
        ...{ katalog: path, kubeconfig: `${folder}/direct`, namespace: "default", program: gatewayFromSource },
      });
      await gateway.ready();
      await using prometheus = await startPrometheus(folder, [
        `127.0.0.1:${readPorts(runtime.stdout).http}`,
        new URL(gateway.url).host,
      ], rules);

      // Of everything a little, again and again: rates need several values.
      let n = 0;
      const disturb = async (): Promise<void> => {
        n++;
        const shop = (name: string, spec: JsonMap, twin = "no") =>
          request("POST", `/apis/${group}/v1/namespaces/default/shops`, {
            ...{ apiVersion: `${group}/v1`, kind: "Shop", metadata: { name, labels: { twin } }, spec },
          });
        proxy.forget();
        proxy.refuseRequests(1);
        await shop(`good-${n}`, { size: 1 });
        await waitFor("a request was refused", () => proxy.calls.some(({ status }) => status === 429));
        proxy.restore();
        await shop(`twin-${n}`, {}, "yes");
        await shop(`bad-${n}`, { size: 1, bad: 1 });
        await assert.rejects(shop(`large-${n}`, { size: 9 }), /at most 3/);
        // Cut more often than it can be established, a watch is tried again ever later, and there would be no passes.
        await waitFor(`the child of good-${n}`, async () => {
          const { items } = await request("GET", "/api/v1/namespaces/default/configmaps") as { items: KubeObject[] };
          return items.some(({ metadata }) => metadata.name === `good-${n}`);
        });
        proxy.cutWatches();
      };

      const dashboards = [overviewDashboard(subject), ...subject.boxes.map((box) => boxDashboard(subject, box))];
      const expressions = [
        ...dashboards.flatMap(({ panels }) =>
          (panels as JsonMap[]).flatMap(({ title, targets }) =>
            (targets as JsonMap[] | undefined ?? []).map(({ expr }) => [String(title), String(expr)] as const)
          )
        ),
        ...alertsOf(subject).map(({ name, query }) => [name, query] as const),
      ].map(([what, expression]) =>
        [what, expression.replaceAll("$job", ".+").replaceAll("$__rate_interval", "30s")] as const
      );
      assert.ok(expressions.length > 80, `${expressions.length}`);
      let empty: string[] = [];
      const deadlineMs = performance.now() + 120_000;
      do {
        await disturb();
        empty = [];
        for (const [what, expression] of expressions) {
          const samples = await prometheus.query(expression);
          if (samples.length === 0) empty.push(`${what}: ${expression}`);
        }
      } while (empty.length > 0 && performance.now() < deadlineMs);
      assert.deepEqual(empty, [], prometheus.explain());

      // And every line of the two logs is as the catalogue says.
      for (const { stdout } of [runtime, gateway.process]) {
        const lines = stdout.split("\n").slice(0, -1).filter((line) => line.startsWith("{"));
        assert.ok(lines.length > 3);
        for (const line of lines) assertLogLine(line);
      }

      const evaluated = await waitFor("every rule was evaluated", async () => {
        const all = await prometheus.rules();
        return all.every(({ health }) => health !== "unknown") && all;
      });
      assert.deepEqual(evaluated.filter(({ health }) => health !== "ok"), []);
      assert.deepEqual(evaluated.map(({ name }) => name), alertsOf(subject).map(({ name }) => name));
    } finally {
      await served.stop();
      await sandbox.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
