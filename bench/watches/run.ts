/**
 * `deno task bench:watches`, after `deno task build` and with `KUBEBUILDER_ASSETS`: what boxes that watch the same
 * kinds cost the API server. Each box has three kinds of children and so four watches. Prints a table in Markdown:
 * watches, memory of the API server, and its processor time for a ConfigMap that one of the boxes sees and the others
 * do not.
 *
 * `--boxes 0,1,13` how many boxes there are in each run, `--writes N` (2000), `--binary FILE` another Runtime.
 */
import { fileURLToPath } from "node:url";
import { type ControlPlane, startControlPlane } from "../../tests/support/control_plane.ts";
import { runBinary } from "../../tests/support/run_binary.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { readOptions } from "../options.ts";
import { thingsKatalog } from "../things.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const { boxes, writes, binary } = readOptions({
  boxes: "0,1,13",
  writes: 2000,
  binary: `${root}build/ork-runtime`,
});
const counts = boxes.split(",").map(Number);
const head = ["boxes", "watches", "MB of the API server", "ms of its processors a write", "× without boxes"];

const plane = await startControlPlane();
const rows: string[][] = [];
try {
  for (let i = 0; i < Math.max(...counts); i++) await define(i);
  const pid = await apiServerPid();
  await load(pid, 500); // the first writes are slower
  let base: number | undefined;
  for (const boxes of counts) {
    const { watches, mb, cpuMs } = await withBoxes(boxes, () => load(pid, writes));
    base ??= cpuMs;
    rows.push([`${boxes}`, `${watches}`, mb.toFixed(0), cpuMs.toFixed(2), (cpuMs / base).toFixed(2)]);
  }
} finally {
  await plane.stop();
}
for (const row of [head, head.map(() => "---:"), ...rows]) console.log(`| ${row.join(" | ")} |`);

/** A CRD for the box of this number. */
async function define(box: number): Promise<void> {
  await send(plane, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `thing${box}s.bench.example.dev` },
    spec: {
      group: "bench.example.dev",
      scope: "Namespaced",
      names: { kind: `Thing${box}`, plural: `thing${box}s`, singular: `thing${box}` },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      }],
    },
  });
}

async function withBoxes(
  boxes: number,
  measure: () => Promise<{ mb: number; cpuMs: number }>,
): Promise<{ watches: number; mb: number; cpuMs: number }> {
  if (boxes === 0) return { watches: 0, ...await measure() };
  const folder = await Deno.makeTempDir({ prefix: "ork-watches-" });
  await Deno.writeTextFile(`${folder}/katalog.yaml`, thingsKatalog(boxes));
  const operator = runBinary([binary, "run", "-f", `${folder}/katalog.yaml`, "--kubeconfig", plane.kubeconfigPath]);
  try {
    await waitFor("all boxes watch", () => operator.stdout.split("watching, ").length > boxes, { timeoutMs: 60_000 });
    return { watches: boxes * 4, ...await measure() };
  } finally {
    await operator.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes ConfigMaps that look like children of the first box, and returns what it took. */
async function load(pid: number, count: number): Promise<{ mb: number; cpuMs: number }> {
  const path = "/api/v1/namespaces/default/configmaps";
  const labels = { "orkestra.orkspace.io/managed": "true", "orkestra.orkspace.io/box": "thing0" };
  const before = await usage(pid);
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) {
      const name = `load-${next++}`;
      await send(plane, "POST", path, { metadata: { name, labels }, data: { text: "x".repeat(1000) } });
      await send(plane, "DELETE", `${path}/${name}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
  const after = await usage(pid);
  return { mb: after.mb, cpuMs: (after.cpuMs - before.cpuMs) / (2 * count) };
}

async function send(plane: ControlPlane, method: string, path: string, body?: unknown): Promise<void> {
  const response = await plane.adminFetch(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot ${method} ${path}: ${text}`);
}

async function apiServerPid(): Promise<number> {
  const { port } = new URL(plane.server);
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    let command: string;
    try {
      command = await Deno.readTextFile(`/proc/${name}/cmdline`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue; // it has just ended
      throw error;
    }
    if (command.split("\0")[0]!.endsWith("/kube-apiserver") && command.includes(port)) return Number(name);
  }
  throw new Error(`Cannot find the process of ${plane.server}`);
}

async function usage(pid: number): Promise<{ mb: number; cpuMs: number }> {
  const stat = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return {
    mb: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024,
    cpuMs: (Number(stat[11]) + Number(stat[12])) * 10,
  };
}
