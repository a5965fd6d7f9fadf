/**
 * founding.txt: "A panic in one reconciler … is caught, logged with the full stack trace, and requeued with backoff.
 * The affected operatorBox retries. Every other operatorBox continues uninterrupted."
 *
 * The counterpart of a panic in JavaScript is an unexpected error: here a RangeError of the engine
 * that comes up from below in the middle of a write.
 */
import assert from "node:assert/strict";
import { createSandbox } from "../../src/sandbox/mod.ts";
import type { LogFields } from "../../src/observe/log_events.ts";
import { logMessages, startRuntime } from "../../src/runtime/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";
import { demoCrd, demoPlan } from "./demo_kinds.ts";

Deno.test("A panic in one reconciler is caught, logged with the full stack trace, and requeued with backoff", async () => {
  const sandbox = createSandbox({ clock: realClock });
  const request = sandboxRequest(sandbox);
  for (const kind of ["Good", "Bad"]) {
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", demoCrd(kind));
  }
  let broken = true;
  const triesMs: number[] = [];
  const host = sandboxHost(sandbox, {
    userAgent: "test/1",
    fetch: (url, init) => {
      if (broken && init.method === "PATCH" && url.includes("/configmaps/bad")) {
        triesMs.push(realClock.nowMs());
        return Promise.resolve(new Response("x".repeat(-1)));
      }
      return sandbox.fetch(new Request(url, init));
    },
  });
  const lines: { level: string; message: string; fields: LogFields | undefined }[] = [];
  const log = logMessages((level, message, fields) => void lines.push({ level, message, fields }), realClock);
  const runtime = startRuntime({ plan: demoPlan(["Good", "Bad"]), host, clock: realClock, report: log });
  const apply = async (kind: string, n: number) => {
    const name = kind.toLowerCase();
    const object = { apiVersion: "demo.dev/v1", kind, metadata: { name }, spec: { child: name, n } };
    const path = `/apis/demo.dev/v1/namespaces/default/${name}s/${name}?fieldManager=user`;
    await request("PATCH", path, object, "application/apply-patch+yaml");
  };
  const reaches = async (child: string, n: number) =>
    await waitFor(`ConfigMap ${child} has n = ${n}`, async () => {
      const { data } = await request("GET", `/api/v1/namespaces/default/configmaps/${child}`);
      return (data as { n: string }).n === String(n);
    });
  try {
    await runtime.lead();
    await apply("Bad", 1);
    await waitFor("ten tries", () => triesMs.length >= 10);

    const panic = lines.find(({ message }) => message.includes("reconciler panic recovered"))!;
    assert.equal(panic.level, "error");
    assert.match(panic.message, /^bad default\/bad: reconciler panic recovered: Invalid count value: -1$/);
    assert.match(String("stack" in panic.fields! && panic.fields.stack), /\n {4}at .*transport\.ts.*\n/);

    // 5 ms doubling: a busy machine makes waits longer, never shorter.
    triesMs.slice(1, 10).forEach((atMs, i) => {
      assert.ok(atMs - triesMs[i]! >= 5 * 2 ** i - 1, `try ${i + 1} came after ${atMs - triesMs[i]!} ms`);
    });
    assert.equal(runtime.health().get("bad")!.state, "degraded");
    assert.match(runtime.health().get("bad")!.reason!, /Invalid count value/);
    const event = await waitFor("an Event says so", async () => {
      const { items } = await request("GET", "/apis/events.k8s.io/v1/events") as unknown as {
        items: { reason: string; note: string }[];
      };
      return items.find(({ reason }) => reason === "ReconcileError");
    });
    assert.match(event.note, /^Unexpected error: .*; the operator's log has its stack$/);

    await apply("Good", 1);
    await reaches("good", 1);
    assert.equal(runtime.health().get("good")!.state, "healthy");

    broken = false;
    await reaches("bad", 1);
    await waitFor("the box is well again", () => runtime.health().get("bad")!.state === "healthy");
    assert.equal(lines.filter(({ message }) => message === "bad: healthy again").length, 1);
  } finally {
    await runtime.stop(1000);
    await sandbox.stop();
  }
});
