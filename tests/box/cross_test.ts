import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, changesOf, type Cluster, conditionOf, createCluster, type Running, start } from "./operator.ts";

const queues = "/apis/demo.dev/v1/namespaces/default/queues";
const consumers = "/apis/demo.dev/v1/namespaces/default/consumers";
const configMaps = "/api/v1/namespaces/default/configmaps";

/** A consumer makes a ConfigMap with the host of its queue. */
const consumer = {
  key: "consumer",
  kind: "Consumer",
  box: `cross:
  - { crd: queue, as: q, selector: { name: "{{ .spec.queue }}" } }
onReconcile:
  configMaps:
    - name: "{{ .metadata.name }}"
      data: { host: "{{ .cross.q.status.host }}" }
status:
  fields:
    - { path: found, value: "{{ .cross.q.found }}" }`,
};

/** A queue has no children; its status is what the test writes. */
const queue = { key: "queue", kind: "Queue", box: "status: { fields: [] }" };

function objectOf(kind: string, name: string, spec: unknown = {}, labels: Record<string, string> = {}): unknown {
  return { apiVersion: "demo.dev/v1", kind, metadata: { name, labels }, spec };
}

async function withKinds(...kinds: string[]): Promise<Cluster> {
  const cluster = createCluster();
  for (const kind of kinds) await cluster.define(kind);
  return cluster;
}

async function setHost(cluster: Cluster, name: string, host: string): Promise<void> {
  const path = `${queues}/${name}/status`;
  await cluster.request("PATCH", path, { status: { host } }, "application/merge-patch+json");
}

function hostIs(host: string): (object: KubeObject) => boolean {
  return ({ data }) => (data?.["host"] ?? "") === host;
}

/** No CR of any box waits for a pass. */
async function untilAtRest({ runtime }: Running): Promise<void> {
  await waitFor("all boxes are at rest", () => [...runtime.health().values()].every((box) => box.queueDepth === 0));
}

/** Keys of the passes of a box since the last call. */
function passesOf(messages: readonly BoxMessage[], box: string): () => string[] {
  let seen = messages.length;
  return () => {
    const fresh = messages.slice(seen);
    seen = messages.length;
    return fresh.flatMap((message) => message.type === "pass" && message.box === box ? [message.key] : []);
  };
}

Deno.test("cross: a change of a status triggers the CRs that read it, and no others", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  for (const name of ["a", "b"]) await cluster.request("POST", queues, objectOf("Queue", name));
  for (const [name, of] of [["one", "a"], ["two", "a"], ["three", "b"]] as const) {
    await cluster.request("POST", consumers, objectOf("Consumer", name, { queue: of }));
  }
  await using operator = await start(cluster, [consumer, queue]);
  for (const name of ["one", "two", "three"]) {
    await cluster.until(`${consumers}/${name}`, ({ status }) => status?.found === "true");
  }
  await untilAtRest(operator);
  const passes = passesOf(operator.messages, "consumer");
  await setHost(cluster, "a", "a.example.org");
  await cluster.until(`${configMaps}/one`, hostIs("a.example.org"));
  await cluster.until(`${configMaps}/two`, hostIs("a.example.org"));
  await setHost(cluster, "b", "b.example.org");
  await cluster.until(`${configMaps}/three`, hostIs("b.example.org"));
  const keys = passes();
  const firstOfThree = keys.indexOf("default/three");
  assert.ok(firstOfThree > 0, `the change of b came last: ${keys}`);
  assert.deepEqual([...new Set(keys.slice(0, firstOfThree))].sort(), ["default/one", "default/two"]);
});

Deno.test("cross: what is read costs no request", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "a" }));
  const requests: string[] = [];
  const between: Between = (request, forward) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return forward();
  };
  await using operator = await start(cluster, [consumer, queue], { between });
  await cluster.until(`${consumers}/one`, ({ status }) => conditionOf({ status } as never, "Ready") !== undefined);
  await untilAtRest(operator);
  requests.length = 0;
  await setHost(cluster, "a", "a.example.org");
  await cluster.until(`${configMaps}/one`, hostIs("a.example.org"));
  const ofReader = requests.filter((request) => !request.startsWith("POST /apis/events.k8s.io"));
  assert.deepEqual(ofReader, [`PATCH ${configMaps}/one`]);
});

Deno.test("cross: an object that appears and disappears is found and not found", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "late" }));
  await using _operator = await start(cluster, [consumer, queue]);
  await cluster.until(`${consumers}/one`, ({ status }) => status?.found === "false");
  await cluster.request("POST", queues, objectOf("Queue", "late"));
  await cluster.until(`${consumers}/one`, ({ status }) => status?.found === "true");
  await cluster.request("DELETE", `${queues}/late`);
  await cluster.until(`${consumers}/one`, ({ status }) => status?.found === "false");
});

Deno.test("cross: a CR that selects another object follows that one", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  for (const name of ["a", "b"]) {
    await cluster.request("POST", queues, objectOf("Queue", name));
    await setHost(cluster, name, `${name}.example.org`);
  }
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "a" }));
  await using _operator = await start(cluster, [consumer, queue]);
  await cluster.until(`${configMaps}/one`, hostIs("a.example.org"));
  await cluster.request("PATCH", `${consumers}/one`, { spec: { queue: "b" } }, "application/merge-patch+json");
  await cluster.until(`${configMaps}/one`, hostIs("b.example.org"));
  await setHost(cluster, "b", "new.example.org");
  await cluster.until(`${configMaps}/one`, hostIs("new.example.org"));
});

Deno.test("cross: labels select, and all of the selected are items", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  const box = `cross:
  - crd: consumer
    strategy: all
    selector: { matchLabels: { queue: "{{ .metadata.name }}" } }
status:
  fields:
    - { path: consumers, value: "{{ range .cross.consumer.items }}{{ .name }} {{ end }}" }
    - { path: first, value: "{{ .cross.consumer.name }}" }`;
  await using _operator = await start(cluster, [
    { key: "queue", kind: "Queue", box },
    { key: "consumer", kind: "Consumer", box: "status: { fields: [] }" },
  ]);
  const consumersAre = (names: string) =>
    cluster.until(`${queues}/a`, ({ status }) => (status?.consumers ?? "").trim() === names);
  await cluster.request("POST", consumers, objectOf("Consumer", "two", {}, { queue: "a" }));
  await consumersAre("two");
  await cluster.request("POST", consumers, objectOf("Consumer", "one", {}, { queue: "a" }));
  await cluster.request("POST", consumers, objectOf("Consumer", "other", {}, { queue: "b" }));
  await consumersAre("one two");
  const { status } = await cluster.request("GET", `${queues}/a`);
  assert.equal(status.first, "one");
  const labels = { metadata: { labels: { queue: "b" } } };
  await cluster.request("PATCH", `${consumers}/two`, labels, "application/merge-patch+json");
  await consumersAre("one");
});

Deno.test("cross: an entry that needs what is absent waits, and continues when it is there", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "a" }));
  const box = `cross:
  - { crd: queue, as: q, selector: { name: "{{ .spec.queue }}" } }
onReconcile:
  deployments:
    - { name: "{{ .metadata.name }}", image: "{{ .cross.q.status.host }}" }
  configMaps:
    - { name: "{{ .metadata.name }}-other", data: { a: b } }`;
  await using operator = await start(cluster, [{ key: "consumer", kind: "Consumer", box }, queue]);
  const waits = await cluster.until(
    `${consumers}/one`,
    (cr) => conditionOf(cr, "Synced")?.reason === "Waiting",
  );
  assert.match(conditionOf(waits, "Synced")!.message, /waiting for \.cross\.q\.status\.host/);
  assert.ok(await cluster.get(`${configMaps}/one-other`));
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await setHost(cluster, "a", "a.example.org");
  await cluster.until(
    "/apis/apps/v1/namespaces/default/deployments/one",
    ({ spec }) => spec.template.spec.containers[0].image === "a.example.org",
  );
  const failed = operator.messages.filter((message) => message.type === "pass" && message.result === "failed");
  assert.deepEqual(failed, []);
});

Deno.test("cross: a source whose kind is not installed has no objects, until it is", async () => {
  await using cluster = await withKinds("Consumer");
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "a" }));
  await using _operator = await start(cluster, [consumer, queue], { awaitsLead: false });
  await cluster.until(`${consumers}/one`, ({ status }) => status?.found === "false");
  await cluster.define("Queue");
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await cluster.until(`${consumers}/one`, ({ status }) => status?.found === "true");
});

Deno.test("cross: nothing is decided before the state of the source has arrived", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await setHost(cluster, "a", "a.example.org");
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "a" }));
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const between: Between = async (request, forward) => {
    if (!new URL(request.url).pathname.startsWith("/apis/demo.dev/v1/queues")) return await forward();
    reached.resolve();
    await opened.promise;
    return await forward();
  };
  await using operator = await start(cluster, [consumer, queue], { between, awaitsLead: false });
  await reached.promise;
  await waitFor("the reader says what it waits for", () => {
    const { state, reason } = operator.runtime.health().get("consumer")!;
    return state === "pending" && reason === "waiting for the objects of queue";
  });
  assert.equal(await cluster.get(`${configMaps}/one`), undefined);
  assert.deepEqual(changesOf(operator.messages), []);
  opened.resolve();
  await cluster.until(`${configMaps}/one`, hostIs("a.example.org"));
  const first = operator.messages.find((message) => message.type === "pass" && message.box === "consumer");
  assert.ok(first?.type === "pass" && first.changes.some(({ text }) => text === "created ConfigMap one"));
});

Deno.test("cross: a standby follows, so it has the values when it leads", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await cluster.request("POST", consumers, objectOf("Consumer", "one", { queue: "a" }));
  await using operator = await start(cluster, [consumer, queue]);
  await cluster.until(`${consumers}/one`, ({ status }) => status?.found === "true");
  await operator.runtime.rest(1000);
  const passes = passesOf(operator.messages, "consumer");
  await setHost(cluster, "a", "a.example.org");
  await waitFor("the standby has queued the reader", () => operator.runtime.health().get("consumer")!.queueDepth === 1);
  assert.deepEqual(passes(), []);
  await operator.runtime.lead();
  await cluster.until(`${configMaps}/one`, hostIs("a.example.org"));
  assert.deepEqual([...new Set(passes())], ["default/one"]);
});

Deno.test("cross: a box may observe its own CRs", async () => {
  await using cluster = await withKinds("Consumer");
  const box = `cross:
  - { crd: consumer, as: next, selector: { name: "{{ .spec.next }}" } }
status:
  fields:
    - { path: nextFound, value: "{{ .cross.next.found }}" }
    - { path: chain, value: "{{ .metadata.name }}{{ .cross.next.status.chain }}" }`;
  await using _operator = await start(cluster, [{ key: "consumer", kind: "Consumer", box }]);
  const chainIs = (chain: string) => cluster.until(`${consumers}/a`, ({ status }) => status?.chain === chain);
  await cluster.request("POST", consumers, objectOf("Consumer", "a", { next: "b" }));
  await chainIs("a");
  await cluster.request("POST", consumers, objectOf("Consumer", "b", { next: "c" }));
  await chainIs("ab");
  await cluster.request("POST", consumers, objectOf("Consumer", "c", {}));
  await chainIs("abc");
});

Deno.test("cross: boxes that change each other for ever are damped", async () => {
  await using cluster = await withKinds("Queue", "Consumer");
  const counts = (other: string) =>
    `cross: [{ crd: ${other}, as: other, selector: { name: x } }]
status: { fields: [{ path: n, type: int, value: "{{ add (default 0 .cross.other.status.n) 1 }}" }] }`;
  await cluster.request("POST", queues, objectOf("Queue", "x"));
  await cluster.request("POST", consumers, objectOf("Consumer", "x"));
  await using operator = await start(cluster, [
    { key: "consumer", kind: "Consumer", box: counts("queue") },
    { key: "queue", kind: "Queue", box: counts("consumer") },
  ]);
  for (const [key, kind] of [["queue", "Queue"], ["consumer", "Consumer"]] as const) {
    await waitFor(`${kind} is held back`, async () => {
      const result = await operator.served.boxes.get(key)!.query({ what: "passes", key: "default/x" });
      return result.what === "passes" && result.passes?.next.why === "throttled";
    });
    await waitFor(`an Event says why, of ${kind}`, async () => {
      const { items } = await cluster.request("GET", "/apis/events.k8s.io/v1/events") as unknown as {
        items: { reason: string; note: string; regarding: { kind: string } }[];
      };
      return items.some(({ reason, note, regarding }) =>
        reason === "NeverAtRest" && regarding.kind === kind &&
        note.startsWith("never comes to rest: each pass changes status.n since what it reads")
      );
    });
  }
  const { status } = await cluster.request("GET", `${queues}/x`);
  assert.ok(status.n < 100, `${status.n} writes`);
});
