import assert from "node:assert/strict";
import { realClock } from "../../tests/support/clock.ts";
import type { Clock } from "../base/clock.ts";
import { sharedHost } from "../box/mod.ts";
import { createClusterApi } from "../cluster/mod.ts";
import { systemFiles } from "../files/mod.ts";
import { type KatalogDocuments, startRuntime } from "../runtime/mod.ts";
import { createSandbox } from "../sandbox/mod.ts";
import { demo, type DemoPorts, type RunningOperator } from "./demo.ts";

/** Waiting ends fifty times as soon, work takes as long as it takes. */
const impatient: Clock = { ...realClock, nowMs: () => realClock.nowMs() * 50 };

/** Plays the demo on a sandbox in this process. */
async function played(
  clock: Clock,
  startOperator?: DemoPorts["startOperator"],
  { ui = false, withOperator = (operator) => operator, ...more }: Partial<DemoPorts> & {
    readonly ui?: boolean;
    readonly withOperator?: (operator: RunningOperator, documents: KatalogDocuments | undefined) => RunningOperator;
  } = {},
) {
  const lines: string[] = [];
  const sandbox = createSandbox({ clock: realClock });
  const connect: DemoPorts["connect"] = (cluster) =>
    createClusterApi(cluster, {
      userAgent: "ork/test",
      clock: realClock,
      random: Math.random,
      fetch: (url, init) => sandbox.fetch(new Request(url, init)),
    });
  const code = await demo({ out: (line) => lines.push(line), err: (line) => lines.push(line), colour: false }, {
    clock,
    files: systemFiles(),
    openSandbox: () =>
      Promise.resolve({
        cluster: { server: "http://sandbox", auth: { kind: "none" }, source: "test" },
        kubeconfigPath: "",
        stop: () => sandbox.stop(),
      }),
    connect,
    startOperator: startOperator ?? ((plan, cluster, _print, documents) => {
      const host = sharedHost({
        connect: () => connect(cluster),
        clock: realClock,
        random: Math.random,
        component: "test",
        instance: "test",
        reportsIdle: false,
      });
      const runtime = startRuntime({ plan, host, clock: realClock, report: () => {} });
      void runtime.lead();
      return withOperator({ stop: () => runtime.stop(1000) }, documents);
    }),
    openControlCenter: () => Promise.reject(new Error("No web interface was asked for")),
    until: () => Promise.reject(new Error("Nothing was to be waited for")),
    ...more,
  }, ui);
  return { code, lines };
}

Deno.test("demo() shows the life of a Website step by step, and exits with 0", async () => {
  const { code, lines } = await played(realClock);
  assert.equal(code, 0, lines.join("\n"));
  assert.deepEqual(lines.filter((line) => /^\d\. /.test(line)).map((line) => line.slice(0, 2)), [
    "1.",
    "2.",
    "3.",
    "4.",
    "5.",
    "6.",
  ]);
  assert.ok(lines.includes("  ✓ Website hello: phase Ready, readyReplicas 3, url http://hello.default.svc"));
  assert.ok(lines.includes("  ✓ Service hello: gone"));
});

Deno.test("demo() exits with 1 and says what it saw instead when the operator does nothing", async () => {
  const { code, lines } = await played(impatient, () => ({ stop: () => Promise.resolve() }));
  assert.equal(code, 1);
  assert.equal(lines.at(-1), "failed: Deployment hello is not there");
});

Deno.test("demo() with the web interface prints its URL, and keeps a Website until a signal comes", async () => {
  const asked: string[] = [];
  let hasDocuments = false;
  const { code, lines } = await played(realClock, undefined, {
    ui: true,
    openControlCenter: (url) => {
      asked.push(url);
      return Promise.resolve({ url: "http://127.0.0.1:1", close: () => Promise.resolve(void asked.push("closed")) });
    },
    until: () => {
      asked.push("waits");
      return Promise.resolve("SIGINT");
    },
    withOperator: (operator, documents) => {
      hasDocuments = documents?.raw["kind"] === "Katalog";
      return { ...operator, url: "http://127.0.0.1:2" };
    },
  });
  assert.equal(code, 0, lines.join("\n"));
  assert.deepEqual(asked, ["http://127.0.0.1:2", "waits", "closed"]);
  assert.ok(hasDocuments);
  assert.ok(lines.includes("Control Center: http://127.0.0.1:1"));
  assert.match(lines.at(-3)!, /^ {2}✓ Website hello: phase Ready/);
  assert.match(lines.at(-2)!, /^The Website is there again, to be looked at: http:\/\/127\.0\.0\.1:1/);
});
