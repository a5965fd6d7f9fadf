/** What the README of `katalogs/guard-rails` has its reader try, on the sandbox with the Gateway; needs no cluster. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { projectRoot } from "../architecture/paths.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const example = `${projectRoot}/katalogs/guard-rails`;
const root = "/apis/shop.example.com/v1/namespaces";
const storefronts = `${root}/default/storefronts`;
const garden = `${storefronts}/garden`;
const protectedLabel = "orkestra.io/deletion-protection";

Deno.test("katalogs/guard-rails refuses, completes, warns and protects as its README says", async () => {
  const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
  await using run = runBinary([Deno.execPath(), ...source, "run", "--sandbox"], { cwd: example });
  await run.waitForOutput("against", 60_000);
  const kubeconfig = /export KUBECONFIG=(\S+)/.exec(run.stderr)![1]!;
  const { server } = parse(await Deno.readTextFile(kubeconfig)).clusters[0].cluster;
  const send = async (method: string, path: string, body?: JsonMap) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": type } };
    const response = await fetch(`${server}${path}`, { method, ...init });
    return { status: response.status, body: await response.json(), warning: response.headers.get("warning") ?? "" };
  };
  const cr = parse(await Deno.readTextFile(`${example}/cr.yaml`));
  const other = (namespace: string, spec: JsonMap) => ({
    ...cr,
    metadata: { name: "other", namespace },
    spec: { ...cr.spec, ...spec },
  });

  const stored = await send("GET", garden);
  assert.deepEqual(stored.body.spec, { ...cr.spec, replicas: 3, logLevel: "info" });

  const bad = { image: "docker.io/shop:latest", replicas: 20 };
  const refused = await send("PATCH", garden, { spec: bad });
  assert.equal(refused.status, 400, JSON.stringify(refused.body));
  assert.deepEqual(refused.body.details.causes.map(({ field, message }: JsonMap) => `${field}: ${message}`), [
    "spec.image: images come from registry.example.com",
    "spec.image: name the version of the image; latest changes without notice",
    "spec.replicas: 1 to 10 replicas; ask the platform team for more",
  ]);
  const single = (await send("PATCH", garden, { spec: { replicas: 1 } })).body.message;
  assert.match(single, /a critical storefront has two replicas at least$/);
  assert.match((await send("PATCH", garden, { spec: { port: 80 } })).body.message, /need root; 80 is one$/);

  const warned = await send("PATCH", garden, { spec: { owner: null } });
  assert.equal(warned.status, 200, JSON.stringify(warned.body));
  assert.match(warned.warning, /nobody is named in spec\.owner/);
  await waitFor("the warning is in a condition", async () => {
    const { conditions = [] } = (await send("GET", garden)).body.status ?? {};
    return conditions.some(({ type, status }: JsonMap) => type === "ValidationWarning" && status === "True");
  });

  const taken = await send("POST", storefronts, other("default", {}));
  assert.equal(taken.status, 400, JSON.stringify(taken.body));
  assert.match(taken.body.message, /garden\.example\.com is another storefront's host \(default\/garden has it\)$/);
  const free = { host: "other.example.com" };
  const elsewhere = await send("POST", `${root}/kube-public/storefronts`, other("kube-public", free));
  assert.equal(elsewhere.status, 403, JSON.stringify(elsewhere.body));
  await send("POST", "/api/v1/namespaces", { metadata: { name: "shop-b" } });
  assert.equal((await send("POST", `${root}/shop-b/storefronts`, other("shop-b", free))).status, 201);

  await waitFor("the CR has its label", async () => {
    return (await send("GET", garden)).body.metadata.labels?.[protectedLabel] === "true";
  });
  assert.equal((await send("DELETE", garden)).status, 403);
  assert.equal((await send("PATCH", garden, { metadata: { labels: { [protectedLabel]: null } } })).status, 200);
  assert.equal((await send("DELETE", garden)).status, 200);
  await waitFor("the CR is gone", async () => (await send("GET", garden)).status === 404);
  assert.equal((await run.stop()).code, 0, run.stderr);
});
