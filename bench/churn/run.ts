/**
 * `deno task bench:churn`, after `deno task build`: an hour of creates, updates and deletes, and the memory of a compiled
 * Runtime meanwhile. Prints a table in Markdown: resident memory at each minute, and at the end its share of that of the
 * tenth minute (of a sixth of the time, when the run is shorter).
 *
 * `--minutes N` (60), `--rate N` changes a second (10), `--names N` (300), `--seed N`, `--isolation cells|shared`,
 * `--binary FILE`. The API server is the sandbox, in this process.
 */
import { fileURLToPath } from "node:url";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../../tests/katalogs/sandbox_request.ts";
import { realClock } from "../../tests/support/clock.ts";
import { runBinary } from "../../tests/support/run_binary.ts";
import { readOptions } from "../options.ts";
import { installWebsites, websiteKatalog } from "../peers/websites.ts";
import { Churn } from "./churn.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const { minutes, rate, names, seed, isolation, binary } = readOptions({
  minutes: 60,
  rate: 10,
  names: 300,
  seed: 1,
  isolation: "cells",
  binary: `${root}build/ork-runtime`,
});

const sandbox = createSandbox({ clock: realClock });
const request = sandboxRequest(sandbox);
await installWebsites(request);
const served = await serveSandbox(sandbox, {});
const folder = await Deno.makeTempDir({ prefix: "ork-churn-" });
await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
const operator = runBinary([
  binary,
  "run",
  ...["-f", websiteKatalog, "--kubeconfig", `${folder}/kubeconfig`, "--isolation", isolation],
]);
const churn = new Churn(request, { names, seed });
const samples: number[] = [];
try {
  await operator.waitForOutput("watching", 30_000);
  console.log(`seed ${seed}, ${rate} changes a second, isolation ${isolation}\n`);
  console.log("| minute | changes | Websites | MB |\n| ---: | ---: | ---: | ---: |");
  const startMs = performance.now();
  for (let minute = 1; minute <= minutes; minute++) {
    while (performance.now() - startMs < minute * 60_000) {
      const dueMs = startMs + churn.changes * 1000 / rate;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await churn.step();
    }
    const status = await Deno.readTextFile(`/proc/${operator.pid}/status`);
    samples.push(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024);
    console.log(`| ${minute} | ${churn.changes} | ${churn.alive} | ${samples.at(-1)!.toFixed(0)} |`);
  }
  const from = Math.max(1, Math.round(minutes / 6));
  console.log(`\nEnd: ${(samples.at(-1)! / samples[from - 1]!).toFixed(2)} × minute ${from}`);
  // Memory goes up until garbage is collected, so two moments say less than the lowest points of two stretches.
  const lowest = (from: number, to: number) => Math.min(...samples.slice(from, Math.max(to, from + 1)));
  const third = Math.floor(samples.length / 3);
  console.log(
    `Lowest of the last third: ${(lowest(2 * third, samples.length) / lowest(0, third)).toFixed(2)} × the first`,
  );
} finally {
  await operator.stop();
  await served.stop();
  await sandbox.stop();
  await Deno.remove(folder, { recursive: true });
}
