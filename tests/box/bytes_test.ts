import assert from "node:assert/strict";
import type { Condition, KubeObject } from "../../src/k8s/object.ts";
import { waitFor } from "../support/wait_for.ts";
import { demos, operatorFor } from "./operator.ts";

const core = "/api/v1/namespaces/default";
/** FF FF FF FF 00 01, and the one byte of "é" in Latin-1. */
const spec = { blob: "/////wAB", text: "aGVsbG8=", latin: "6Q==" };

function ready({ status }: KubeObject): Condition | undefined {
  return status?.conditions?.find((item: Condition) => item.type === "Ready");
}

Deno.test("bytes that are not UTF-8 reach a Secret and a ConfigMap unchanged, and cause no calls at rest", async () => {
  const box = `onReconcile:
  secrets: [{ name: s, data: { blob: "{{ fromBase64 .spec.blob }}", text: "{{ fromBase64 .spec.text }}" } }]
  configMaps: [{ name: c, data: { blob: "{{ fromBase64 .spec.latin }}", text: "{{ fromBase64 .spec.text }}" } }]
  custom:
    - apiVersion: v1
      kind: Secret
      metadata: { name: again }
      data: { blob: "{{ toBase64 (fromBase64 .spec.blob) }}" }
status:
  fields:
    - { path: sum, value: "{{ sha256sum (fromBase64 .spec.blob) }}" }
    - { path: length, value: "{{ len (fromBase64 .spec.blob) }}" }`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", spec);
  const cr = await operator.until(`${demos}/a`, (object) => ready(object)?.status === "True");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.fromBase64(spec.blob)));
  assert.deepEqual([cr["status"].sum, cr["status"].length], [digest.toHex().slice(0, 8), 6]);
  assert.deepEqual((await operator.get(`${core}/secrets/s`))!["data"], { blob: spec.blob, text: spec.text });
  assert.deepEqual((await operator.get(`${core}/secrets/again`))!["data"], { blob: spec.blob });
  const map = (await operator.get(`${core}/configmaps/c`))!;
  assert.deepEqual([map["data"], map["binaryData"]], [{ text: "hello" }, { blob: spec.latin }]);
  await operator.idle(2);
  operator.calls();
  await operator.idle(3);
  assert.deepEqual(operator.calls(), []);
});

Deno.test("a value of a ConfigMap that becomes bytes moves to binaryData, and back", async () => {
  const box = 'onReconcile:\n  configMaps: [{ name: c, data: { blob: "{{ fromBase64 .spec.blob }}" } }]';
  await using operator = await operatorFor({ box });
  for (const blob of [spec.text, spec.blob, spec.text]) {
    await operator.demo("a", { blob });
    const isText = blob === spec.text;
    const map = await operator.until(
      `${core}/configmaps/c`,
      (object) => isText ? object["data"]?.blob === "hello" : object["binaryData"]?.blob === blob,
    );
    assert.equal(isText ? map["binaryData"] : map["data"], undefined);
  }
});

/** Where bytes are refused: the body of the box, and where the message says that it is. */
const refused: [name: string, box: string][] = [
  [
    "a custom child",
    'onReconcile:\n  custom: [{ apiVersion: v1, kind: Secret, metadata: { name: s }, data: { a: "BYTES" } }]',
  ],
  ["a label", 'onReconcile:\n  configMaps: [{ name: s, labels: { a: "BYTES" }, data: { a: b } }]'],
  ["a name", 'onReconcile:\n  configMaps: [{ name: "BYTES", data: { a: b } }]'],
  ["JSON", 'onReconcile:\n  configMaps: [{ name: s, data: { a: "{{ toJson (fromBase64 .spec.blob) }}" } }]'],
];
for (const [name, box] of refused) {
  Deno.test(`bytes that are not UTF-8 are an error in ${name}, with its position`, async () => {
    await using operator = await operatorFor({ box: box.replace("BYTES", "{{ fromBase64 .spec.blob }}") });
    await operator.demo("a", spec);
    const cr = await operator.until(`${demos}/a`, (object) => ready(object)?.status === "False");
    assert.match(ready(cr)!.message!, /katalog\.yaml:\d+:\d+: .*Cannot use bytes that are not UTF-8/);
    assert.doesNotMatch(JSON.stringify(cr), /\ufffd/);
  });
}

Deno.test("bytes that are not UTF-8 are an error in a field of the status, which is left out", async () => {
  const box = `onReconcile:
  configMaps: [{ name: s, data: { a: b } }]
status:
  fields:
    - { path: blob, value: "{{ fromBase64 .spec.blob }}" }
    - { path: text, value: "{{ fromBase64 .spec.text }}" }`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", spec);
  const cr = await operator.until(`${demos}/a`, (object) => object["status"]?.text === "hello");
  assert.equal(Object.hasOwn(cr["status"], "blob"), false);
  await waitFor(
    "it is reported, with its position",
    () =>
      operator.messages.some((message) => {
        return /katalog\.yaml:\d+:\d+: .*Cannot use bytes that are not UTF-8/.test(JSON.stringify(message));
      }),
  );
});
