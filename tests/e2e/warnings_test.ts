import assert from "node:assert/strict";
import { openHost } from "../../src/entry/host.ts";
import { logMessages, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { demoCrd, demoPlan } from "../claims/demo_kinds.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";

// Warnings of an API server reach the log, from boxes of both kinds of isolation. Needs no cluster.

for (const isolation of ["shared", "cells"] as const) {
  Deno.test(`a Warning header of the API server is logged once, with isolation "${isolation}"`, async () => {
    const sandbox = createSandbox({ clock: realClock });
    const served = await serveSandbox(sandbox, { port: 0 });
    const crd = structuredClone(demoCrd("Good")) as { spec: { versions: Record<string, unknown>[] } };
    Object.assign(crd.spec.versions[0]!, { deprecated: true, deprecationWarning: "use v2" });
    await sandboxRequest(sandbox)("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
    const warnings: { message: string; box: unknown }[] = [];
    const host = openHost({
      binary: "test",
      instance: "test",
      isolation,
      cluster: { server: served.url, auth: { kind: "none" }, source: "test" },
      clock: realClock,
      log: (_level, message, fields) => {
        if (message.startsWith("Warning: ")) {
          warnings.push({ message, box: fields !== undefined && "box" in fields && fields.box });
        }
      },
      reportsIdle: false,
      onBroken: (reason) => assert.fail(reason),
    });
    const log = logMessages((level, message, fields) => {
      if (message.startsWith("Warning: ")) {
        warnings.push({ message, box: fields !== undefined && "box" in fields && fields.box });
      } else if (level === "error") assert.fail(message);
    }, realClock);
    const runtime = startRuntime({ plan: demoPlan(["Good"]), host, clock: realClock, report: log });
    try {
      await runtime.lead();
      await waitFor("the warning is logged", () => warnings.length > 0);
      await sandboxRequest(sandbox)("POST", "/apis/demo.dev/v1/namespaces/default/goods", {
        apiVersion: "demo.dev/v1",
        kind: "Good",
        metadata: { name: "good" },
        spec: { child: "good", n: 1 },
      });
      // A pass patches the status of its CR, which gets the same warning.
      await waitFor("the CR is reconciled", () => (runtime.health().get("good")?.totalReconciles ?? 0) > 0);
      assert.equal(warnings.length, 1, Deno.inspect(warnings));
      assert.equal(warnings[0]!.box, "good");
      assert.match(warnings[0]!.message, /^Warning: use v2 \(GET \/apis\/demo\.dev\/v1\/goods\)$/);
    } finally {
      await runtime.stop(1000);
      await served.stop();
      await sandbox.stop();
    }
  });
}
