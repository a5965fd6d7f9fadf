import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import type { BytesUse } from "../template/mod.ts";
import { renderEntry, shorthands } from "./mod.ts";

const context = {
  box: "demo",
  owner: { apiVersion: "demo.dev/v1", kind: "Demo", name: "a", namespace: "default", uid: "u" },
  workloads: [],
};

/** The object of an entry whose templates render to `values`; `asked` records the `BytesUse` of each. */
function made(key: string, entry: JsonMap, values: Record<string, string>, asked: Record<string, BytesUse> = {}) {
  const shorthand = shorthands.get(key)!;
  const fields = renderEntry(shorthand.shape, entry, (text, path, bytes) => {
    asked[path] = bytes;
    return values[text];
  });
  return shorthand.expand({ name: "a", namespace: "default", fields }, context);
}

const values = { "{{ word }}": "w", "{{ bytes }}": "\udcff\u0000", "{{ text }}": " é ", "{{ empty }}": "" };
const data = { blob: "{{ bytes }}", text: "{{ text }}", empty: "{{ empty }}", plain: "p" };

Deno.test("secrets hold bytes that are not UTF-8 as those bytes", () => {
  const { data: made_, type } = made("secrets", { data }, values);
  assert.deepEqual(made_, { blob: "/wA=", text: "IMOpIA==", empty: "", plain: "cA==" });
  assert.equal(type, "Opaque");
});

Deno.test("configMaps hold bytes that are not UTF-8 in binaryData, and texts in data", () => {
  const object = made("configMaps", { data }, values);
  assert.deepEqual(object["data"], { text: " é ", empty: "", plain: "p" });
  assert.deepEqual(object["binaryData"], { blob: "/wA=" });
  const texts = made("configMaps", { data: { plain: "p" } }, values);
  assert.equal(Object.hasOwn(texts, "binaryData"), false);
  const bytes = made("configMaps", { data: { blob: "{{ bytes }}" } }, values);
  assert.equal(Object.hasOwn(bytes, "data"), false);
  assert.deepEqual(bytes["binaryData"], { blob: "/wA=" });
});

Deno.test("only the data of Secrets and ConfigMaps is rendered with bytes", () => {
  const asked: Record<string, BytesUse> = {};
  const text = "{{ word }}";
  for (const key of ["secrets", "configMaps"]) {
    made(key, { name: text, labels: { a: text }, annotations: { a: text }, data: { a: text } }, values, asked);
  }
  made("custom", { apiVersion: "v1", kind: "Secret", metadata: { name: text }, data: { b: text } }, values, asked);
  const env = [{ name: "A", value: text }];
  made("deployments", { name: text, image: "i", env, args: [text], command: [text] }, values, asked);
  const kept = Object.keys(asked).filter((path) => asked[path] === "keep");
  assert.deepEqual(kept, ["data.a"]);
  assert.ok(Object.keys(asked).length > 7, Object.keys(asked).join());
});
