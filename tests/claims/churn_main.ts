/** Runs an operator through a churn and prints what its heap holds early on and at the end, as JSON. */
import { Churn } from "../../bench/churn/churn.ts";
import { installWebsites, websiteKatalog } from "../../bench/peers/websites.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";

const rounds = 15;
const changesPerRound = 300;

// A short history, so that what the sandbox keeps is full early on.
const sandbox = createSandbox({ clock: realClock, simulateWorkloads: false, watchHistory: 200 });
const request = sandboxRequest(sandbox);
await installWebsites(request);
const path = websiteKatalog;
const { katalog } = loadKatalog([{ path, bytes: await Deno.readFile(path) }], () => undefined);
const host = sandboxHost(sandbox, { userAgent: "churn/1" });
const runtime = startRuntime({ plan: derivePlan(katalog!), host, clock: realClock, report: () => {} });
await runtime.lead();
const churn = new Churn(request, { names: 40, seed: Number(Deno.args[0] ?? 1) });
const inUse: number[] = [];
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < changesPerRound; i++) await churn.step();
  await waitFor("the operator is done", isSettled, { timeoutMs: 60_000 });
  // Events are many and only the API server keeps them; the log of requests is for tests.
  for (const { metadata } of await list("/apis/events.k8s.io/v1/namespaces/default/events")) {
    await request("DELETE", `/apis/events.k8s.io/v1/namespaces/default/events/${metadata.name}`);
  }
  sandbox.requests.clear();
  const { gc } = globalThis as unknown as { gc: () => void };
  gc();
  gc();
  inUse.push(Deno.memoryUsage().heapUsed);
}
console.error(inUse.map((bytes) => (bytes / 1e6).toFixed(1)).join(" "));
console.log(JSON.stringify({ early: Math.max(...inUse.slice(5, 7)), late: Math.min(...inUse.slice(-2)) }));
await runtime.stop(1000);
await host.close();
await sandbox.stop();

async function list(path: string): Promise<KubeObject[]> {
  return (await request("GET", path))["items"] ?? [];
}

/** Each Website has its children and says so, and nothing else is there. */
async function isSettled(): Promise<boolean> {
  const websites = await list("/apis/bench.example.dev/v1/websites");
  const services = await list("/api/v1/services?labelSelector=orkestra-owner");
  const maps = await list("/api/v1/configmaps?labelSelector=orkestra-owner");
  return services.length === websites.length && maps.length === websites.length &&
    websites.every((website) => website["status"]?.observedGeneration === website.metadata.generation);
}
