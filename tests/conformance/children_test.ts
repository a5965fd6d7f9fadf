import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { apiVersionOf, splitApiVersion } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { stringifyJson } from "../../src/base/json.ts";
import { readGoldens } from "../golden/resources/golden.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { makePodAccount } from "../support/pod_account.ts";
import { type Exchange, type Fetch, play } from "./exchange.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

/** A server-side apply of one object, then the same once more and a changed label, none of it kept. */
function applied(object: KubeObject, fetch: Fetch, namespace: string): Promise<Exchange[]> {
  const { group } = splitApiVersion(object.apiVersion);
  const type = builtInType(object.kind, group)!;
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${apiVersionOf(type)}`;
  const place = type.namespaced ? "/namespaces/{ns}" : "";
  const path = `${root}${place}/${type.plural}/${object.metadata.name}?fieldManager=orkestra&force=true&dryRun=All`;
  const metadata = { ...object.metadata, ...type.namespaced ? { namespace: "{ns}" } : {} };
  const body = stringifyJson({ ...object, metadata });
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
    await makePodAccount({ plane, namespace }, object);
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
    assert.deepEqual(ours.map(withoutAdvice), real.map(withoutAdvice).map(withoutToken));
  });
}

/** Of values that are accepted, such as a deprecated policy or no certificate, the sandbox says nothing. */
function withoutAdvice({ warning: _, ...exchange }: Exchange): Exchange {
  return exchange;
}

/** A Pod without the volume of its ServiceAccount's token, which a kube-apiserver adds as it admits one. */
function withoutToken(exchange: Exchange): Exchange {
  const { kind, spec } = exchange.body as KubeObject;
  if (kind !== "Pod") return exchange;
  const isOther = ({ name }: { name: string }) => !name.startsWith("kube-api-access-");
  const rest = (list: { name: string }[] | undefined) => list?.filter(isOther);
  const { volumes, containers, ...others } = spec;
  const filled = (key: string, list: unknown[] | undefined) =>
    list === undefined || list.length === 0 ? {} : { [key]: list };
  const mounted = containers.map(({ volumeMounts, ...container }: { volumeMounts?: { name: string }[] }) => ({
    ...container,
    ...filled("volumeMounts", rest(volumeMounts)),
  }));
  const body = {
    ...exchange.body as KubeObject,
    spec: { ...others, containers: mounted, ...filled("volumes", rest(volumes)) },
  };
  return { ...exchange, body } as Exchange;
}
