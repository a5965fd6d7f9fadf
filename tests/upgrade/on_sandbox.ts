/** The upgrades of `upgrade.ts` on the in-memory API server. */
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { makeNamespaces, type Origin, playUpgrade, type Upgrade, upgradesFrom, type UpgradeStage } from "./upgrade.ts";

/** A test for each upgrade from what `origin` wrote. A file each, so that they run side by side. */
export function testUpgrades(origin: Origin): void {
  for (const { name, upgrade } of upgradesFrom(origin)) {
    Deno.test(`${name}, on the sandbox`, () => onSandbox(origin, upgrade));
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
          reportsIdle: true,
          fetch: async (url, init) => {
            const response = await sandbox.fetch(new Request(url, init));
            const { pathname } = new URL(url);
            if ((init.method ?? "GET") !== "GET" && response.ok && !pathname.includes("/events")) {
              writes.push(`${init.method} ${pathname}`);
            }
            return response;
          },
        }),
        clock: realClock,
        report: (message) => {
          if (message.type === "pass" && message.changes.length === 0) idle++;
          lines.push(Deno.inspect(message, { breakLength: Infinity, depth: 4 }));
        },
      });
      await runtime.lead();
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
