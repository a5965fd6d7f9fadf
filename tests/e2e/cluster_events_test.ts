import assert from "node:assert/strict";
import { createEventRecorder } from "../../src/cluster/events.ts";
import type { Json } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { clientFor } from "../support/client.ts";
import { FakeClock, realClock } from "../support/clock.ts";
import { configMap, inNamespace } from "../support/objects.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { runToEnd } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const configMaps = builtInType("ConfigMap")!;
const events = builtInType("Event", "events.k8s.io")!;
const longText = "ü".repeat(5_000);

clusterTest("events: the server takes them, kubectl shows them, repeats are one", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  // Time stands still for the recorder, so that the test says when a series is written.
  const clock = new FakeClock(Date.now());
  const refused: unknown[] = [];
  const recorder = createEventRecorder(api, {
    component: "orkestra.orkspace.io/runtime",
    instance: "host-1",
    clock,
    random: Math.random,
    onDropped: (_event, why) => refused.push(why),
  });
  const regarding = await api.create(configMaps, configMap("a", inNamespace(namespace)));
  recorder.record({ regarding, type: "Normal", reason: "Reconciled", message: "Created a thing" });
  for (let i = 0; i < 5; i++) recorder.record({ regarding, type: "Warning", reason: "ApplyFailed", message: longText });

  const found = async (): Promise<KubeObject[]> => {
    const items: KubeObject[] = [];
    await api.list(events, { namespace, fieldSelector: "regarding.name=a" }, (page) => items.push(...page));
    return items;
  };
  await waitFor("both are there", async () => (await found()).length === 2, { explain: () => refused });
  await clock.advance(10_000);
  const series = await waitFor("the series is there", async (): Promise<Json | undefined> => {
    return (await found()).find(({ type }) => type === "Warning")?.["series"];
  }, { explain: () => refused }) as { count: number };
  assert.equal(series.count, 5);
  assert.deepEqual(refused, []);

  const described = await runToEnd([
    plane.kubectlPath,
    `--kubeconfig=${plane.kubeconfigPath}`,
    `--namespace=${namespace}`,
    "describe",
    "configmap/a",
  ]);
  assert.match(described.stdout, /Normal +Reconciled .*orkestra\.orkspace\.io\/runtime +Created a thing/);
  assert.match(described.stdout, /Warning +ApplyFailed .*x5 over/);
  await recorder.stop();
});

clusterTest("events: of cluster-scoped objects and odd names too", async ({ plane, namespace }) => {
  using api = await clientFor(plane);
  const refused: unknown[] = [];
  const recorder = createEventRecorder(api, {
    component: "orkestra.orkspace.io/runtime",
    instance: "host-1",
    clock: realClock,
    random: Math.random,
    onDropped: (_event, why) => refused.push(why),
  });
  for (const name of [`system:${namespace}`, `${namespace}-${"n".repeat(230)}`]) {
    const regarding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name } };
    recorder.record({ regarding, type: "Normal", reason: "Reconciled", message: "" });
    const query = { namespace: "default", fieldSelector: `regarding.name=${name}` };
    await waitFor(`the Event of ${name} is there`, async () => {
      let count = 0;
      await api.list(events, query, (page) => count += page.length);
      return count === 1;
    }, { explain: () => refused });
  }
  await recorder.stop();
});
