/**
 * `deno task bench:scale`, after `deno task build`: a compiled Runtime starts beside many CRs, of which each has three
 * children in order. Prints a table in Markdown: how long until one child that was deleted meanwhile is back, how many
 * calls it took, and how much memory.
 *
 * `--crs N` (10000), `--isolation cells|shared`, `--binary FILE` another Runtime. The API server is the sandbox, in
 * this process.
 */
import { fileURLToPath } from "node:url";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../../tests/katalogs/sandbox_request.ts";
import { realClock } from "../../tests/support/clock.ts";
import { runBinary } from "../../tests/support/run_binary.ts";
import { sandboxHost } from "../../tests/support/sandbox_host.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { readOptions } from "../options.ts";
import { createWebsite, installWebsites, websiteKatalog } from "../peers/websites.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const { crs, isolation: isolations, binary } = readOptions({
  crs: 10_000,
  isolation: "cells,shared",
  binary: `${root}build/ork-runtime`,
});

const sandbox = createSandbox({ clock: realClock, simulateWorkloads: false });
const request = sandboxRequest(sandbox);
const rows: string[][] = [];
try {
  await fill(sandbox);
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-scale-" });
  try {
    await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
    for (const isolation of isolations.split(",")) rows.push(await start(isolation, `${folder}/kubeconfig`));
  } finally {
    await served.stop();
    await Deno.remove(folder, { recursive: true });
  }
} finally {
  await sandbox.stop();
}
print(rows);

/** Makes the CRs, and lets an operator in this process make the children. */
async function fill(sandbox: Sandbox): Promise<void> {
  await installWebsites(request);
  for (let i = 0; i < crs; i++) await createWebsite(request, `w${i}`, `hello ${i}`);
  const { katalog: loaded } = loadKatalog(
    [{ path: websiteKatalog, bytes: await Deno.readFile(websiteKatalog) }],
    () => undefined,
  );
  let done = 0;
  const budget = { inFlight: 100, perSecond: 100_000 };
  const host = sandboxHost(sandbox, { userAgent: "fill/1", budget });
  const runtime = startRuntime({
    plan: derivePlan(loaded!),
    host,
    clock: realClock,
    report: (message) => void (message.type === "pass" && message.result === "succeeded" && done++),
  });
  void runtime.lead();
  await waitFor(`${crs} CRs have their children`, () => done >= crs, { timeoutMs: 1_800_000 });
  await runtime.stop(10_000);
  await host.close();
}

async function start(isolation: string, kubeconfig: string): Promise<string[]> {
  const service = `/api/v1/namespaces/default/services/w${crs - 1}`;
  const { metadata } = await request("GET", service);
  await request("DELETE", service);
  sandbox.requests.clear();
  const startedMs = performance.now();
  const process = runBinary([
    binary,
    "run",
    "-f",
    websiteKatalog,
    "--kubeconfig",
    kubeconfig,
    "--isolation",
    isolation,
  ]);
  try {
    const isBack = async (): Promise<boolean> => {
      const response = await sandbox.fetch(new Request(`http://sandbox${service}`));
      const object = await response.json();
      return response.ok && object.metadata.uid !== metadata.uid;
    };
    await waitFor("the Service is back", isBack, { timeoutMs: 300_000 });
    const backMs = performance.now() - startedMs;
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const calls = sandbox.requests.list((call) => call.userAgent.startsWith("ork-runtime/") && !call.watch);
    const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
    const mb = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024);
    const ended = process.stdout.includes("cell was ended") ? "yes" : "no";
    return [
      isolation,
      `${crs}`,
      (backMs / 1000).toFixed(1),
      `${calls.length}`,
      `${calls.filter(({ verb }) => verb !== "list").length}`,
      `${mb("VmHWM")}`,
      `${mb("VmRSS")}`,
      ended,
    ];
  } finally {
    await process.stop();
  }
}

function print(rows: readonly string[][]): void {
  const head = ["isolation", "CRs", "back after s", "calls", "not lists", "peak MB", "MB after 20 s", "cell ended"];
  for (const row of [head, head.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);
}
