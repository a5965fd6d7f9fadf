import assert from "node:assert/strict";
import { logMessages } from "../../src/runtime/report.ts";
import { statusResponse } from "../support/api_double.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";
import { conditionOf, demos, type Operator, operatorFor } from "./operator.ts";

// Another client that writes the CR before each write of the operator.

const merge = "application/merge-patch+json";
const box = 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}-map", data: { a: b } }] }';
const far = "onReconcile: { configMaps: [{ name: far, namespace: kube-public, data: { a: b } }] }";

/** The operator's time passes ten times as fast. */
const clock = {
  ...realClock,
  nowMs: () => 10 * realClock.nowMs(),
  after: (delayMs: number, run: () => void) => realClock.after(delayMs / 10, run),
};

/** `is`: which writes of the CR the other client overtakes. */
async function contested(katalog: { box: string; more?: string }, is: (body: string, path: string) => boolean) {
  const log: string[] = [];
  const report = logMessages((level, message) => {
    if (level === "error" || level === "warn") log.push(`${level}: ${message}`);
  }, clock);
  let isContested = true;
  let firstMs: number | undefined;
  let writes = 0;
  const operator: Operator = await operatorFor({ ...katalog, resync: "24h" }, {}, async (request, forward) => {
    const isOfCr = request.method === "PATCH" && new URL(request.url).pathname.startsWith(`${demos}/a`);
    if (isContested && isOfCr && is(await request.clone().text(), new URL(request.url).pathname)) {
      firstMs ??= clock.nowMs();
      const theirs = { metadata: { annotations: { "their.example/count": `${++writes}` } } };
      await operator.request("PATCH", `${demos}/a`, theirs, merge);
    }
    return await forward();
  }, { clock, report });
  return {
    operator,
    log,
    /** How long there have been conflicts, in the operator's time. */
    lastedMs: () => clock.nowMs() - firstMs!,
    /** The other client is gone. */
    async end(): Promise<void> {
      isContested = false;
      await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
    },
    [Symbol.asyncDispose]: () => operator[Symbol.asyncDispose](),
  };
}

/** Waits for an Event that warns, and returns what it says. */
async function warned({ request }: Operator): Promise<string> {
  const path = "/apis/events.k8s.io/v1/namespaces/default/events";
  return await waitFor("an Event says it", async () => {
    const { items } = await request("GET", path) as unknown as { items: { type: string; note: string }[] };
    return items.find(({ type }) => type === "Warning")?.note;
  });
}

Deno.test("a status that always meets a conflict is reported as an Event and in the log, after ten seconds", async () => {
  await using stage = await contested({ box }, (_body, path) => path.endsWith("/status"));
  await stage.operator.demo("a", {});
  const note = await warned(stage.operator);
  const afterMs = stage.lastedMs();
  assert.match(note, /^Cannot write the status of Demo a: .*the object has been modified/);
  assert.match(note, /; every try for 10 s or more met this conflict; its managedFields name who else writes it$/);
  assert.ok(afterMs >= 10_000, `a watch that is behind looks the same: ${afterMs} ms`);
  await waitFor("the log says it", () => stage.log.length > 0);
  assert.match(stage.log[0]!, /^error: Demo default\/a: .*Cannot write the status of Demo a: /);
  await stage.end();
});

Deno.test("a label that always meets a conflict is reported, and the children are kept up", async () => {
  await using stage = await contested({ box, more: "labels: { tier: gold }" }, (body) => body.includes("tier"));
  await stage.operator.demo("a", {});
  const note = await warned(stage.operator);
  assert.match(note, /^Cannot label Demo a: .*; every try for 10 s or more met this conflict/);
  await stage.operator.until("/api/v1/namespaces/default/configmaps/a-map", () => true);
  await stage.end();
});

Deno.test("a finalizer that can never be taken off for conflicts is reported", async () => {
  await using stage = await contested({ box: far }, (body) => body.includes('"finalizers":[]'));
  await stage.operator.demo("a", {});
  await stage.operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await stage.operator.request("DELETE", `${demos}/a`);
  assert.match(
    await warned(stage.operator),
    /^Cannot remove the finalizer of Demo a: .*; every try for 10 s or more met this conflict/,
  );
  await waitFor("the log says it", () => stage.log.length > 0);
  assert.match(stage.log[0]!, /Cannot remove the finalizer of Demo a: /);
});

Deno.test("a child elsewhere whose deletion always meets a conflict is reported, and holds the CR", async () => {
  let isRefused = true;
  await using operator = await operatorFor({ box: far, resync: "24h" }, {}, async (request, forward) => {
    const isOfChild = request.method === "DELETE" && new URL(request.url).pathname.endsWith("/configmaps/far");
    return isOfChild && isRefused
      ? statusResponse(409, "Conflict", { message: "not while it is used" })
      : await forward();
  });
  await operator.demo("a", {});
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await operator.request("DELETE", `${demos}/a`);
  assert.match(
    await warned(operator),
    /^Cannot delete ConfigMap far in namespace kube-public: not while it is used; each of the last 5 tries met this conflict/,
  );
  isRefused = false;
  await operator.untilGone(`${demos}/a`);
});
