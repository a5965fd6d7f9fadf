/**
 * A real Prometheus scrapes a running operator, and `promtool check metrics` finds nothing. Needs `prometheus` and
 * `promtool` on the PATH (Debian: package `prometheus`).
 */
import assert from "node:assert/strict";
import { projectRoot } from "../architecture/paths.ts";
import { missingPrometheus, startPrometheus } from "../support/prometheus.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

Deno.test({
  name: `Prometheus scrapes an operator, and promtool finds nothing${missingPrometheus}`,
  ignore: missingPrometheus !== "",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "ork-prometheus-" });
    try {
      const katalog = `${projectRoot}/katalogs/hello-website/katalog.yaml`;
      const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
      await using operator = runBinary([Deno.execPath(), ...source, "run", "--sandbox", katalog]);
      await operator.waitForOutput(/--url (http:\S+)/, 30_000);
      const url = /--url (http:\S+)/.exec(operator.stderr)![1]!;
      const metrics = async () => await (await fetch(`${url}/metrics`)).text();
      await waitFor(
        "a pass was counted",
        async () => /^controller_reconcile_total\{.*\} [1-9]/m.test(await metrics()),
        {
          timeoutMs: 30_000,
        },
      );

      await using checked = runBinary(["promtool", "check", "metrics"], { stdin: await metrics() });
      assert.deepEqual([(await checked.ended).code, checked.stdout, checked.stderr], [0, "", ""]);

      await using prometheus = await startPrometheus(folder, [new URL(url).host]);
      const { query, explain } = prometheus;
      await waitFor("Prometheus has scraped it", async () => (await query("up == 1")).length === 1, { explain });
      const [reconciled] = await query('controller_reconcile_total{result="success"}');
      assert.ok(Number(reconciled!.value[1]) >= 1);
      assert.equal(reconciled!.metric["crd"], "web.example.com/v1, Kind=Website");
      const [p99] = await query("histogram_quantile(0.99, sum by (le) (controller_reconcile_duration_seconds_bucket))");
      assert.ok(Number(p99!.value[1]) > 0, Deno.inspect(p99));
      assert.equal((await query("orkestra_leader"))[0]!.value[1], "1");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
