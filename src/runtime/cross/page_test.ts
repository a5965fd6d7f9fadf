import assert from "node:assert/strict";
import { type Json, stringifyJson } from "../../base/json.ts";
import { maxObjectBytes } from "../../box/mod.ts";
import { PageError, printPage, readPage } from "./page.ts";

const object = {
  name: "a",
  namespace: "x",
  labels: { tier: "data" },
  annotations: { "example.org/a": "b" },
  spec: { size: 9007199254740993n, ["__proto__"]: { a: 1 } } as Json,
  status: { phase: "Up" },
};

Deno.test("readPage() reads what printPage() prints, exactly", () => {
  const cluster = { name: "b", namespace: undefined, labels: {}, annotations: {}, spec: {}, status: {} };
  const printed = stringifyJson(printPage("db", { items: [object, cluster], total: 7, omitted: 2 }, "next"));
  const { entries, omitted, next } = readPage(printed, "db");
  assert.deepEqual(entries.map((entry) => entry.object), [object, cluster]);
  assert.deepEqual(entries[0]!.bytes, stringifyJson(object).length);
  assert.deepEqual([omitted, next], [2, "next"]);
  assert.equal(
    readPage(stringifyJson(printPage("db", { items: [], total: 0, omitted: 0 }, undefined)), "db").next,
    undefined,
  );
});

Deno.test("readPage() refuses what is no page", () => {
  const page = (more: Record<string, unknown>): string =>
    stringifyJson({ crd: "db", view: "cross", items: [object], omitted: 0, ...more });
  const item = (more: Record<string, unknown>): string => page({ items: [{ ...object, ...more }] });
  let nested: Json = {};
  for (let n = 0; n < 300; n++) nested = { nested };
  const table: [body: string, error: RegExp][] = [
    ["", /no JSON/],
    ["<html>", /no JSON/],
    [page({}).slice(0, -20), /no JSON/],
    ["[".repeat(1_000_000), /no JSON/],
    ["null", /no list/],
    ["[]", /no list/],
    [stringifyJson({ crd: "db", total: 1, items: [] }), /no list/],
    [page({ crd: "other" }), /not about "db"/],
    [page({ crd: 1 }), /not about "db"/],
    [page({ items: {} }), /no list of items/],
    [page({ items: Array(10_001).fill(object) }), /too long/],
    [page({ omitted: -1 }), /left out/],
    [page({ omitted: "1" }), /left out/],
    [page({ continue: 1 }), /[Cc]ontinue/],
    [page({ continue: "" }), /[Cc]ontinue/],
    [page({ continue: "x".repeat(1025) }), /[Cc]ontinue/],
    [page({ items: [object, null] }), /items\[1\] is no map/],
    [item({ name: undefined }), /has no name/],
    [item({ name: "a/b" }), /has no name/],
    [item({ name: "" }), /has no name/],
    [item({ namespace: "a/b" }), /namespace/],
    [item({ namespace: "" }), /namespace/],
    [item({ labels: [] }), /labels/],
    [item({ labels: { a: 1 } }), /labels/],
    [item({ annotations: "a" }), /annotations/],
    [item({ status: nested }), /levels deep/],
    [item({ spec: { text: "x".repeat(maxObjectBytes) } }), /256 KiB/],
  ];
  for (const [body, message] of table) {
    assert.throws(() => readPage(body, "db"), (error: Error) => {
      assert.ok(error instanceof PageError, error.stack);
      assert.match(error.message, message, body.slice(0, 200));
      return true;
    });
  }
});
