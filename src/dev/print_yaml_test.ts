import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../base/json.ts";
import { printYaml } from "./print_yaml.ts";

const texts = [
  "",
  "a",
  "0o17",
  "0X1f",
  "0B1",
  "012",
  "1_000",
  "1:30",
  "1e3",
  ".5",
  "+1",
  "-",
  "~",
  "yes",
  "On",
  "NULL",
  "=",
  "<<",
  "2026-01-02",
  " a",
  "a ",
  "a: b",
  "a #b",
  "#a",
  "- a",
  "{a}",
  "[a]",
  "&a",
  "*a",
  "!a",
  "%a",
  "@a",
  "`a",
  "'a",
  '"a',
  "a\nb",
  "a\nb\n",
  "a\nb\n\n",
  "\n",
  "\na",
  " a\nb",
  "\t\n a",
  "a \nb",
  "a\n\n\n b \n",
  "a\tb",
  "a\r\nb",
  "a\x7f",
  "a\u0080b",
  "a\u0085b",
  "a\u2028 b",
  "a\n\u2028 b",
  "é\u2028",
  "\u2029",
  "\ufeffa",
  "\x00",
  "😀",
  "key: [1, 2]\nother: |\n  x\n",
];

for (const text of texts) {
  Deno.test(`printYaml() prints ${JSON.stringify(text)} so that YAML 1.1 and 1.2 read it back`, () => {
    const values: JsonMap[] = [{ k: text, z: 1 }, { list: [text], z: 1 }, { [`k${text}`]: 1 }];
    for (const value of values) {
      const printed = printYaml(value);
      assert.deepEqual(parse(printed, { version: "1.1" }), value, printed);
      assert.deepEqual(parse(printed), value, printed);
      // deno-lint-ignore no-control-regex -- these are what must not be there
      assert.doesNotMatch(printed, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/);
    }
  });
}

Deno.test("printYaml() leaves plain words, images and names unquoted", () => {
  assert.equal(
    printYaml({
      image: "example.com/web:1.0",
      kind: "Deployment",
      labels: { "app.kubernetes.io/name": "web" },
      size: 2,
    }),
    "image: example.com/web:1.0\nkind: Deployment\nlabels:\n  app.kubernetes.io/name: web\nsize: 2\n",
  );
});

Deno.test("printYaml() puts comments above items of lists and keys of maps, each line by itself", () => {
  const value = { a: { b: 1, "c.d": "x" }, rules: [{ m: 1 }, { m: 2 }] };
  const text = printYaml(value, [
    { path: ["rules", 1], lines: ["one", "two\nthree\u0085"] },
    { path: ["a", "c.d"], lines: ["key"] },
    { path: ["absent", "x"], lines: ["nowhere"] },
  ]);
  assert.equal(text, "a:\n  b: 1\n  # key\n  c.d: x\nrules:\n- m: 1\n# one\n# two three?\n- m: 2\n");
  assert.deepEqual(parse(text), value);
});
