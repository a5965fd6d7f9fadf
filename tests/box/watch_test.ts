import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { conditionOf, demos, type Operator, operatorFor } from "./operator.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const child = 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}-c", data: { a: "1" } }] }';

/** An operator that looks at its CRs `a` and `b` for nothing but what it watches. */
async function watching(box: string): Promise<Operator> {
  const operator = await operatorFor({ box: `${child}\n${box}`, resync: "1h" });
  for (const name of ["a", "b"]) {
    await operator.demo(name, {});
    await operator.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  }
  await settled(operator);
  return operator;
}

/** No pass ends for a while. */
async function settled({ messages }: Operator): Promise<void> {
  let before = -1;
  while (messages.length !== before) {
    before = messages.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Names of the CRs that are looked at for what is done. */
async function looked(operator: Operator, run: () => Promise<unknown>): Promise<string> {
  const before = operator.messages.length;
  await run();
  await settled(operator);
  const keys = operator.messages.slice(before).flatMap((message) => message.type === "pass" ? [message.key] : []);
  return [...new Set(keys)].map((key) => key.replace("default/", "")).sort().join(" ");
}

function putMap(operator: Operator, name: string, more: Record<string, unknown> = {}, data = "1"): Promise<unknown> {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more }, data: { a: data } };
  return operator.request(
    "PATCH",
    `${maps}/${name}?fieldManager=user&force=true`,
    object,
    "application/apply-patch+yaml",
  );
}

Deno.test("a watched object makes the CR be looked at that its label names, now and before, or that keyFrom names", async () => {
  await using operator = await watching(`watch:
  - { apiVersion: v1, kind: ConfigMap, keyFrom: { label: concerns } }
  - { apiVersion: v1, kind: ConfigMap, name: all, namespace: default, on: [update], keyFrom: { name: b } }
  - { apiVersion: v1, kind: Secret, namespace: other, keyFrom: { name: a, namespace: default } }`);
  assert.equal(await looked(operator, () => putMap(operator, "one", { labels: { concerns: "a" } })), "a");
  assert.equal(await looked(operator, () => putMap(operator, "one", { labels: { concerns: "b" } })), "a b");
  assert.equal(await looked(operator, () => putMap(operator, "one", { labels: { concerns: "nobody" } })), "b");
  assert.equal(await looked(operator, () => putMap(operator, "two")), "");
  assert.equal(await looked(operator, () => putMap(operator, "three", { labels: { concerns: "b" } })), "b");
  assert.equal(await looked(operator, () => operator.request("DELETE", `${maps}/three`)), "b");
  assert.equal(await looked(operator, () => putMap(operator, "all")), "", "created");
  assert.equal(await looked(operator, () => putMap(operator, "all", {}, "2")), "b");
  assert.equal(await looked(operator, () => operator.request("DELETE", `${maps}/all`)), "", "deleted");
  const secret = (namespace: string) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace } });
  await operator.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "other" },
  });
  const post = (namespace: string) =>
    operator.request("POST", `/api/v1/namespaces/${namespace}/secrets`, secret(namespace));
  assert.equal(await looked(operator, () => post("default")), "");
  assert.equal(await looked(operator, () => post("other")), "a");
});

Deno.test("without keyFrom a watched object concerns its owner, and where there is none all CRs; own writes do not count", async () => {
  await using operator = await watching("watch: [{ apiVersion: v1, kind: ConfigMap }]");
  assert.equal(await looked(operator, () => putMap(operator, "any")), "a b");
  const { uid } = (await operator.get(`${demos}/b`))!.metadata;
  const ownerReferences = [{ apiVersion: "demo.dev/v1", kind: "Demo", name: "b", uid }];
  assert.equal(await looked(operator, () => putMap(operator, "owned", { ownerReferences })), "b");
  const before = operator.messages.length;
  await operator.demo("c", {});
  await operator.until(`${maps}/c-c`, () => true);
  await settled(operator);
  const others = operator.messages.slice(before).filter((message) =>
    message.type === "pass" && message.key !== "default/c"
  );
  assert.deepEqual(others, []);
});

Deno.test("the gate of a watch looks at the watched object, and at what of it has changed", async () => {
  await using operator = await watching(`watch:
  - apiVersion: v1
    kind: ConfigMap
    keyFrom: { name: a, namespace: default }
    enqueueGate:
      sentinels: [labelsChanged, uidChanged]
      when: [{ field: data.a, greaterThan: "1" }, { field: "{{ annotationsChanged }}", equals: "false" }]`);
  const put = (data: string, labels: Record<string, string>, annotations: Record<string, string> = {}) =>
    looked(operator, () => putMap(operator, "m", { labels, annotations }, data));
  assert.equal(await put("1", {}), "");
  assert.equal(await put("2", {}), "", "no label changed");
  assert.equal(await put("2", { x: "1" }), "a");
  assert.equal(await put("2", { x: "2" }, { y: "1" }), "", "an annotation changed");
  assert.equal(await put("1", { x: "3" }, { y: "1" }), "");
});

Deno.test("Events of others make the CR be looked at that they are about, or whose child is", async () => {
  await using operator = await watching(`watchEvents:
  crashed:
    reason: BackOff
    type: Warning
    regarding: { kind: ConfigMap }
    enqueueGate: { when: [{ field: events.crashed.regarding.name, notEquals: b-c }] }
  told: { reason: Told, reportingController: example.org/teller, keyFrom: { label: concerns } }
  mine: { reason: Reconciled }`);
  let count = 0;
  const write = (reason: string, regarding: { kind: string; name: string }, more: Record<string, unknown> = {}) => {
    const { labels, ...rest } = more;
    const apiVersion = regarding.kind === "Demo" ? "demo.dev/v1" : "v1";
    return looked(operator, () =>
      operator.request("POST", "/apis/events.k8s.io/v1/namespaces/default/events", {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: `e${count++}`, namespace: "default", ...labels === undefined ? {} : { labels } },
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingController: "example.org/kubelet",
        reportingInstance: "x",
        action: "Test",
        reason,
        type: "Warning",
        regarding: { apiVersion, namespace: "default", ...regarding },
        ...rest,
      }));
  };
  assert.equal(await write("BackOff", { kind: "ConfigMap", name: "a-c" }), "a");
  assert.equal(await write("BackOff", { kind: "ConfigMap", name: "b-c" }), "", "the gate");
  assert.equal(await write("BackOff", { kind: "ConfigMap", name: "x" }), "a b", "nobody's");
  assert.equal(await write("BackOff", { kind: "Secret", name: "a-c" }), "");
  assert.equal(await write("BackOff", { kind: "ConfigMap", name: "a-c" }, { type: "Normal" }), "");
  const told = { reportingController: "example.org/teller", labels: { concerns: "b" } };
  assert.equal(await write("Told", { kind: "Secret", name: "x" }, told), "b");
  assert.equal(await write("Told", { kind: "Secret", name: "x" }, { labels: { concerns: "b" } }), "");
  assert.equal(await write("Reconciled", { kind: "Demo", name: "b" }), "b");
  // The operator's own Event of the same reason.
  const before = operator.messages.length;
  await operator.request("DELETE", `${maps}/a-c`);
  await operator.until(`${maps}/a-c`, () => true);
  await waitFor("its Event", async () => {
    const { items } = await operator.request("GET", "/apis/events.k8s.io/v1/events") as unknown as {
      items: { reason: string; reportingController: string }[];
    };
    return items.find((event) => event.reason === "Reconciled" && event.reportingController !== "example.org/kubelet");
  });
  await settled(operator);
  const keys = operator.messages.slice(before).flatMap((message) => message.type === "pass" ? [message.key] : []);
  assert.deepEqual([...new Set(keys)], ["default/a"]);
});
