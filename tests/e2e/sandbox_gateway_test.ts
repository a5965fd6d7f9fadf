/** `ork run --sandbox` with a Gateway, as a process from source: no cluster is needed. */
import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { projectRoot } from "../architecture/paths.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const group = "shop.example.org";
const shops = `/apis/${group}/v1/namespaces/default/shops`;
const shop = (name: string, spec: JsonMap): JsonMap => ({
  apiVersion: `${group}/v1`,
  kind: "Shop",
  metadata: { name },
  spec,
});

const katalog = (security: string, most = 3) =>
  `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: shops}
${security}
spec:
  crds:
    shop:
      apiTypes: {group: ${group}, version: v1, kind: Shop, plural: shops}
      crdFile: crd.yaml
      crFiles: [cr.yaml]
      mutation:
        rules: [{field: spec.tier, default: standard}]
      validation:
        rules:
          - {field: spec.size, max: ${most}, message: at most ${most}}
          - {field: spec.owner, exists: true, action: warn, message: please name an owner}
      operatorBox: {}
`;
const admission = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}, failurePolicy: Fail}}";

/** A Katalog in a folder of its own, with its CRD and one CR. */
async function inFolder(text: string, cr: JsonMap, work: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ork-sandbox-gateway-" });
  try {
    await Deno.writeTextFile(`${folder}/katalog.yaml`, text);
    await Deno.writeTextFile(`${folder}/crd.yaml`, stringify(openDefinition({ group, kind: "Shop" })));
    await Deno.writeTextFile(`${folder}/cr.yaml`, stringify(cr));
    const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
    await using run = runBinary([Deno.execPath(), ...source, "run", "--sandbox"], { cwd: folder });
    await work({ run, write: (text) => Deno.writeTextFile(`${folder}/katalog.yaml`, text) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Place {
  readonly run: RunningBinary;
  readonly write: (katalog: string) => Promise<void>;
}

/** The sandbox of a run, by its paths. */
async function serverOf(run: RunningBinary) {
  await run.waitForOutput("against", 30_000);
  const kubeconfig = /export KUBECONFIG=(\S+)/.exec(run.stderr)![1]!;
  const { server } = parse(await Deno.readTextFile(kubeconfig)).clusters[0].cluster;
  return async (method: string, path: string, body?: JsonMap) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": type } };
    const response = await fetch(`${server}${path}`, { method, ...init });
    return { status: response.status, body: await response.json(), warning: response.headers.get("warning") ?? "" };
  };
}

Deno.test("ork run --sandbox has CRs reviewed by the Gateway of the Katalog, and by that of the next one", async () => {
  await inFolder(katalog(admission), shop("first", { size: 1 }), async ({ run, write }) => {
    const send = await serverOf(run);
    assert.match(run.stderr, /^Gateway on 127\.0\.0\.1:\d+: admission$/m);
    assert.match(run.stderr, /^warning: orkestra: spec\.owner: please name an owner$/m);
    assert.deepEqual((await send("GET", `${shops}/first`)).body.spec, { size: 1, tier: "standard" });
    const refused = await send("POST", shops, shop("large", { size: 4 }));
    assert.equal(refused.status, 400, JSON.stringify(refused.body));
    assert.equal(
      refused.body.message,
      'admission webhook "validate.orkestra.orkspace.io" denied the request: Shop default/large: spec.size: at most 3',
    );
    assert.deepEqual(refused.body.details.causes, [
      { reason: "FieldValueInvalid", field: "spec.size", message: "at most 3" },
    ]);
    assert.equal((await send("PATCH", `${shops}/first`, { spec: { size: 9 } })).status, 400);

    await write(katalog(admission, 5));
    await waitFor("the next Katalog is served", async () => {
      const { status } = await send("POST", `${shops}?dryRun=All`, shop("large", { size: 4 }));
      return status === 201;
    }, { timeoutMs: 30_000 });
    assert.match((await send("POST", shops, shop("huge", { size: 6 }))).body.message, /at most 5$/);

    await write(katalog("", 5));
    await waitFor("the webhooks are gone", async () => {
      const { status } = await send("POST", `${shops}?dryRun=All`, shop("huge", { size: 8 }));
      return status === 201;
    }, { timeoutMs: 30_000 });
    assert.equal((await run.stop()).code, 0, run.stdout);
  });
});

Deno.test("ork run --sandbox has the Gateway refuse a value that another CR has", async () => {
  const rule = "          - {field: spec.host, operator: unique}\n      operatorBox: {}\n";
  const text = katalog(admission).replace("      operatorBox: {}\n", rule);
  await inFolder(text, shop("first", { size: 1, host: "x" }), async ({ run }) => {
    const send = await serverOf(run);
    const taken = await send("POST", shops, shop("second", { size: 1, host: "x" }));
    assert.equal(taken.status, 400, JSON.stringify(taken.body));
    assert.match(taken.body.message, /: Shop default\/second: spec\.host: must be unique \(default\/first has it\)$/);
    assert.equal((await send("POST", shops, shop("second", { size: 1, host: "y" }))).status, 201);
    assert.equal((await send("PATCH", `${shops}/second`, { spec: { host: "x" } })).status, 400);
    const kept = await send("PATCH", `${shops}/first`, { spec: { size: 2 } });
    assert.equal(kept.status, 200, JSON.stringify(kept.body));
    assert.doesNotMatch(kept.warning, /unique/);
    assert.equal((await send("DELETE", `${shops}/first`)).status, 200);
    assert.equal((await send("PATCH", `${shops}/second`, { spec: { host: "x" } })).status, 200);
    assert.equal((await run.stop()).code, 0, run.stdout);
  });
});

Deno.test("ork run --sandbox prints why a CR of the Katalog is refused, and ends with 1", async () => {
  await inFolder(katalog(admission), shop("large", { size: 4 }), async ({ run }) => {
    assert.equal((await run.ended).code, 1);
    assert.match(run.stderr, /^.*denied the request: Shop default\/large: spec\.size: at most 3$/m);
    assert.doesNotMatch(run.stderr, /^ {4}at /m);
  });
});

Deno.test("ork run --sandbox converts between the versions of a CRD through the Gateway", async () => {
  const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
  await using run = runBinary([Deno.execPath(), ...source, "run", "--sandbox"], {
    cwd: `${projectRoot}/katalogs/three-versions`,
  });
  const send = await serverOf(run);
  assert.match(run.stderr, /^Gateway on 127\.0\.0\.1:\d+: conversion$/m);
  const galleries = (version: string) => `/apis/art.example.com/${version}/namespaces/default/galleries`;
  const old = { image: "example.com/gallery:2.0", size: 3, hosts: "a.example.com,b.example.com", motto: "ars longa" };
  const body = { apiVersion: "art.example.com/v1alpha1", kind: "Gallery", metadata: { name: "old" }, spec: old };
  assert.equal((await send("POST", galleries("v1alpha1"), body)).status, 201);
  assert.deepEqual((await send("GET", `${galleries("v1")}/old`)).body.spec, {
    image: { repository: "example.com/gallery", tag: "2.0" },
    replicas: 3,
    hosts: ["a.example.com", "b.example.com"],
  });
  await send("PATCH", `${galleries("v1")}/old`, { spec: { replicas: 5 } });
  assert.deepEqual((await send("GET", `${galleries("v1alpha1")}/old`)).body.spec, { ...old, size: 5 });
  const { items } = (await send("GET", galleries("v1beta1"))).body;
  assert.deepEqual(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name), ["old", "paintings"]);
  assert.equal((await run.stop()).code, 0, run.stdout);
});
