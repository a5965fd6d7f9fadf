import assert from "node:assert/strict";
import { clusterTest } from "../support/on_cluster.ts";
import { type Exchange, play } from "./exchange.ts";
import { goldenPath } from "./golden.ts";
import { scenarios } from "./scenarios/mod.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

// The goldens are responses of a real API server (record.ts): the sandbox must give the same ones.
for (const [file, list] of Object.entries(scenarios)) {
  const golden: Record<string, Exchange[]> = JSON.parse(Deno.readTextFileSync(goldenPath(file)));
  for (const scenario of list) {
    const recorded = golden[scenario.name];
    Deno.test(`sandbox responds as kube-apiserver: ${file}, ${scenario.name}`, async () => {
      await using sandbox = freshSandbox({ simulateWorkloads: false });
      const fetch = sandboxFetch(sandbox);
      const namespace = "scenario-namespace";
      const body = JSON.stringify({ metadata: { name: namespace } });
      await fetch("/api/v1/namespaces", { method: "POST", headers: { "content-type": "application/json" }, body });
      check(await play(scenario, fetch, namespace), recorded);
    });
    clusterTest(
      `kube-apiserver still responds as recorded: ${file}, ${scenario.name}`,
      async ({ plane, namespace }) => {
        check(await play(scenario, (path, init) => plane.adminFetch(path, init), namespace), recorded);
      },
    );
  }
}

function check(responses: Exchange[], recorded: Exchange[] | undefined): void {
  assert.ok(recorded !== undefined, "not recorded yet: see record.ts");
  // One step after the other: the first difference is the one to look at.
  responses.forEach((response, i) => assert.deepEqual(response, recorded[i], `step ${i}: ${response.request}`));
  assert.equal(responses.length, recorded.length);
}
