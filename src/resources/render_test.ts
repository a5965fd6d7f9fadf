import assert from "node:assert/strict";
import type { Json, JsonMap } from "../base/json.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { freeText, listOf, mapOf, record, text } from "./fields.ts";
import { entryBounds, renderEntry } from "./render.ts";
import { EntryError } from "./shorthand.ts";

/** A renderer that knows its results, and records its calls. */
function renderer(results: Readonly<Record<string, Json | undefined>>) {
  const asked: string[] = [];
  const render = (template: string, path: string): Json | undefined => {
    asked.push(path);
    return results[template];
  };
  return { asked, render };
}

function rendered(
  fields: Readonly<Record<string, Shape>>,
  entry: JsonMap,
  results: Record<string, Json | undefined> = {},
) {
  return renderEntry(record("", fields), entry, renderer(results).render);
}

function refused(shape: RecordShape, entry: JsonMap, results: Record<string, Json | undefined> = {}): [string, string] {
  try {
    renderEntry(shape, entry, renderer(results).render);
  } catch (error) {
    if (error instanceof EntryError) return [error.path, error.message];
    throw error;
  }
  throw new Error("Nothing was refused");
}

Deno.test("renderEntry() passes the path of each template", () => {
  const { asked, render } = renderer({});
  const entry = {
    image: "{{ a }}",
    literal: "no template",
    env: [{ name: "X", value: "1" }, { name: "{{ b }}-x", value: "{{ c }}" }],
    labels: { app: "{{ d }}", "example.org/x": "{{ e }}" },
    tree: { deep: [{ x: "{{ f }}" }] },
  };
  const shape = record("", {
    image: text(""),
    literal: text(""),
    env: listOf("", record("", { name: text(""), value: freeText("") })),
    labels: mapOf("", "labelKey", text("")),
    tree: { type: "tree", template: true },
  });
  renderEntry(shape, entry, render);
  assert.deepEqual(asked, [
    "image",
    "env[1].name",
    "env[1].value",
    "labels.app",
    'labels["example.org/x"]',
    "tree.deep[0].x",
  ]);
});

Deno.test("renderEntry() lets through what the renderer throws", () => {
  const boom = new Error("boom");
  const render = () => {
    throw boom;
  };
  assert.throws(() => renderEntry(record("", { a: text("") }), { a: "{{ x }}" }, render), boom);
});

Deno.test("renderEntry() makes no difference between absent, null and empty", () => {
  const fields = { a: text(""), list: listOf("", text("")), map: mapOf("", undefined, text("")) };
  for (const nothing of [undefined, null, ""]) {
    const results = { "{{ x }}": nothing as Json };
    assert.deepEqual(rendered(fields, { a: "{{ x }}", list: "{{ x }}", map: "{{ x }}" }, results), {});
    assert.deepEqual(rendered(fields, { list: ["{{ x }}", "b"], map: { k: "{{ x }}", l: "b" } }, results).list, ["b"]);
  }
  assert.deepEqual(rendered(fields, { a: null, list: [], map: {} }), {});
});

Deno.test("renderEntry() renders nothing inside what a template rendered", () => {
  const { asked, render } = renderer({ "{{ list }}": ["{{ evil }}"], "{{ map }}": { k: "{{ evil }}" } });
  const shape = record("", {
    list: listOf("", freeText("")),
    map: mapOf("", undefined, freeText("")),
    tree: { type: "tree", template: true },
  });
  const result = renderEntry(shape, { list: ["{{ list }}"], map: "{{ map }}", tree: { t: "{{ map }}" } }, render);
  assert.deepEqual(result, { list: ["{{ evil }}"], map: { k: "{{ evil }}" }, tree: { t: { k: "{{ evil }}" } } });
  assert.deepEqual(asked, ["list[0]", "map", "tree.t"]);
});

Deno.test("renderEntry() takes a rendered list or map in place of a whole one, and checks it like a written one", () => {
  const shape = record("", {
    env: listOf("", record("", { name: text(""), value: freeText("") }, { required: ["name"] })),
    labels: mapOf("", "labelKey", text("", "labelValue")),
  });
  const results = { "{{ env }}": [{ name: "A", value: 1 }], "{{ bad }}": [{ nome: "A" }], "{{ key }}": { "a b": "x" } };
  assert.deepEqual(renderEntry(shape, { env: "{{ env }}" }, renderer(results).render), {
    env: [{ name: "A", value: "1" }],
  });
  assert.equal(refused(shape, { env: "{{ bad }}" }, results)[0], "env[0].nome");
  assert.equal(refused(shape, { labels: "{{ key }}" }, results)[0], "labels");
});

Deno.test("renderEntry() keeps big integers exact and prints floats as Go does", () => {
  const results = { "{{ big }}": 9007199254740993n, "{{ small }}": 0.00001 };
  assert.deepEqual(rendered({ a: text(""), b: text("") }, { a: "{{ big }}", b: "{{ small }}" }, results), {
    a: "9007199254740993",
    b: "1e-05",
  });
});

Deno.test("renderEntry() keeps keys that mean something to JavaScript", () => {
  const entry = { map: JSON.parse('{"__proto__":"a","constructor":"b"}') };
  const result = rendered({ map: mapOf("", undefined, text("")) }, entry);
  assert.equal(JSON.stringify(result), '{"map":{"__proto__":"a","constructor":"b"}}');
  const [path] = refused(record("", { map: text("") }), JSON.parse('{"__proto__":"a"}'));
  assert.equal(path, "__proto__");
});

Deno.test("renderEntry() bounds depth, number and length of values", () => {
  const tree: Record<string, Shape> = { tree: { type: "tree", template: true } };
  let deep: Json = "x";
  for (let i = 0; i <= entryBounds.depth; i++) deep = [deep];
  assert.match(refused(record("", tree), { tree: deep })[1], /nested deeper than 64 levels/);
  const many = { "{{ x }}": new Array(entryBounds.nodes).fill(1) };
  assert.match(refused(record("", tree), { tree: "{{ x }}" }, many)[1], /more than 50000 values/);
  const long = { "{{ x }}": "x".repeat(entryBounds.characters + 1) };
  assert.match(refused(record("", tree), { tree: "{{ x }}" }, long)[1], /exceeds the size limit of an API server/);
});

Deno.test("renderEntry() says where a value came from and what was expected", () => {
  const shape = record("", {
    number: { type: "number", min: 1, max: 3 },
    flag: { type: "flag" },
    duration: { type: "duration", template: true },
    text: text(""),
    word: text("", undefined, { oneOf: ["A", "B"] }),
    either: { type: "union", scalar: text(""), list: listOf("", text("")) },
  });
  const table: [entry: JsonMap, path: string, message: string][] = [
    [{ number: 4 }, "number", "Cannot use a number: expected a number from 1 to 3"],
    [{ number: 1.5 }, "number", "Cannot use a number: expected a number from 1 to 3"],
    [{ flag: "true" }, "flag", "Cannot use text: expected true or false"],
    [{ duration: "soon" }, "duration", 'Cannot use "soon": expected a duration such as "30s", "5m" or "2d"'],
    [{ text: { a: 1 } }, "text", "Cannot use a map: expected text"],
    [{ word: "a" }, "word", 'Cannot use "a": expected one of A, B'],
    [{ either: { a: 1 } }, "either", "Cannot use a map: expected text or a list"],
    [{ text: "{{ map }}" }, "text", 'Cannot use "{{ map }}": it rendered to a map, expected text'],
    [
      { text: `{{ map }}${" ".repeat(100)}` },
      "text",
      `Cannot use "{{ map }}${" ".repeat(31)}…${" ".repeat(39)}": it rendered to a map, expected text`,
    ],
    [{ txt: "x" }, "txt", "Cannot use this field: there is none of this name"],
  ];
  for (const [entry, path, message] of table) {
    const map = { a: 1 };
    assert.deepEqual(refused(shape, entry, { "{{ map }}": map, [`{{ map }}${" ".repeat(100)}`]: map }), [
      path,
      message,
    ]);
  }
  assert.deepEqual(renderEntry(shape, { number: 2, flag: false, duration: "5m", either: ["a"] }, () => undefined), {
    number: 2,
    flag: false,
    duration: "5m",
    either: ["a"],
  });
});

Deno.test("renderEntry() leaves out fields of a later version", () => {
  assert.deepEqual(rendered({ a: text(""), b: { ...text(""), support: "later" } }, { a: "x", b: "y" }), { a: "x" });
});

Deno.test("renderEntry() checks the rules between fields", () => {
  const fields = { a: text(""), b: text(""), c: text("") };
  const entry = { a: "1", b: "2" };
  const table: [rules: Partial<RecordShape>, entry: JsonMap, path: string, message: string][] = [
    [{ required: ["c"] }, entry, "c", "Cannot do without c: it is missing"],
    [{ required: ["c"] }, { c: "{{ x }}" }, "c", "Cannot do without c: it rendered to nothing"],
    [{ exclusive: [["a", "b", "c"]] }, entry, "b", "Cannot use a and b together: give one of them"],
    [{ oneOfFields: [["a", "c"]] }, {}, "", "Cannot do without all of a, c: give one of them"],
    [{ needs: { a: ["b", "c"] } }, entry, "a", "Cannot use a without c"],
  ];
  for (const [rules, given, path, message] of table) {
    assert.deepEqual(refused({ ...record("", fields), ...rules }, given), [path, message]);
  }
});
