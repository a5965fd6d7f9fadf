import assert from "node:assert/strict";
import { type Json, parseJson, stringifyJson } from "./json.ts";

Deno.test("parseJson() keeps integers of 64 bits exact, wherever they are", () => {
  const table: [text: string, value: Json][] = [
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    [" 18446744073709551615\n", 18446744073709551615n],
    ["9007199254740991", 9007199254740991],
    ['{"a":9223372036854775807,"b":[-9223372036854775808 , 1]}', {
      a: 9223372036854775807n,
      b: [-9223372036854775808n, 1],
    }],
    ['{"9007199254740993":9007199254740993}', { "9007199254740993": 9007199254740993n }],
    // Beyond 64 bits, and with a fraction or an exponent, they are floats, as in Kubernetes.
    ["123456789012345678901", 123456789012345678901],
    ["9007199254740993.0", 9007199254740992],
    ["9007199254740993e0", 9007199254740992],
    ["1.9007199254740993", 1.9007199254740993],
    ["1e-9007199254740993", 0],
  ];
  for (const [text, value] of table) assert.deepEqual(parseJson(text), value, text);
});

Deno.test("parseJson() leaves strings alone that look like integers, or like its own marks", () => {
  for (
    const value of [
      "9007199254740993",
      'a" 9007199254740993',
      'a\\" : 9007199254740993',
      "\u00019007199254740993",
      "\u0001\u00019007199254740993",
    ]
  ) {
    const whole: Json = { [value]: [value, 9007199254740993n] };
    assert.deepEqual(parseJson(stringifyJson(whole)), whole);
  }
});

Deno.test("parseJson() throws for what is no JSON, long integers or not", () => {
  const bad = [
    "{9007199254740993:1}",
    "{9007199254740993 :1}",
    "09007199254740993",
    "-09007199254740993",
    "+9007199254740993",
    "--9007199254740993",
    "9007199254740993 1",
    "[9007199254740993",
    '"9007199254740993',
    "9007199254740993.",
    ".9007199254740993",
    "'9007199254740993'",
  ];
  for (const text of bad) {
    assert.throws(
      () => parseJson(text),
      (error) => error instanceof SyntaxError && !error.message.includes("u0001"),
      text,
    );
  }
});

Deno.test("parseJson() sets no prototype, and no depth exhausts the stack", () => {
  const value = parseJson('{"__proto__":9007199254740993}') as object;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.entries(value), [["__proto__", 9007199254740993n]]);
  const depth = 200_000;
  let inner = parseJson(`${"[".repeat(depth)}9007199254740993${"]".repeat(depth)}`);
  while (Array.isArray(inner)) inner = inner[0]!;
  assert.equal(inner, 9007199254740993n);
});
