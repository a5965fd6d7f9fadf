import assert from "node:assert/strict";
import { clientOf } from "../../tests/support/api_double.ts";
import { realClock } from "../../tests/support/clock.ts";
import { systemFiles } from "../files/mod.ts";
import { type LoadedKatalog, readSettings } from "../runtime/mod.ts";
import { loadPlan } from "./load_plan.ts";
import { run, type RunOptions, type RunPorts } from "./run.ts";

const katalog = new URL("../../katalogs/hello-website/katalog.yaml", import.meta.url).pathname;
const crFile = new URL("../../katalogs/hello-website/cr.yaml", import.meta.url).pathname;

/** With a Gateway that converts. */
const withGateway = new URL("../../katalogs/three-versions/katalog.yaml", import.meta.url).pathname;
const resources: Record<string, object> = {
  "/apis/web.example.com/v1": { name: "websites", kind: "Website" },
  "/apis/art.example.com/v1": { name: "galleries", kind: "Gallery" },
};

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
          const served = Object.hasOwn(resources, path) ? resources[path] : undefined;
          if (served !== undefined) {
            return Response.json({ kind: "APIResourceList", resources: [{ ...served, namespaced: true }] });
          }
          const status = { conditions: [{ type: "Established", status: "True" }] };
          return Response.json({ ...JSON.parse(body || "{}"), metadata: { name: "a", resourceVersion: "1" }, status });
        }).api,
      openGateway: () => {
        events.push("gateway opened");
        return Promise.resolve({ port: 8443, stop: () => Promise.resolve(void events.push("gateway stopped")) });
      },
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

Deno.test("run() on a sandbox starts the Gateway between CRDs and CRs, and not where nothing is for it", async () => {
  const { code, events } = await played({ sandbox: true, files: [withGateway] });
  assert.equal(code, 0);
  assert.deepEqual(events, [
    "sandbox opened",
    "applied CustomResourceDefinition",
    "gateway opened",
    "applied Gallery",
    "operating gallery",
    "gateway stopped",
    "sandbox stopped",
  ]);
  assert.deepEqual((await played({ files: [withGateway] })).events, ["operating gallery"], "a cluster has its own");
});

Deno.test("run() on a sandbox replaces the Gateway with the Katalog, and empties it where the next has none", async () => {
  const { plan: without } = await loadPlan([katalog], systemFiles());
  const { plan: before } = await loadPlan([withGateway], systemFiles());
  const served: string[] = [];
  const documents = { documents: new Map() } as never as Pick<LoadedKatalog, "documents">;
  await played({ sandbox: true, files: [withGateway] }, {
    openGateway: ({ conversions }) => {
      served.push(`${conversions.length} conversions`);
      return Promise.resolve({ port: 1, stop: () => Promise.resolve(void served.push("stopped")) });
    },
    operate: async (_loaded, _cluster, _until, _settings, _source, replaced) => {
      await replaced!({ plan: before!, ...documents });
      await replaced!({ plan: without!, ...documents });
      return 0;
    },
  });
  assert.deepEqual(served, [
    "1 conversions",
    "stopped",
    "1 conversions",
    "stopped",
    "0 conversions",
    "stopped",
  ]);
});

Deno.test("run() on a sandbox applies a CRD again when its file has changed, and no CR", async () => {
  const files = systemFiles();
  let hasChanged = false;
  const { events, code } = await played({ sandbox: true }, {
    files: {
      ...files,
      read: (path) => {
        const found = files.read(path);
        if (!hasChanged || !path.endsWith("crd.yaml") || typeof found === "string" || !("bytes" in found)) return found;
        const text = new TextDecoder().decode(found.bytes).replace("maximum: 20", "maximum: 21");
        return { bytes: new TextEncoder().encode(text) };
      },
    },
    operate: async (_loaded, _cluster, _until, _settings, source) => {
      await source!.load();
      hasChanged = true;
      await source!.load();
      await source!.load();
      return 0;
    },
  });
  assert.equal(code, 0);
  assert.deepEqual(events.filter((event) => event.startsWith("applied")), [
    "applied CustomResourceDefinition",
    "applied Website",
    "applied CustomResourceDefinition",
  ]);
});

Deno.test("run() says why a Gateway does not start, and ends", async () => {
  const { code, events, err } = await played({ sandbox: true, files: [withGateway] }, {
    openGateway: () => Promise.resolve({ problem: "the port is taken" }),
  });
  assert.equal(code, 1);
  assert.match(err, /^Cannot start the Gateway: the port is taken$/m);
  assert.deepEqual(events, ["sandbox opened", "applied CustomResourceDefinition", "sandbox stopped"]);
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
