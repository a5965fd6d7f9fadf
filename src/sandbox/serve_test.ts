import assert from "node:assert/strict";
import { parse } from "yaml";
import { realClock } from "../../tests/support/clock.ts";
import { createSandbox, serveSandbox } from "./mod.ts";

Deno.test("serveSandbox() serves on a port of its own and writes a kubeconfig for it", async () => {
  const sandbox = createSandbox({ clock: realClock, simulateWorkloads: false });
  const served = await serveSandbox(sandbox, {});
  const response = await fetch(`${served.url}/version`);
  assert.equal((await response.json()).major, "1");
  const config = parse(served.kubeconfig());
  assert.equal(config.clusters[0].cluster.server, served.url);
  assert.equal(config["current-context"], config.contexts[0].name);
  await served.stop();
  await sandbox.stop();
  await assert.rejects(fetch(`${served.url}/version`));
});

Deno.test("serveSandbox() stops while a watch is open", async () => {
  const sandbox = createSandbox({ clock: realClock, simulateWorkloads: false });
  const served = await serveSandbox(sandbox, {});
  const watch = await fetch(`${served.url}/api/v1/pods?watch=true`);
  const reader = watch.body!.getReader();
  const end = reader.read().then(({ done }) => done, () => true);
  await served.stop();
  assert.equal(await end, true);
  await sandbox.stop();
});

Deno.test("serveSandbox() lets a client give up its watch", async () => {
  const sandbox = createSandbox({ clock: realClock, simulateWorkloads: false });
  const served = await serveSandbox(sandbox, {});
  const aborter = new AbortController();
  const watch = await fetch(`${served.url}/api/v1/namespaces?watch=true`, { signal: aborter.signal });
  const reader = watch.body!.getReader();
  await reader.read();
  aborter.abort();
  await assert.rejects(reader.read());
  await served.stop();
  await sandbox.stop();
});

Deno.test("serveSandbox() rejects when the port is taken", async () => {
  const sandbox = createSandbox({ clock: realClock, simulateWorkloads: false });
  const served = await serveSandbox(sandbox, {});
  const port = Number(new URL(served.url).port);
  await assert.rejects(serveSandbox(sandbox, { port }), Deno.errors.AddrInUse);
  await served.stop();
  await sandbox.stop();
});
