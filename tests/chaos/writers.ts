import type { KubeObject } from "../../src/k8s/object.ts";
import { demos, type Operator, othersCondition } from "../box/operator.ts";
import { RequestFailed } from "../katalogs/stage.ts";
import { waitFor } from "../support/wait_for.ts";

// Many concurrent writers: users, other controllers, and random edits.

const objects = 12;
const writers = 6;

const maps = "/api/v1/namespaces/default/configmaps";
const far = "/api/v1/namespaces/kube-public/configmaps";
const merge = "application/merge-patch+json";
/** Body of `operatorBox`: two children that are always wanted, one of them far, and one that is not. */
export const writersBox = `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-near", data: { text: "{{ .spec.text }}" } }
    - { name: "{{ .metadata.name }}-far", namespace: kube-public, data: { text: "{{ .spec.text }}" } }
    - { name: "{{ .metadata.name }}-some", data: { text: "{{ .spec.text }}" }, when: [{ field: spec.on, equals: "yes" }] }
status:
  fields: [{ path: text, value: "{{ .spec.text }}" }]`;

/** One edit of one object or of its children. Responses to late edits (404, 409) are expected. */
async function edit(operator: Operator, random: () => number): Promise<void> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const name = `d${Math.floor(random() * objects)}`;
  const cr = `${demos}/${name}`;
  const wanted = pick([`${maps}/${name}-near`, `${far}/${name}-far`]);
  const child = pick([wanted, `${maps}/${name}-some`]);
  const spec = { text: `t${Math.floor(random() * 1e6)}`, on: pick(["yes", "no"]) };
  const patch = (path: string, body: unknown) => operator.request("PATCH", path, body, merge);
  const acts: (() => Promise<unknown>)[] = [
    () => patch(cr, { spec }),
    () => patch(cr, { spec: { text: spec.text } }),
    () => patch(cr, { metadata: { annotations: { note: spec.text } } }),
    () => patch(cr, { metadata: { finalizers: [] } }),
    () => patch(`${cr}/status`, { status: { text: pick(["wrong", null]) } }),
    () => patch(`${cr}/status`, { status: { observedGeneration: null, conditions: [othersCondition] } }),
    async () => {
      const before = await operator.get(cr);
      if (before === undefined) return;
      await operator.request("DELETE", cr);
      const isGone = async () => (await operator.get(cr))?.metadata.uid !== before.metadata.uid;
      await waitFor(`${name} is gone`, isGone, { timeoutMs: 60_000 });
      await operator.demo(name, spec);
    },
    () => patch(child, { data: { text: "wrong" } }),
    () => patch(child, { data: { text: null } }),
    () => patch(wanted, { metadata: { labels: { "orkestra.orkspace.io/managed": null } } }),
    // Not of one that may be unwanted soon, nor its labels too: a child without its marks is not removed.
    () => patch(`${maps}/${name}-near`, { metadata: { ownerReferences: null } }),
    () => operator.request("DELETE", child),
  ];
  try {
    await pick(acts)();
  } catch (error) {
    if (!(error instanceof RequestFailed && [404, 409].includes(error.status))) throw error;
  }
}

/** Differences of what is there from what the last specs say; empty when all is well. */
export async function differences(operator: Operator): Promise<string[]> {
  const list = async (path: string) => (await operator.request("GET", path) as { items: KubeObject[] }).items;
  const crs = await list(demos);
  const texts = new Map<string, string>();
  for (const path of [maps, far]) {
    for (const { metadata, data } of await list(path)) {
      if (/^d\d+-/.test(metadata.name)) texts.set(metadata.name, data?.text);
    }
  }
  const found = crs.length === objects ? [] : [`${crs.length} objects`];
  for (const { metadata, spec, status } of crs) {
    const { name } = metadata;
    const expected: [string, unknown, unknown][] = [
      ["observedGeneration", status?.observedGeneration, metadata.generation],
      ["status", status?.text, spec.text],
      ["near", texts.get(`${name}-near`), spec.text],
      ["far", texts.get(`${name}-far`), spec.text],
      ["some", texts.get(`${name}-some`), spec.on === "yes" ? spec.text : undefined],
      ["finalizers", metadata.finalizers?.length, 1],
      ["deletionTimestamp", metadata.deletionTimestamp, undefined],
    ];
    for (const [what, got, wanted] of expected) {
      if (got !== wanted) found.push(`${name} ${what}: ${got}, not ${wanted}`);
      texts.delete(`${name}-${what}`);
    }
  }
  return [...found, ...[...texts.keys()].map((name) => `${name} is left`)];
}

/** Makes the objects, and edits them and their children `edits` times, with a pause of up to `pauseMs` after each. */
export async function writeAll(
  operator: Operator,
  random: () => number,
  { edits, pause }: { readonly edits: number; readonly pause: () => Promise<void> },
): Promise<void> {
  for (let at = 0; at < objects; at++) await operator.demo(`d${at}`, { text: "first", on: "yes" });
  let left = edits;
  const write = async (): Promise<void> => {
    while (left-- > 0) {
      await edit(operator, random);
      await pause();
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}
