import assert from "node:assert/strict";
import { isMap, type Json } from "../../src/base/json.ts";
import { stringifyJson } from "../../src/base/json.ts";
import { fieldManager } from "../../src/k8s/names.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { coversDesired, ownedFields } from "../../src/reconcile/owned_fields.ts";
import { shorthands } from "../../src/resources/mod.ts";
import schedules from "../golden/resources/cron_schedules.json" with { type: "json" };
import { readGoldens } from "../golden/resources/golden.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { makePodAccount } from "../support/pod_account.ts";

/** Server-side apply of one object without storing it. */
async function dryRun(
  { plane, namespace }: ClusterTest,
  object: KubeObject,
): Promise<{ status: number; response: Json }> {
  const shorthand = [...shorthands.values()].find(({ type }) => type?.kind === object.kind)!;
  const { group, version, plural } = shorthand.type!;
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = shorthand.type!.namespaced ? `/namespaces/${namespace}` : "";
  const response = await plane.adminFetch(
    `${base}${place}/${plural}/${object.metadata.name}?fieldManager=${fieldManager}&force=true&dryRun=All`,
    { method: "PATCH", headers: { "content-type": "application/apply-patch+yaml" }, body: stringifyJson(object) },
  );
  return { status: response.status, response: await response.json() };
}

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  if (object.metadata.namespace === undefined && clusterScoped.has(object.kind)) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

const clusterScoped = new Set(
  [...shorthands.values()].flatMap(({ type }) => type === undefined || type.namespaced ? [] : [type.kind]),
);

for (const kind of shorthands.keys()) {
  if (kind === "custom") continue;
  clusterTest(`${kind}: an API server takes every golden object, and keeps all of it`, async (test) => {
    for (const golden of readGoldens()) {
      if (golden.kind !== kind || golden.becomes === undefined) continue;
      const desired = inNamespace(golden.becomes, test.namespace);
      await makePodAccount(test, desired);
      const { status, response } = await dryRun(test, desired);
      assert.equal(status, 201, `${golden.file}: ${JSON.stringify(response)}`);
      assert.deepEqual(lost(desired as unknown as Json, response, ""), [], `${golden.file} sends what is not stored`);
      const owned = ownedFields(response as unknown as KubeObject, (text) => text);
      assert.ok(
        owned !== undefined && coversDesired(owned.fields, desired),
        `${golden.file}: some fields are not ours`,
      );
    }
  });
}

clusterTest("cronJobs: an API server takes and refuses the schedules that the format does", async (test) => {
  const golden = readGoldens().find(({ file }) => file === "cronJobs/smallest.yaml")!;
  const responses: Record<string, number> = {};
  const expected: Record<string, number> = {};
  for (const [list, status] of [[schedules.good, 201], [schedules.bad, 422]] as const) {
    for (const schedule of list) {
      const desired = inNamespace(golden.becomes!, test.namespace);
      responses[schedule] = (await dryRun(test, { ...desired, spec: { ...desired.spec, schedule } })).status;
      expected[schedule] = status;
    }
  }
  assert.deepEqual(responses, expected);
});

/** The paths of all that was sent and is not in the response. */
function lost(sent: Json, kept: Json | undefined, path: string): string[] {
  if (Array.isArray(sent)) {
    return Array.isArray(kept) ? sent.flatMap((item, index) => lost(item, kept[index], `${path}[${index}]`)) : [path];
  }
  if (isMap(sent)) {
    return isMap(kept) ? Object.keys(sent).flatMap((key) => lost(sent[key]!, kept[key], `${path}.${key}`)) : [path];
  }
  return JSON.stringify(sent) === JSON.stringify(kept)
    ? []
    : [`${path}: ${JSON.stringify(sent)} → ${JSON.stringify(kept)}`];
}
