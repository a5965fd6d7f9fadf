/** `ork run --sandbox` with HTTP calls, as a process from source with cells and a Gateway: no cluster is needed. */
import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { projectRoot } from "../architecture/paths.ts";
import { type HttpService, httpService, jsonOf } from "../support/http_service.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const group = "shop.example.org";
const shops = `/apis/${group}/v1/namespaces/default/shops`;

const katalog = (url: string) =>
  `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: shops}
gateway: {}
security: {webhooks: {admission: {enabled: true}, failurePolicy: Fail, timeoutSeconds: 10}}
spec:
  crds:
    shop:
      apiTypes: {group: ${group}, version: v1, kind: Shop, plural: shops}
      crdFile: crd.yaml
      validation:
        external:
          - name: permit
            url: "${url}/permits/{{ .spec.owner }}"
            fires: {reconcile: false}
            auth: {secretRef: {namespace: default, name: permits, key: token}, header: X-Api-Key}
        rules:
          - {field: external.permit.allowed, equals: "true", message: no permit, fires: {reconcile: false}}
      operatorBox:
        onReconcile:
          external:
            - {name: flags, url: "${url}/flags/{{ .metadata.name }}"}
          configMaps:
            - {name: "{{ .metadata.name }}", data: {color: "{{ .external.flags.color }}", status: "{{ .external.flags.status }}"}}
`;

function shopsService(): HttpService {
  return httpService(({ path, headers }) => {
    if (path.startsWith("/flags/")) return jsonOf({ color: "red" });
    if (headers.get("x-api-key") !== "hunter2") return new Response("", { status: 401 });
    return jsonOf({ allowed: path === "/permits/ann" });
  });
}

async function withRun(
  service: HttpService,
  args: readonly string[],
  work: (run: RunningBinary, send: Send) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ork-external-" });
  try {
    await Deno.writeTextFile(`${folder}/katalog.yaml`, katalog(service.url));
    await Deno.writeTextFile(`${folder}/crd.yaml`, stringify(openDefinition({ group, kind: "Shop" })));
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "permits", namespace: "default" } };
    await Deno.writeTextFile(`${folder}/secret.yaml`, stringify({ ...secret, stringData: { token: "hunter2" } }));
    const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
    await using run = runBinary(
      [Deno.execPath(), ...source, "run", "--sandbox", "--apply", "secret.yaml", ...args],
      { cwd: folder },
    );
    await run.waitForOutput("against", 60_000);
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(run.stderr)![1]!;
    const { server } = parse(await Deno.readTextFile(kubeconfig)).clusters[0].cluster;
    await work(run, async (method, path, body) => {
      const init = body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await fetch(`${server}${path}`, { method, ...init });
      return { status: response.status, body: await response.json(), warning: response.headers.get("warning") ?? "" };
    });
    const { code } = await run.stop();
    assert.equal(code, 0, run.stdout);
    assert.doesNotMatch(run.stdout + run.stderr, /hunter2/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

type Send = (
  method: string,
  path: string,
  body?: JsonMap,
) => Promise<{ status: number; body: JsonMap; warning: string }>;

const shop = (name: string, owner: string): JsonMap => ({
  apiVersion: `${group}/v1`,
  kind: "Shop",
  metadata: { name },
  spec: { owner },
});

async function flagsOf(send: Send, name: string): Promise<JsonMap> {
  const found = await waitFor(`the ConfigMap ${name}`, async () => {
    const { status, body } = await send("GET", `/api/v1/namespaces/default/configmaps/${name}`);
    return status === 200 && body;
  });
  return found["data"] as JsonMap;
}

Deno.test("cells have their parent make the calls of their Katalog, and the Gateway asks with the credential", async () => {
  await using service = shopsService();
  await withRun(service, ["--isolation", "cells"], async (_run, send) => {
    const refused = await send("POST", shops, shop("two", "bob"));
    assert.equal(refused.status, 400, JSON.stringify(refused.body));
    assert.match(String(refused.body["message"]), /external\.permit\.allowed: no permit/);
    assert.equal((await send("POST", shops, shop("one", "ann"))).status, 201);
    assert.deepEqual(await flagsOf(send, "one"), { color: "red", status: "200" });
    const paths = service.requests.map(({ path }) => path);
    assert.deepEqual(paths, ["/permits/bob", "/permits/ann", "/flags/one"]);
  });
});

Deno.test("ork run --skip-external makes no call", async () => {
  await using service = shopsService();
  await withRun(service, ["--skip-external"], async (_run, send) => {
    const refused = await send("POST", shops, shop("one", "ann"));
    assert.match(String(refused.body["message"]), /no permit/);
    assert.deepEqual(service.requests, []);
  });
});
