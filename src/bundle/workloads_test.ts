import assert from "node:assert/strict";
import { valueAt } from "../k8s/object.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { planOf } from "../../tests/support/plans.ts";
import { gatewayWorkload, runtimeWorkload, type Workloads } from "./workloads.ts";

const box = (name: string, kind: string) =>
  `${name}:\n  apiTypes: {group: a.example.org, version: v1, kind: ${kind}, plural: ${kind.toLowerCase()}s}\n  operatorBox: {}\n`;
const plan = planOf(box("one", "One") + box("two", "Two"), "gateway: {}\nsecurity: {serviceName: {gateway: gate}}\n");

const workloads: Workloads = { images: { runtime: "r:1", gateway: "g:1" }, apiServers: [] };
const objectsOf = (kind: string, apiServers: Workloads["apiServers"] = []): JsonMap[] =>
  [{ ...workloads, apiServers }].flatMap((
    given,
  ) => [...runtimeWorkload(plan, "team", given, "box", "d"), ...gatewayWorkload(plan, "team", given, "d")])
    .map(({ object }) => object).filter((object) => object["kind"] === kind);
const at = (object: JsonMap, path: string): Json | undefined => valueAt(object, path.split("."));

Deno.test("workloads run as nobody, without capabilities, on a file system that nothing can be written to", () => {
  const deployments = objectsOf("Deployment");
  assert.deepEqual(deployments.map((each) => at(each, "spec.template.spec.containers.0.image")), ["r:1", "g:1"]);
  for (const deployment of deployments) {
    const pod = at(deployment, "spec.template.spec") as JsonMap;
    assert.deepEqual(pod["securityContext"], {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(at(pod, "containers.0.securityContext"), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual((pod["volumes"] as JsonMap[]).map(({ name }) => name), ["katalog"]);
    const selector = at(deployment, "spec.selector.matchLabels") as JsonMap;
    const labels = at(deployment, "spec.template.metadata.labels") as JsonMap;
    for (const [key, value] of Object.entries(selector)) assert.equal(labels[key], value);
  }
});

Deno.test("workloads get the memory of their operators, and no limit of processor time", () => {
  const [runtime] = objectsOf("Deployment");
  assert.deepEqual(at(runtime!, "spec.template.spec.containers.0.resources"), {
    requests: { cpu: "100m", memory: "176Mi" },
    limits: { memory: "768Mi" },
  });
  assert.deepEqual(at(runtime!, "spec.template.spec.containers.0.env"), [{ name: "LEASE_SCOPE", value: "box" }]);
});

Deno.test("workloads are reached by a Service under the name that the Katalog gives, and by nobody else's Pods", () => {
  assert.deepEqual(objectsOf("Service").map((each) => at(each, "metadata.name")), ["orkestra-runtime", "gate"]);
  const [runtime, gateway] = objectsOf("NetworkPolicy");
  const own = { from: [{ podSelector: {} }], ports: [{ port: 8080, protocol: "TCP" }] };
  assert.deepEqual(at(runtime!, "spec.ingress"), [own]);
  assert.deepEqual(at(gateway!, "spec.ingress"), [{ ports: [{ port: 8443, protocol: "TCP" }] }, own]);
});

Deno.test("workloads may connect to the API servers that are named, and to nothing else", () => {
  assert.deepEqual(objectsOf("NetworkPolicy").map((each) => at(each, "spec.policyTypes")), [["Ingress"], ["Ingress"]]);
  const apiServers = [{ address: "192.0.2.1", port: 6443 }, { address: "2001:db8::1", port: 443 }];
  for (const policy of objectsOf("NetworkPolicy", apiServers)) {
    assert.deepEqual(at(policy, "spec.policyTypes"), ["Ingress", "Egress"]);
    assert.deepEqual(at(policy, "spec.egress"), [
      { to: [{ ipBlock: { cidr: "192.0.2.1/32" } }], ports: [{ port: 6443, protocol: "TCP" }] },
      { to: [{ ipBlock: { cidr: "2001:db8::1/128" } }], ports: [{ port: 443, protocol: "TCP" }] },
    ]);
  }
});
