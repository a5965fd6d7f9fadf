import assert from "node:assert/strict";
import { ApiFault } from "../faults.ts";
import { parseBody, parseYaml, readObject, readText } from "./body.ts";

const post = (body: BodyInit, type = "application/json") =>
  new Request("http://sandbox/", { method: "POST", headers: { "content-type": type }, body });

const hasCode = (code: number) => (error: unknown) => error instanceof ApiFault && error.code === code;

Deno.test("readText() refuses more than 3 MiB, with or without Content-Length", async () => {
  const large = "x".repeat(3 * 1024 * 1024 + 1);
  await assert.rejects(readText(post(large)), hasCode(413));
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
  });
  await assert.rejects(readText(post(stream)), hasCode(413));
});

Deno.test("readText() refuses bytes that are not UTF-8", async () => {
  await assert.rejects(readText(post(new Uint8Array([0xff, 0xfe]))), hasCode(400));
});

Deno.test("parseBody() refuses nesting that would exhaust the stack", () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  assert.throws(() => parseBody(deep(501)), hasCode(400));
  // With a long integer in it the parser takes another way.
  assert.throws(() => parseBody(`[9007199254740993,${deep(200_000)}]`), hasCode(400));
  assert.throws(() => parseYaml("[".repeat(5000)), hasCode(400));
  assert.ok(parseBody(deep(500)));
  assert.ok(parseBody(`{"a":"${"[".repeat(1000)}\\""}`), "brackets in a text are none");
});

Deno.test("parseBody() keeps integers exact", () => {
  assert.deepEqual(parseBody('{"a":9007199254740993}'), { a: 9007199254740993n });
});

Deno.test("parseYaml() reads YAML as kubectl does: 1.1, integers exact", () => {
  assert.deepEqual(parseYaml("a: 9007199254740993\nb: 0o7\nc: yes\nd: 012\ne: 1.5\n"), {
    a: 9007199254740993n,
    b: "0o7",
    c: true,
    d: 10,
    e: 1.5,
  });
});

Deno.test("parseYaml() refuses bombs, duplicate keys and broken text", () => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x,x]",
    ..."bcdefgh".split("").map((key, i) => `${key}: &${key} [${Array(10).fill(`*${"abcdefgh"[i]}`).join(",")}]`),
  ];
  assert.throws(() => parseYaml(bomb.join("\n")), hasCode(400));
  assert.throws(() => parseYaml("a: 1\na: 2\n"), hasCode(400));
  assert.throws(() => parseYaml("a: [\n"), hasCode(400));
});

Deno.test("parseYaml() takes __proto__ as a key like any other", () => {
  const value = parseYaml("__proto__: {x: 1}\n") as object;
  assert.ok(Object.hasOwn(value, "__proto__"));
});

Deno.test("readObject() takes JSON without a content type, and nothing as nothing", async () => {
  const bare = new Request("http://sandbox/", { method: "POST", body: new TextEncoder().encode('{"a":1}') });
  assert.deepEqual(await readObject(bare), { a: 1 });
  assert.equal(await readObject(new Request("http://sandbox/", { method: "DELETE" })), undefined);
  await assert.rejects(readObject(post("{}", "text/plain")), hasCode(415));
  await assert.rejects(readObject(post("[]")), hasCode(400));
});
