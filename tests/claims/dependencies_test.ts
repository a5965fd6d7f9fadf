/**
 * founding.txt: "A dependsOn declaration tells Orkestra to hold this operatorBox's workers until another has reconciled
 * successfully at least once." In cells, which end and are started again: the gate opens once.
 */
import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
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

Deno.test("a restarted cell leads without waiting again, and dependents of a terminated one say so", async () => {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, {});
  const request = sandboxRequest(sandbox);
  const define = (kind: string) =>
    request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", demoCrd(kind));
  const apply = async (kind: string, name: string, child: string) => {
    const path = `/apis/demo.dev/v1/namespaces/default/${kind.toLowerCase()}s/${name}?fieldManager=user`;
    const object = { apiVersion: "demo.dev/v1", kind, metadata: { name }, spec: { child, n: 1 } };
    await request("PATCH", path, object, "application/apply-patch+yaml");
  };
  const isThere = (child: string) =>
    waitFor(`ConfigMap ${child} is there`, () => request("GET", `/api/v1/namespaces/default/configmaps/${child}`));
  const messages: BoxMessage[] = [];
  const reported = (state: string) =>
    waitFor(
      `the log of api says that its dependency is ${state}`,
      () =>
        messages.some((message) => message.type === "dependency" && message.box === "api" && message.state === state),
    );
  const ends = (box: string) => messages.filter((message) => message.type === "cell" && message.box === box).length;
  await define("Api");
  await apply("Api", "one", "api-one");
  // It was being deleted when a former process ended.
  const apis = "/apis/demo.dev/v1/namespaces/default/apis";
  const finalizers = ["api.orkestra.orkspace.io/cleanup"];
  await request("POST", apis, {
    apiVersion: "demo.dev/v1",
    kind: "Api",
    metadata: { name: "late", finalizers },
    spec: {},
  });
  await request("DELETE", `${apis}/late`);
  const names = async () =>
    (await request("GET", apis) as unknown as { items: KubeObject[] }).items.map(({ metadata: { name } }) => name);
  const runtime = startRuntime({
    plan: demoPlan(["Api", "Db"], { Api: ["db"] }),
    host: cellsFor(served.url, {
      limits: { heapMb: 64, startMs: 120_000 },
      entry: new URL("./poison_cell.ts", import.meta.url),
    }),
    clock: realClock,
    report: (message) => void messages.push(message),
  });
  const state = (box: string) => runtime.health().get(box)!.state;
  try {
    const leading = runtime.lead();
    await runtime.warm;
    await waitFor("no deletion waits for a dependency", async () => !(await names()).includes("late"));
    assert.equal(state("api"), "pending");
    await define("Db");
    await apply("Db", "one", "db-one");
    await isThere("api-one");
    await leading;
    await isThere("db-one");

    await apply("Db", "bad", "poison");
    await reported("degraded");
    await apply("Api", "bad", "poison");
    await waitFor("the dependent's own cell is ended", () => ends("api") > 0);
    await apply("Api", "two", "api-two");
    await isThere("api-two");
    assert.deepEqual([state("db"), runtime.health().get("api")!.hasUnhealthyDependencies], ["degraded", true]);

    await apply("Db", "bad", "db-cured");
    await reported("healthy");
    assert.equal(runtime.health().get("api")!.hasUnhealthyDependencies, false);

    await runtime.rest(5000);
    assert.equal(state("db"), "pending");
    await apply("Api", "three", "api-three");
    await runtime.lead();
    await isThere("api-three");
  } finally {
    await runtime.stop(1000);
    await served.stop();
    await sandbox.stop();
  }
});
