import assert from "node:assert/strict";
import { clientOf } from "../../tests/support/api_double.ts";
import { realClock } from "../../tests/support/clock.ts";
import { systemFiles } from "../files/mod.ts";
import { readSettings } from "../runtime/mod.ts";
import { run, type RunOptions, type RunPorts } from "./run.ts";

const katalog = new URL("../../katalogs/hello-website/katalog.yaml", import.meta.url).pathname;
const crFile = new URL("../../katalogs/hello-website/cr.yaml", import.meta.url).pathname;

const defaults = readSettings(() => undefined, () => undefined);

/** Runs with ports that write down what happens, in order. */
async function played(options: Partial<RunOptions>, ports: Partial<RunPorts> = {}) {
  const events: string[] = [];
  let err = "";
  const cluster = { server: "http://double", auth: { kind: "none" as const }, source: "test" };
  const code = await run(
    { files: [katalog], sandbox: false, apply: [], settings: defaults, ...options },
    { out: () => {}, err: (text) => err += `${text}\n`, colour: false },
    {
      clock: realClock,
      files: systemFiles(),
      until: () => Promise.resolve("SIGTERM"),
      findCluster: () => Promise.resolve(cluster),
      openSandbox: () => {
        events.push("sandbox opened");
        return Promise.resolve({
          cluster,
          kubeconfigPath: "/tmp/kubeconfig",
          stop: () => Promise.resolve(void events.push("sandbox stopped")),
        });
      },
      connect: () =>
        clientOf(({ verb, path, body }) => {
          if (verb === "PATCH") events.push(`applied ${JSON.parse(body).kind}`);
          if (path === "/apis/web.example.com/v1") {
            const resource = { name: "websites", kind: "Website", namespaced: true };
            return Response.json({ kind: "APIResourceList", resources: [resource] });
          }
          const status = { conditions: [{ type: "Established", status: "True" }] };
          return Response.json({ ...JSON.parse(body || "{}"), metadata: { name: "a", resourceVersion: "1" }, status });
        }).api,
      operate: ({ plan }) => {
        events.push(`operating ${plan.boxes.map((box) => box.name)}`);
        return Promise.resolve(0);
      },
      ...ports,
    },
  );
  return { code, events, err };
}

Deno.test("run() on a sandbox applies what the Katalog names, CRDs first, and closes the sandbox at the end", async () => {
  const { code, events, err } = await played({ sandbox: true });
  assert.equal(code, 0);
  assert.deepEqual(events, [
    "sandbox opened",
    "applied CustomResourceDefinition",
    "applied Website",
    "operating website",
    "sandbox stopped",
  ]);
  assert.match(err, /export KUBECONFIG=\/tmp\/kubeconfig/);
});

Deno.test("run() on a cluster writes only what --apply names", async () => {
  assert.deepEqual((await played({})).events, ["operating website"]);
  assert.deepEqual((await played({ apply: [crFile] })).events, ["applied Website", "operating website"]);
});

Deno.test("run() starts nothing when the Katalog, a manifest or the cluster is not to be had", async () => {
  assert.deepEqual(await played({ files: ["/nowhere.yaml"] }).then(({ code, events }) => [code, events]), [1, []]);
  assert.deepEqual(await played({ apply: ["/nowhere.yaml"] }).then(({ code, events }) => [code, events]), [1, []]);
  const without = await played({}, { findCluster: () => Promise.resolve(undefined) });
  assert.deepEqual([without.code, without.events], [1, []]);
});

Deno.test("run() prints why the API server refuses a manifest, and closes the sandbox", async () => {
  const { code, events, err } = await played({ sandbox: true }, {
    connect: () =>
      clientOf(() =>
        Response.json({ kind: "Status", status: "Failure", reason: "Invalid", message: "it is invalid", code: 422 }, {
          status: 422,
        })
      ).api,
  });
  assert.equal(code, 1);
  assert.deepEqual(events, ["sandbox opened", "sandbox stopped"]);
  assert.match(err, /it is invalid/);
});
