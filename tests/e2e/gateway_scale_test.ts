/** `/scale` and the Gateway: a change there is judged by the rules about the replicas (ruling 78). */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { callWebhook } from "../../src/entry/call_webhook.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import { gatewayFromSource, startGatewayBinary } from "../support/gateway_binary.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";
import { GatewayPlace } from "./gateway_place.ts";

const merge = "application/merge-patch+json";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Replicas beyond 7 are refused, and 6 becomes 7; the tier of a CR cannot be seen through its scale. */
const rules = `crdFile: crd.yaml
mutation:
  rules:
    - {field: spec.count, override: 7, when: [{field: spec.count, equals: "6"}]}
    - {field: spec.tier, default: standard}
validation:
  rules:
    - {field: spec.count, max: 7, message: at most 7, when: [{field: spec.count, exists: true}]}
    - {field: spec.count, max: 1, message: at most 1, when: [{field: spec.tier, equals: free}]}
    - {field: spec.owner, exists: true, message: please name an owner}
operatorBox: {}
`;
const admission = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}, failurePolicy: Fail}}\n";

function definition(group: string): JsonMap {
  const object = openDefinition({ group, kind: "Shop" }) as unknown as JsonMap;
  const [version] = (object["spec"] as JsonMap)["versions"] as JsonMap[];
  version!["subresources"] = {
    status: {},
    scale: { specReplicasPath: ".spec.count", statusReplicasPath: ".status.replicas" },
  };
  return object;
}

/** Requests to an API server. */
interface Client {
  /** Status code and body. */
  readonly send: (method: string, path: string, body?: JsonMap, type?: string) => Promise<[number, JsonMap]>;
  /** Path of the CRs. */
  readonly shops: string;
  readonly shop: (name: string, spec: JsonMap) => JsonMap;
}

/** What must come out on any API server. */
async function judged({ send, shops, shop }: Client): Promise<void> {
  const path = `${shops}/one`;
  assert.equal((await send("POST", shops, shop("one", { count: 2, owner: "ada" })))[0], 201);
  const specOf = async () => (await send("GET", path))[1]["spec"];

  for (const query of ["", "?dryRun=All"]) {
    const [status, body] = await send("PATCH", `${path}/scale${query}`, { spec: { replicas: 8 } }, merge);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(String(body["message"]), /Shop \S+\/one: spec\.count: at most 7$/);
    assert.deepEqual((body["details"] as JsonMap)["causes"], [
      { reason: "FieldValueInvalid", field: "spec.count", message: "at most 7" },
    ]);
  }
  const [, scale] = await send("GET", `${path}/scale`);
  const [refused, text] = await send("PUT", `${path}/scale`, { ...scale, spec: { replicas: 9 } });
  assert.equal(refused, 400, JSON.stringify(text));
  assert.deepEqual(await specOf(), { count: 2, owner: "ada", tier: "standard" });

  for (const [replicas, stored] of [[5, 5], [6, 7], [0, 0]] as const) {
    const [status, body] = await send("PATCH", `${path}/scale`, { spec: { replicas } }, merge);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(((body["spec"] ?? {}) as JsonMap)["replicas"] ?? 0, stored);
    assert.deepEqual(await specOf(), { count: stored, owner: "ada", tier: "standard" });
  }
  // A rule that reads more than the replicas is left to the Runtime.
  assert.equal((await send("PATCH", path, { spec: { tier: "free", count: 1 } }, merge))[0], 200);
  assert.equal((await send("PATCH", `${path}/scale`, { spec: { replicas: 3 } }, merge))[0], 200);
}

Deno.test("in the sandbox, a change through /scale is judged by the rules about the replicas", async () => {
  const sandbox = createSandbox({ clock: realClock, webhooks: { call: callWebhook } });
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-gateway-scale-" });
  const group = "shop.example.org";
  try {
    const send: Client["send"] = async (method, path, body, type = "application/json") => {
      const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": type } };
      const response = await fetch(`${served.url}${path}`, { method, ...init });
      return [response.status, await response.json()];
    };
    assert.equal((await send("POST", definitions, definition(group)))[0], 201);
    await Deno.writeTextFile(`${folder}/crd.yaml`, stringify(definition(group)));
    await Deno.writeTextFile(
      `${folder}/katalog.yaml`,
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${admission}` +
        `spec:\n  crds:\n    shop:\n${rules.replace(/^(?=.)/gm, "      ")}`,
    );
    await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
    await using gateway = await startGatewayBinary({
      katalog: `${folder}/katalog.yaml`,
      kubeconfig: `${folder}/kubeconfig`,
      namespace: "default",
      program: gatewayFromSource,
    });
    await gateway.ready();
    await judged({
      send,
      shops: `/apis/${group}/v1/namespaces/default/shops`,
      shop: (name, spec) => ({ apiVersion: `${group}/v1`, kind: "Shop", metadata: { name }, spec }),
    });
    assert.deepEqual(sandbox.faults, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await served.stop();
    await sandbox.stop();
  }
});

clusterTest("a change through /scale is judged by the rules about the replicas", async (test) => {
  await using place = await GatewayPlace.open(test, "operatorBox: {}\n", admission);
  const crd = definition(place.group);
  const name = `shops.${place.group}`;
  await place.ok("PATCH", `${definitions}/${name}`, { spec: crd["spec"]! }, merge);
  await Deno.writeTextFile(`${place.folder}/crd.yaml`, stringify(crd));
  await place.write(rules, admission);
  await using gateway = await place.gateway();
  await gateway.ready();
  const send: Client["send"] = async (method, path, body, type) => {
    const response = await place.send(method, path, body, type);
    return [response.status, await response.json()];
  };
  const probe = place.shop("probe", { count: 1, owner: "ada" });
  await waitFor("the scale is served", async () => {
    const [status] = await send("POST", place.shops, probe);
    return [201, 409].includes(status) && (await send("GET", `${place.shops}/probe/scale`))[0] === 200;
  });
  await judged({ send, shops: place.shops, shop: (name, spec) => place.shop(name, spec) });
});
