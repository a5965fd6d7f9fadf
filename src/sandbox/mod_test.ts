import assert from "node:assert/strict";
import type { Clock } from "../base/clock.ts";
import { createSandbox } from "./mod.ts";

const clock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

function call(
  sandbox: ReturnType<typeof createSandbox>,
  method: string,
  path: string,
  body?: unknown,
  type = "application/json",
) {
  return sandbox.fetch(
    new Request(`http://sandbox${path}`, {
      method,
      headers: { "content-type": type, "user-agent": "test/1" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

Deno.test("createSandbox() makes a Deployment ready and collects what it made", async () => {
  const sandbox = createSandbox({ clock });
  const labels = { app: "web" };
  const created = await call(sandbox, "POST", "/apis/apps/v1/namespaces/default/deployments", {
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
    },
  });
  assert.equal(created.status, 201);
  const path = "/apis/apps/v1/namespaces/default/deployments/web";
  const watch = await call(sandbox, "GET", "/apis/apps/v1/deployments?watch=true");
  for await (const chunk of watch.body!.pipeThrough(new TextDecoderStream())) {
    if (chunk.includes('"availableReplicas":1')) break;
  }
  assert.equal((await call(sandbox, "DELETE", path)).status, 200);
  for (;;) {
    const left = await (await call(sandbox, "GET", "/api/v1/pods")).json();
    if (left.items.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await sandbox.stop();
  assert.deepEqual(sandbox.faults, []);
});
