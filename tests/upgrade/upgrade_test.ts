/**
 * Upgrades of a Katalog, and from commit bc329e1 to this version, on live objects: everything is found and carried over
 * once, nothing is written twice, and nothing is left when the CRs go.
 */
import { join } from "node:path";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { startFaultProxy } from "../support/fault_proxy.ts";
import { freshNamespace } from "../support/namespace.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { runBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { type Origin, origins, playUpgrade, type Upgrade, upgrades, type UpgradeStage } from "./upgrade.ts";

const only = Deno.env.get("ORK_UPGRADE");

for (const origin of origins) {
  for (const upgrade of upgrades.filter(({ name }) => only === undefined || name === only)) {
    const from = origin === "former" ? "from bc329e1" : "from this version";
    Deno.test(`upgrade ${from} on the sandbox: ${upgrade.name}`, () => onSandbox(origin, upgrade));
    clusterTest(
      `upgrade ${from} on a real API server: ${upgrade.name}`,
      ({ plane }) => onCluster(plane, origin, upgrade),
      { nodes: true },
    );
  }
}

async function onSandbox(origin: Origin, upgrade: Upgrade): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const request = sandboxRequest(sandbox);
  const place = { group: "upgrade.example.com", home: "home", away: "away" };
  const writes: string[] = [];
  const stage: UpgradeStage = {
    place,
    request,
    writes,
    async start(text) {
      const source = { path: "katalog.yaml", bytes: new TextEncoder().encode(text) };
      const { katalog, findings } = loadKatalog([source], () => undefined);
      if (katalog === undefined) throw new Error(`The Katalog is broken: ${Deno.inspect(findings)}\n${text}`);
      let idle = 0;
      const lines: string[] = [];
      const runtime = startRuntime({
        plan: derivePlan(katalog),
        host: sandboxHost(sandbox, {
          userAgent: "ork-runtime/test",
          tellsIdle: true,
          fetch: async (url, init) => {
            const response = await sandbox.fetch(new Request(url, init));
            const { pathname } = new URL(url);
            if ((init.method ?? "GET") !== "GET" && response.ok && !pathname.includes("/events")) {
              writes.push(`${init.method} ${pathname}`);
            }
            return response;
          },
        }),
        report: (message) => {
          if (message.type === "pass" && message.changes.length === 0) idle++;
          lines.push(Deno.inspect(message, { breakLength: Infinity, depth: 4 }));
        },
      });
      await runtime.ready;
      return { idlePasses: () => idle, log: () => lines.join("\n"), stop: () => runtime.stop(1_000) };
    },
  };
  try {
    await makeNamespaces(stage);
    await playUpgrade(stage, origin, upgrade);
  } finally {
    await sandbox.stop();
  }
}

async function onCluster(plane: ControlPlane, origin: Origin, upgrade: Upgrade): Promise<void> {
  await using namespace = await freshNamespace(plane, "upgrade");
  const { name } = namespace;
  const place = { group: `${name}.example.com`, home: name, away: `${name}-away` };
  const request = clusterRequest(plane);
  await using proxy = startFaultProxy(await plane.kubeconfig(`upgrade-${name}`, ["system:masters"]));
  const folder = await Deno.makeTempDir({ prefix: "ork-upgrade-" });
  await Deno.writeTextFile(join(folder, "config"), proxy.kubeconfig);
  const stage: UpgradeStage = {
    place,
    request,
    get writes() {
      return proxy.calls.filter(({ kind, status = 500 }) => kind === "write" && status < 300)
        .map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
    },
    async start(text) {
      const katalog = join(folder, "katalog.yaml");
      await Deno.writeTextFile(katalog, text);
      const life = runBinary([runtimeBinary, "run", "-f", katalog, "--log-level", "debug"], {
        env: { KUBECONFIG: join(folder, "config") },
      });
      await life.waitForOutput(": watching, ");
      return {
        idlePasses: () => life.stdout.match(/: nothing to do|is there already[^"]*; trying again/g)?.length ?? 0,
        log: () => life.stdout + life.stderr,
        async stop() {
          await life.stop();
        },
      };
    },
  };
  try {
    await makeNamespaces(stage);
    await playUpgrade(stage, origin, upgrade);
  } finally {
    for (
      const path of [
        `/api/v1/namespaces/${place.away}`,
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/apps.${place.group}`,
      ]
    ) await request("DELETE", path).catch(() => {/* what went wrong before says more */});
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeNamespaces({ request, place }: UpgradeStage): Promise<void> {
  for (const name of [place.home, place.away]) {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await request("POST", "/api/v1/namespaces", body).catch(() => request("GET", `/api/v1/namespaces/${name}`));
  }
}
