/** Rules `unique` of a Gateway that asks a Runtime: both with their own HTTP, on a sandbox. */
import assert from "node:assert/strict";
import { callWebhook } from "../../src/entry/call_webhook.ts";
import { httpApi, ProcessState } from "../../src/runtime/mod.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { serveHttp } from "../../src/serve/mod.ts";
import { conditionOf, demoOf, demos, start } from "../box/operator.ts";
import { realClock } from "../support/clock.ts";
import { gatewayFromSource, startGatewayBinary } from "../support/gateway_binary.ts";
import { openDefinition } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";

const rules = "validation: {rules: [{field: spec.host, operator: unique}]}";
const katalog = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: test}
gateway: {}
security: {webhooks: {admission: {enabled: true}, failurePolicy: Fail}}
spec:
  crds:
    demo:
      apiTypes: {group: demo.dev, version: v1, kind: Demo, plural: demos}
      ${rules}
      operatorBox: {}
`;

Deno.test("the Gateway refuses what the Runtime knows to be taken, and leaves it to the Runtime when that is away", async () => {
  const sandbox = createSandbox({ clock: realClock, webhooks: { call: callWebhook } });
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-unique-" });
  try {
    // deno-lint-ignore no-explicit-any -- the JSON of responses
    const send = async (method: string, path: string, body?: unknown): Promise<any> => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const response = await fetch(`${served.url}${path}`, {
        method,
        headers: { "content-type": type },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, warning: response.headers.get("warning") ?? "", body: await response.json() };
    };
    const definition = openDefinition({ group: "demo.dev", kind: "Demo" });
    await send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    await using operator = await start({ sandbox }, [{ key: "demo", more: rules, box: "status: {fields: []}" }]);
    const state = new ProcessState();
    state.serve(operator.served);
    const http = serveHttp(
      httpApi({
        state,
        clock: realClock,
        log: () => {},
        build: { version: "0", deno: "0" },
        usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
      }),
      { host: "127.0.0.1", port: 0, clock: realClock },
    );
    await Deno.writeTextFile(`${folder}/katalog.yaml`, katalog);
    await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
    await using gateway = await startGatewayBinary({
      katalog: `${folder}/katalog.yaml`,
      kubeconfig: `${folder}/kubeconfig`,
      namespace: "default",
      program: gatewayFromSource,
      args: ["--runtime-url", `http://127.0.0.1:${http.port}`],
    });
    await gateway.ready();

    const first = await send("POST", demos, demoOf("first", { host: "x y&z=1" }));
    assert.deepEqual([first.status, first.warning], [201, ""], JSON.stringify(first.body));
    await waitFor("the Runtime has seen it", async () => {
      const { body } = await send("GET", `${demos}/first`);
      return conditionOf(body, "Ready")?.status === "True";
    });
    const taken = await send("POST", demos, demoOf("second", { host: "x y&z=1" }));
    assert.equal(taken.status, 400, JSON.stringify(taken.body));
    assert.match(taken.body.message, /: Demo default\/second: spec\.host: must be unique \(default\/first has it\)$/);
    const same = await send("PATCH", `${demos}/first`, { metadata: { labels: { a: "b" } } });
    assert.deepEqual([same.status, same.warning], [200, ""], "the holder can be changed");

    await http.stop(0);
    const unchecked = await send("POST", demos, demoOf("second", { host: "x y&z=1" }));
    assert.equal(unchecked.status, 201, JSON.stringify(unchecked.body));
    assert.match(
      unchecked.warning,
      /spec\.host: it is not checked here whether it is unique: the Runtime cannot be asked/,
    );
    await waitFor("the Runtime refuses one of the two", async () => {
      const all = await Promise.all(["first", "second"].map((name) => send("GET", `${demos}/${name}`)));
      const reasons = all.map(({ body }) => conditionOf(body, "Ready")?.reason);
      return reasons.filter((reason) => reason === "ValidationFailed").length === 1;
    });
    assert.deepEqual(sandbox.faults, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await served.stop();
    await sandbox.stop();
  }
});
