import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { type Cluster, conditionOf, createCluster, demoOf, demos, type Running, start } from "./operator.ts";

const elsewhere = "/apis/demo.dev/v1/namespaces/other/demos";
const configMaps = "/api/v1/namespaces/default/configmaps";

const entry = {
  key: "demo",
  more: `validation:
  rules:
    - { field: spec.host, operator: unique, message: "{{ .spec.host }} is taken" }`,
  // A resync would find everything too: these tests are about what triggers a pass.
  reconciler: "resync: 1h",
  box: `onReconcile:
  configMaps:
    - name: "{{ .metadata.name }}"
      data: { host: "{{ .spec.host }}" }`,
};

async function withDemos(...crs: unknown[]): Promise<Cluster> {
  const cluster = createCluster();
  await cluster.define("Demo");
  await cluster.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "other" },
  });
  for (const cr of crs) await cluster.request("POST", demos, cr);
  return cluster;
}

const isReady = (cluster: Cluster, name: string) =>
  cluster.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Ready")?.status === "True");

/** Waits until the CR is refused, and returns the message. */
async function refused(cluster: Cluster, path: string): Promise<string> {
  const cr = await cluster.until(path, (cr) => conditionOf(cr, "Ready")?.reason === "ValidationFailed");
  return conditionOf(cr, "Ready")!.message;
}

const setHost = (cluster: Cluster, name: string, host: string) =>
  cluster.request("PATCH", `${demos}/${name}`, { spec: { host } }, "application/merge-patch+json");

async function untilAtRest({ runtime }: Running): Promise<void> {
  await waitFor("the box is at rest", () => [...runtime.health().values()].every((box) => box.queueDepth === 0));
}

Deno.test("unique: one of two CRs with one value is refused, until the other one goes", async () => {
  await using cluster = await withDemos(demoOf("a-first", { host: "x" }));
  await using _operator = await start(cluster, [entry]);
  await isReady(cluster, "a-first");
  await cluster.request("POST", demos, demoOf("b-second", { host: "x" }));
  const winners = await waitFor("one of them is refused", async () => {
    const all = await Promise.all(["a-first", "b-second"].map((name) => cluster.request("GET", `${demos}/${name}`)));
    const lost = all.filter((cr) => conditionOf(cr, "Ready")?.reason === "ValidationFailed");
    return lost.length === 1 ? all.filter((cr) => !lost.includes(cr)).map((cr) => cr.metadata.name) : undefined;
  });
  const [winner] = winners;
  const loser = winner === "a-first" ? "b-second" : "a-first";
  assert.equal(await refused(cluster, `${demos}/${loser}`), `spec.host: x is taken (default/${winner} has it)`);
  await cluster.request("DELETE", `${demos}/${winner}`);
  await isReady(cluster, loser);
  await cluster.until(`${configMaps}/${loser}`, ({ data }) => data?.["host"] === "x");
});

Deno.test("unique: a refused CR is reconciled when the holder's value changes, and when its own does", async () => {
  await using cluster = await withDemos(demoOf("one", { host: "x" }), demoOf("two", { host: "x" }), demoOf("free"));
  await using operator = await start(cluster, [entry]);
  await isReady(cluster, "free");
  const loserOf = () =>
    waitFor("one is refused", async () => {
      const all = await Promise.all(["one", "two"].map((name) => cluster.request("GET", `${demos}/${name}`)));
      const lost = all.filter((cr) => conditionOf(cr, "Ready")?.reason === "ValidationFailed");
      return lost.length === 1 ? lost[0]!.metadata.name : undefined;
    });
  const loser = await loserOf();
  const winner = loser === "one" ? "two" : "one";
  assert.equal(await cluster.get(`${configMaps}/${loser}`), undefined, "nothing is made for it");
  await setHost(cluster, winner, "y");
  await isReady(cluster, loser);
  await setHost(cluster, winner, "x");
  assert.equal(await loserOf(), loser, "the older one wins, although the other one had it before");
  await setHost(cluster, loser, "z");
  await isReady(cluster, loser);
  await untilAtRest(operator);
});

Deno.test("unique: values of CRs in other namespaces count, and are not named", async () => {
  await using cluster = await withDemos();
  await cluster.request("POST", elsewhere, demoOf("far", { host: "x" }));
  await using _operator = await start(cluster, [entry]);
  await cluster.until(`${elsewhere}/far`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  await cluster.request("POST", demos, demoOf("near", { host: "x" }));
  const messages = await waitFor("one is refused", async () => {
    const all = await Promise.all([`${elsewhere}/far`, `${demos}/near`].map((path) => cluster.request("GET", path)));
    const lost = all.map((cr) => conditionOf(cr, "Ready")).filter((condition) =>
      condition?.reason === "ValidationFailed"
    );
    return lost.length === 1 ? lost.map((condition) => condition!.message) : undefined;
  });
  assert.deepEqual(messages, ["spec.host: x is taken (an object in another namespace has it)"]);
});

Deno.test("unique: CRs that the box does not take care of hold nothing", async () => {
  await using cluster = await withDemos(demoOf("stranger", { host: "x" }, { team: "b" }));
  await using _operator = await start(cluster, [{ ...entry, more: `${entry.more}\nlabelSelector: { team: a }` }]);
  await cluster.request("POST", demos, demoOf("ours", { host: "x" }, { team: "a" }));
  await isReady(cluster, "ours");
  // It comes under care, and is the older one or loses by its uid: one of the two is refused, never both or none.
  await cluster.request(
    "PATCH",
    `${demos}/stranger`,
    { metadata: { labels: { team: "a" } } },
    "application/merge-patch+json",
  );
  const reasons = await waitFor("both are judged", async () => {
    const all = await Promise.all(["ours", "stranger"].map((name) => cluster.request("GET", `${demos}/${name}`)));
    const found = all.map((cr) => conditionOf(cr, "Ready")?.reason);
    return found.filter((reason) => reason === "ValidationFailed").length === 1 && found.includes("Ready")
      ? found
      : undefined;
  });
  assert.deepEqual(reasons.sort(), ["Ready", "ValidationFailed"]);
});

Deno.test("unique: costs no request, and a CR at rest needs no pass because of others", async () => {
  await using cluster = await withDemos(demoOf("one", { host: "x" }), demoOf("two", { host: "y" }));
  await using operator = await start(cluster, [entry]);
  for (const name of ["one", "two"]) await isReady(cluster, name);
  await untilAtRest(operator);
  const lists = cluster.sandbox.requests.list().filter(({ verb, resource, watch }) =>
    verb === "GET" && resource === "demos" && !watch
  );
  const before = operator.messages.length;
  await cluster.request("POST", demos, demoOf("three", { host: "z" }));
  await isReady(cluster, "three");
  await untilAtRest(operator);
  const passes = operator.messages.slice(before).flatMap((message) => message.type === "pass" ? [message.key] : []);
  assert.deepEqual([...new Set(passes)], ["default/three"]);
  const after = cluster.sandbox.requests.list().filter(({ verb, resource, watch, userAgent }) =>
    verb === "GET" && resource === "demos" && !watch && userAgent.startsWith("ork-runtime")
  );
  assert.deepEqual(after.length, lists.filter(({ userAgent }) => userAgent.startsWith("ork-runtime")).length);
});
