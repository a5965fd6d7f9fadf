/** A kind with three versions on a real API server: the Gateway converts between them, and nothing is lost. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { projectRoot } from "../architecture/paths.ts";
import { startGatewayBinary } from "../support/gateway_binary.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";

const example = `${projectRoot}/katalogs/three-versions`;
/** Each test has a group of its own: the definition is cluster-scoped. */
const group = (namespace: string) => `${namespace}.example.com`;

clusterTest("an object is read and written in every version of its CRD, and nothing is lost", async (test) => {
  const { plane, namespace } = test;
  const folder = await Deno.makeTempDir({ prefix: "ork-conversion-" });
  const send = async (method: string, path: string, body?: unknown, type = "application/json"): Promise<JsonMap> => {
    const response = await plane.adminFetch(path, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
  const own = (text: string) => text.replaceAll("art.example.com", group(namespace));
  for (const file of ["katalog.yaml", "crd.yaml", "cr.yaml"]) {
    await Deno.writeTextFile(`${folder}/${file}`, own(await Deno.readTextFile(`${example}/${file}`)));
  }
  const definition = parse(await Deno.readTextFile(`${folder}/crd.yaml`));
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const galleries = (version: string) => `/apis/${group(namespace)}/${version}/namespaces/${namespace}/galleries`;
  try {
    await send("POST", definitions, definition);
    await using gateway = await startGatewayBinary({
      katalog: `${folder}/katalog.yaml`,
      kubeconfig: plane.kubeconfigPath,
      namespace,
    });
    await gateway.ready();
    await waitFor("the CRD names its converter", async () => {
      const { spec } = await send("GET", `${definitions}/galleries.${group(namespace)}`);
      const { strategy, webhook } = (spec as JsonMap)["conversion"] as JsonMap;
      return strategy === "Webhook" && (webhook as JsonMap)["conversionReviewVersions"]?.toString() === "v1";
    });

    const old = {
      apiVersion: `${group(namespace)}/v1alpha1`,
      kind: "Gallery",
      metadata: { name: "old", namespace },
      spec: { image: "example.com/gallery:2.0", size: 3, hosts: "a.example.com,b.example.com", motto: "ars longa" },
    };
    await waitFor("the old version is served", async () => {
      await send("POST", galleries("v1alpha1"), old);
      return true;
    });
    const stored = await send("GET", `${galleries("v1")}/old`);
    assert.deepEqual(stored["spec"], {
      image: { repository: "example.com/gallery", tag: "2.0" },
      replicas: 3,
      hosts: ["a.example.com", "b.example.com"],
    });
    const back = await send("GET", `${galleries("v1alpha1")}/old`);
    assert.deepEqual(back["spec"], old.spec);
    const beta = await send("GET", `${galleries("v1beta1")}/old`);
    const edited = await send(
      "PATCH",
      `${galleries("v1")}/old`,
      { spec: { replicas: 5 } },
      "application/merge-patch+json",
    );
    assert.equal((edited["spec"] as JsonMap)["replicas"], 5);
    // The edit wins, and what is carried is still there.
    assert.deepEqual((await send("GET", `${galleries("v1alpha1")}/old`))["spec"], { ...old.spec, size: 5 });
    await send("PUT", `${galleries("v1beta1")}/old`, {
      ...beta,
      metadata: { ...beta["metadata"] as JsonMap, resourceVersion: (edited["metadata"] as JsonMap)["resourceVersion"] },
    });
    assert.deepEqual((await send("GET", `${galleries("v1alpha1")}/old`))["spec"], old.spec);

    const many = 100;
    for (let n = 0; n < many; n++) {
      await send("POST", galleries("v1"), {
        ...parse(await Deno.readTextFile(`${folder}/cr.yaml`)),
        metadata: { name: `g${n}`, namespace },
      });
    }
    const list = await send("GET", galleries("v1alpha1"));
    assert.equal((list["items"] as JsonMap[]).length, many + 1);
    assert.deepEqual((list["items"] as JsonMap[]).map(({ apiVersion }) => apiVersion), [
      ...Array.from({ length: many + 1 }, () => `${group(namespace)}/v1alpha1`),
    ]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    assert.match(metrics, /controller_conversion_total\{result="success"\} \d{3}/);
    assert.doesNotMatch(metrics, /controller_conversion_total\{result="failure"\}/);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await (await plane.adminFetch(`${definitions}/galleries.${group(namespace)}`, { method: "DELETE" })).body?.cancel();
  }
});
