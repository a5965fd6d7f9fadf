/**
 * `deno task bench:boxes`, after `deno task build`: the memory of a Runtime whose boxes have nothing to do. Each box has
 * a kind of its own with three kinds of children; there is no object of any. Prints a table in Markdown: resident memory
 * (`VmRSS`), and the mean of what the cells have in their heaps.
 *
 * `--boxes 1,13`, `--isolation cells,shared`, `--seconds N` (15) from the first look until it is measured, `--binary
 * FILE` another Runtime, or `--deno FILE`: the Runtime from source, with that Deno. The API server is the sandbox, in
 * this process.
 */
import { fileURLToPath } from "node:url";
import { v8Flags } from "../../deploy/binaries.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../../tests/katalogs/sandbox_request.ts";
import { realClock } from "../../tests/support/clock.ts";
import { readPorts } from "../../tests/support/listening.ts";
import { openDefinition } from "../../tests/support/open_definition.ts";
import { runBinary } from "../../tests/support/run_binary.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { readOptions } from "../options.ts";
import { thingsGroup, thingsKatalog } from "../things.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const options = readOptions({
  boxes: "1,13",
  isolation: "cells,shared",
  seconds: 15,
  binary: `${root}build/ork-runtime`,
  deno: "",
});
const program = options.deno === "" ? [options.binary] : [
  ...[
    options.deno,
    "run",
    "-A",
    "--no-check",
    "--unstable-worker-options",
    `--v8-flags=${v8Flags.join(",")}`,
  ],
  ...["--config", `${root}deno.json`, `${root}main_runtime.ts`],
];

const sandbox = createSandbox({ clock: realClock });
const served = await serveSandbox(sandbox, {});
const folder = await Deno.makeTempDir({ prefix: "ork-boxes-" });
const counts = options.boxes.split(",").map(Number);
const rows: string[][] = [];
try {
  await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
  for (let i = 0; i < Math.max(...counts); i++) {
    const definition = openDefinition({ group: thingsGroup, kind: `Thing${i}` });
    await sandboxRequest(sandbox)("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  }
  for (const isolation of options.isolation.split(",")) {
    for (const boxes of counts) rows.push(await measure(isolation, boxes));
  }
} finally {
  await served.stop();
  await sandbox.stop();
  await Deno.remove(folder, { recursive: true });
}
const head = ["isolation", "boxes", "resident MB", "heap of a cell, MB"];
for (const row of [head, head.map(() => "---:"), ...rows]) console.log(`| ${row.join(" | ")} |`);

async function measure(isolation: string, boxes: number): Promise<string[]> {
  await Deno.writeTextFile(`${folder}/katalog.yaml`, thingsKatalog(boxes));
  await using runtime = runBinary([
    ...[...program, "run", "-f", `${folder}/katalog.yaml`, "--kubeconfig", `${folder}/kubeconfig`],
    ...["--isolation", isolation, "--log-format", "json", "--port", "0"],
  ]);
  const explain = () => runtime.stdout.slice(-2000) + runtime.stderr.slice(-2000);
  await waitFor("all boxes watch", () => runtime.stdout.split("watching, ").length > boxes, {
    ...{ timeoutMs: 60_000, explain },
  });
  await new Promise((resolve) => setTimeout(resolve, options.seconds * 1000));
  const status = await Deno.readTextFile(`/proc/${runtime.pid}/status`);
  const residentMb = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  const metrics = await (await fetch(`http://127.0.0.1:${readPorts(runtime.stdout).http}/metrics`)).text();
  const heaps = [...metrics.matchAll(/^orkestra_cell_heap_bytes\{.*\} (\S+)$/gm)].map(([, bytes]) => Number(bytes));
  const mean = heaps.reduce((sum, bytes) => sum + bytes, 0) / heaps.length / 1_048_576;
  return [isolation, `${boxes}`, residentMb.toFixed(0), heaps.length === 0 ? "–" : mean.toFixed(1)];
}
