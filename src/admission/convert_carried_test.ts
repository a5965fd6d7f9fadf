import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { annotationBytes, carriedAnnotation, readCarried, replaceCarried, withCarried } from "./convert_carried.ts";

const carrying = (text: unknown) => ({ name: "a", annotations: { other: "x", [carriedAnnotation]: text } }) as never;

Deno.test("readCarried() takes what is no map of versions for nothing", () => {
  assert.deepEqual(readCarried(carrying('{"v1":{"spec":{"a":1}}}')), { v1: { spec: { a: 1 } } });
  for (const text of ["[1]", "5", "{", "", 5, null]) assert.deepEqual(readCarried(carrying(text)), {}, String(text));
  for (const annotations of [undefined, null, "x", []]) assert.deepEqual(readCarried({ annotations } as never), {});
});

Deno.test("withCarried() sets or removes the annotation, and touches nothing else", () => {
  const plain = { name: "a", annotations: { other: "x" } };
  assert.deepEqual(withCarried(plain, { v1: { b: 1, a: 2 } }), carrying('{"v1":{"a":2,"b":1}}'));
  assert.deepEqual(withCarried(carrying("{}"), {}), plain);
  assert.deepEqual(withCarried({ name: "a", annotations: { [carriedAnnotation]: "{}" } }, {}), { name: "a" });
  for (const metadata of [plain, { name: "a" }, { annotations: {} }] as JsonMap[]) {
    assert.equal(withCarried(metadata, {}), metadata);
  }
  assert.deepEqual(withCarried({ name: "a" }, { v1: {} }), {
    name: "a",
    annotations: { [carriedAnnotation]: '{"v1":{}}' },
  });
});

Deno.test("annotationBytes() counts keys and values in UTF-8", () => {
  assert.equal(annotationBytes({ annotations: { ab: "ä", c: "" } }), 5);
  assert.equal(annotationBytes({ annotations: { ab: 5 } }), 2);
  for (const annotations of [undefined, "text"]) assert.equal(annotationBytes({ annotations } as never), 0);
});

Deno.test("replaceCarried() replaces what one version has", () => {
  assert.deepEqual(replaceCarried({ v1: 1, v2: 2 }, "v1", 3), { v1: 3, v2: 2 });
  assert.deepEqual(replaceCarried({ v1: 1, v2: 2 }, "v1", undefined), { v2: 2 });
});
