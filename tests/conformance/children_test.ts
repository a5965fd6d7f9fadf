import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { apiVersionOf, splitApiVersion } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { stringifyJson } from "../../src/base/json.ts";
import { readGoldens } from "../golden/resources/golden.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { type Exchange, type Fetch, play } from "./exchange.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

/** A server-side apply of one object, then the same once more and a changed label, none of it kept. */
function applied(object: KubeObject, fetch: Fetch, namespace: string): Promise<Exchange[]> {
  const { group } = splitApiVersion(object.apiVersion);
  const type = builtInType(object.kind, group)!;
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${apiVersionOf(type)}`;
  const path =
    `${root}/namespaces/{ns}/${type.plural}/${object.metadata.name}?fieldManager=orkestra&force=true&dryRun=All`;
  const body = stringifyJson({ ...object, metadata: { ...object.metadata, namespace: "{ns}" } });
  return play(
    { name: "", steps: [{ method: "PATCH", path, body, type: "application/apply-patch+yaml" }] },
    fetch,
    namespace,
  );
}

// Everything that the shorthands make is stored by both servers in one and the same way.
for (const golden of readGoldens()) {
  const { becomes: object, file } = golden;
  if (object === undefined || builtInType(object.kind, splitApiVersion(object.apiVersion).group) === undefined) {
    continue;
  }
  clusterTest(`sandbox and kube-apiserver store one child: ${file}`, async ({ plane, namespace }) => {
    const real = await applied(object, (path, init) => plane.adminFetch(path, init), namespace);
    await using sandbox = freshSandbox({ simulateWorkloads: false });
    const fetch = sandboxFetch(sandbox);
    const headers = { "content-type": "application/json" };
    await fetch("/api/v1/namespaces", {
      method: "POST",
      headers,
      body: JSON.stringify({ metadata: { name: namespace } }),
    });
    const ours = await applied(object, fetch, namespace);
    assert.equal(real[0]!.status, 201);
    assert.deepEqual(ours, real);
  });
}
