/**
 * founding.txt: "The isolated worker pools assume one CRD's failure will happen." An object that brings the cell of its
 * box down is found out and kept apart: its neighbours in the same box are reconciled, other boxes feel nothing, users
 * are reported, and all is well once the object is corrected.
 */
import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { cellsFor } from "../support/cells.ts";
import { realClock } from "../support/clock.ts";
import { waitFor as waitForUpTo } from "../support/wait_for.ts";
import { demoCrd, demoPlan } from "./demo_kinds.ts";

/** The first cell of a run from source has its code checked and compiled: on a busy machine that takes its time. */
const waitFor: typeof waitForUpTo = (what, probe, options) =>
  waitForUpTo(what, probe, { timeoutMs: 120_000, ...options });

const kinds = ["Good", "Bad"];

Deno.test("an object that kills its cell is isolated, reported, and healthy again once it is corrected", async () => {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, {});
  const request = sandboxRequest(sandbox);
  for (const kind of kinds) {
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", demoCrd(kind));
  }
  const apply = async (kind: string, name: string, spec: { child: string; n: number }) => {
    const path = `/apis/demo.dev/v1/namespaces/default/${kind.toLowerCase()}s/${name}?fieldManager=user`;
    const object = { apiVersion: "demo.dev/v1", kind, metadata: { name }, spec };
    await request("PATCH", path, object, "application/apply-patch+yaml");
  };
  const reaches = async (child: string, n: number) =>
    await waitFor(`ConfigMap ${child} has n = ${n}`, async () => {
      const { data } = await request("GET", `/api/v1/namespaces/default/configmaps/${child}`);
      return (data as { n: string }).n === String(n);
    });
  const messages: BoxMessage[] = [];
  const host = cellsFor(served.url, {
    limits: { heapMb: 64, startMs: 120_000 },
    entry: new URL("./poison_cell.ts", import.meta.url),
  });
  const runtime = startRuntime({
    plan: demoPlan(kinds),
    host,
    clock: realClock,
    report: (message) => void messages.push(message),
  });
  const ends = () => messages.filter((message) => message.type === "cell");
  try {
    await runtime.lead();
    for (const name of ["a", "b"]) await apply("Good", `good-${name}`, { child: `good-${name}`, n: 1 });
    for (const name of ["a", "b"]) await apply("Bad", `bad-${name}`, { child: `bad-${name}`, n: 1 });
    for (const child of ["good-a", "good-b", "bad-a", "bad-b"]) await reaches(child, 1);

    await apply("Bad", "bad-p", { child: "poison", n: 1 });
    const [end] = await waitFor("the cell is ended", () => ends().length > 0 && ends());
    assert.ok(end!.suspects.includes("default/bad-p"), `suspects: ${end!.suspects.join(", ")}`);
    assert.match(end!.reason, /memory|sign of life/);

    // Its neighbours in the box, and the other box, keep running while it is isolated.
    await apply("Bad", "bad-a", { child: "bad-a", n: 2 });
    await reaches("bad-a", 2);
    await apply("Good", "good-a", { child: "good-a", n: 2 });
    await reaches("good-a", 2);
    const health = runtime.health().get("bad")!;
    assert.equal(health.state, "degraded");
    assert.match(health.reason!, /^Its cell was ended: /);
    assert.equal(runtime.health().get("good")!.state, "healthy");

    const events = await waitFor("both Events are there", async () => {
      const { items } = await request("GET", "/apis/events.k8s.io/v1/events") as unknown as {
        items: { reason: string; metadata: { namespace: string }; regarding: { kind: string; name: string } }[];
      };
      const reasons = new Set(
        items.map(({ reason, metadata, regarding }) =>
          `${reason} ${metadata.namespace} ${regarding.kind} ${regarding.name}`
        ),
      );
      return reasons.has("CellEnded default Bad bad-p") && reasons;
    });
    assert.ok(events.has("CellRestarted default CustomResourceDefinition bads.demo.dev"), [...events].join("; "));

    // A correction of the object skips the backoff.
    await apply("Bad", "bad-p", { child: "cured", n: 3 });
    await reaches("cured", 3);
    const before = ends().length;
    await waitFor("the box is well again", () => runtime.health().get("bad")!.state === "healthy");
    assert.equal(ends().length, before);
  } finally {
    await runtime.stop(1000);
    await served.stop();
    await sandbox.stop();
  }
});
