/**
 * The memory of the Control Center, and of its pages in a real Chromium, while CRs change as fast as an operator takes
 * it. `ORK_TEST_UPDATES` is the number of changes: 20000 take some minutes.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { createCluster, demoOf, demos, start } from "../box/operator.ts";
import { chromiumPath, startChromium } from "../support/chromium.ts";
import { pageUsage, processUsage, type Usage } from "../support/heap.ts";
import { runBinary } from "../support/run_binary.ts";
import { serveApi } from "../support/served_api.ts";
import { waitFor } from "../support/wait_for.ts";

const updates = Number(Deno.env.get("ORK_TEST_UPDATES") ?? 2_000);
const crs = Math.min(2_000, updates / 10);
const rounds = 10;
/**
 * The first rounds, in which caches and histories fill and code is compiled, and the last ones. A page that is being
 * loaded, or a response, may be in any of them.
 */
const someRounds = 3;
/** The least of the last rounds over the most of the first ones; in bytes, and in nodes. */
const maxGrowth = { process: 1_200_000, page: 600_000, nodes: 500 };

const main = fileURLToPath(new URL("../../main_dev.ts", import.meta.url));

Deno.test({
  name: `the memory of the Control Center and its pages does not grow with changes${
    chromiumPath === undefined ? " (skipped: no chromium in PATH)" : ""
  }`,
  ignore: chromiumPath === undefined,
  // The library of the browser keeps what it has opened until the process ends.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using cluster = createCluster();
    await cluster.define("Demo");
    await using running = await start(cluster, [{
      key: "demo",
      box: "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {size: '{{ .spec.size }}'}}]}",
    }], { reportsIdle: false });
    for (let n = 0; n < crs; n++) await cluster.request("POST", demos, demoOf(`cr-${n}`, { size: 0 }));
    await using api = serveApi(running.served);
    await using center = runBinary([
      ...[Deno.execPath(), "run", "-A", "--no-prompt", "--inspect=127.0.0.1:0", main, "controlcenter"],
      ...["--url", api.url, "--port", "0", "--refresh", "200ms"],
    ]);
    await center.waitForOutput(/Control Center: http/, 120_000);
    const [url] = /http:\/\/\S+/.exec(center.stdout)!;
    await using chromium = await startChromium(chromiumPath!);

    const pages = new Map<string, Page>();
    for (const path of ["/k/test", "/k/test/b/demo", "/k/test/b/demo/cr/default/cr-0"]) {
      const page = await chromium.browser.newPage();
      await waitFor(`${path} is there`, async () => (await page.goto(`${url}${path}`))?.status() === 200);
      await page.locator("#live", { hasText: "live" }).waitFor();
      pages.set(path, page);
    }
    const first = pages.get("/k/test/b/demo")!.locator("tr[data-key='default/cr-0'] td.number").first();
    const measured: Record<string, Usage>[] = [];
    for (let made = 0; made < updates;) {
      const end = made + updates / rounds;
      while (made < end) {
        // The last one of a round is on the first page.
        const name = `cr-${++made === end ? 0 : made % crs}`;
        const patch = { spec: { size: made } };
        await cluster.request("PATCH", `${demos}/${name}`, patch, "application/merge-patch+json");
      }
      const { metadata: { generation } } = await cluster.until(`${demos}/cr-0`, ({ spec }) => spec.size === made);
      await cluster.until("/api/v1/namespaces/default/configmaps/cr-0", ({ data }) => data.size === String(made));
      await waitFor("the change is on the page", async () => await first.innerText() === String(generation));
      measured.push({
        "ork controlcenter": await processUsage(center.stderr),
        ...Object.fromEntries(
          await Promise.all([...pages].map(async ([path, page]) => [path, await pageUsage(page)] as const)),
        ),
      });
      console.log(`after ${made} changes: ${Object.entries(measured.at(-1)!).map(describe).join(", ")}`);
    }
    for (const what of Object.keys(measured[0]!)) {
      const [first, last] = [measured.slice(0, someRounds), measured.slice(-someRounds)];
      const growth = (of: (usage: Usage) => number): number =>
        Math.min(...last.map((round) => of(round[what]!))) - Math.max(...first.map((round) => of(round[what]!)));
      const bytes = growth((usage) => usage.heapBytes);
      assert.ok(bytes < (what.startsWith("/") ? maxGrowth.page : maxGrowth.process), `${what}: ${bytes} bytes more`);
      const nodes = growth((usage) => usage.nodes);
      assert.ok(nodes < maxGrowth.nodes, `${what}: ${nodes} nodes more`);
    }
  },
});

function describe([what, { heapBytes, nodes }]: [string, Usage]): string {
  return `${what} ${(heapBytes / 1e6).toFixed(1)} MB${nodes === 0 ? "" : `, ${nodes} nodes`}`;
}
