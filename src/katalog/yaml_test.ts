import assert from "node:assert/strict";
import { katalogLimits, manifestLimits } from "./decode.ts";
import { entriesOf, type Node, nodeAt, toJson } from "./node.ts";
import { readYaml } from "./yaml.ts";

function read(text: string | Uint8Array) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return readYaml({ path: "k.yaml", bytes }, katalogLimits);
}

function only(text: string): Node {
  const { documents, findings } = read(text);
  assert.deepEqual(findings, []);
  assert.equal(documents.length, 1);
  return documents[0]!;
}

/** `line:column message` of each finding. */
function complaints(text: string | Uint8Array): string[] {
  const result = read(text);
  assert.deepEqual(result.documents, []);
  return result.findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

Deno.test("readYaml() knows the place of every key and value", () => {
  const root = only("a:\n  b: [x, 'y']\n  c: |\n    text\n");
  const [[, a]] = [...entriesOf(root)] as [[string, { keyAt: unknown; value: Node }]];
  assert.deepEqual(a.keyAt, { file: "k.yaml", line: 1, column: 1 });
  assert.deepEqual(a.value.at, { file: "k.yaml", line: 2, column: 3 });
  const list = nodeAt(root, "a", "b")!;
  assert.deepEqual([list.at.line, list.at.column], [2, 6]);
  assert.equal(list.type === "list" && list.items[1]!.at.column, 10);
  assert.deepEqual([nodeAt(root, "a", "c")!.at.line, nodeAt(root, "a", "c")!.at.column], [3, 6]);
});

Deno.test("readYaml() gives a key without a value the place of the key", () => {
  const root = only("a:\n  b:\n");
  const entry = [...entriesOf(nodeAt(root, "a"))][0]![1];
  assert.deepEqual(entry.value.at, entry.keyAt);
});

Deno.test("readYaml() reads files with a byte order mark and with CRLF", () => {
  const root = only("\ufeffa: 1\r\nb:\r\n  c: |\r\n    x\r\n    y\r\n");
  assert.deepEqual(toJson(root), { a: 1, b: { c: "x\ny\n" } });
  assert.deepEqual(root.at, { file: "k.yaml", line: 1, column: 1 });
  assert.equal(nodeAt(root, "b", "c")!.at.line, 3);
});

Deno.test("readYaml() keeps keys as they are written", () => {
  assert.deepEqual(toJson(only("on: 1\nyes: 2\n010: 3\n1.10: 4\n'q': 5\n__proto__: 6\n")), {
    on: 1,
    yes: 2,
    "010": 3,
    "1.10": 4,
    q: 5,
    ["__proto__"]: 6,
  });
});

Deno.test("readYaml() resolves aliases and merges maps", () => {
  const text =
    "base: &b {a: 1, b: 2}\nother: &o {b: 3, c: 4}\none: *b\nmerged: {<<: [*b, *o], a: 9}\nkept: {'<<': 1}\n";
  assert.deepEqual(toJson(only(text)), {
    base: { a: 1, b: 2 },
    other: { b: 3, c: 4 },
    one: { a: 1, b: 2 },
    merged: { a: 9, b: 2, c: 4 },
    kept: { "<<": 1 },
  });
});

Deno.test("readYaml() follows tags of the standard", () => {
  assert.deepEqual(toJson(only("a: !!str 012\nb: !!int '3'\nc: ! 7\nd: !!bool yes\n")), {
    a: "012",
    b: 3,
    c: "7",
    d: true,
  });
});

Deno.test("readYaml() points at the second of two equal keys", () => {
  assert.deepEqual(complaints("a: 1\nb: {x: 1, x: 2}\na: 3\n"), [
    '2:11 The key "x" is given twice',
    '3:1 The key "a" is given twice',
  ]);
});

Deno.test("readYaml() gives no documents for what has no content", () => {
  for (const text of ["", "\n\n", "# only this\n", "---\n---\n", "--- \n# x\n...\n"]) {
    assert.deepEqual(read(text), { documents: [], findings: [] }, JSON.stringify(text));
  }
});

Deno.test("readYaml() points at the first byte that is not UTF-8", () => {
  const cases: [number[], string][] = [
    [[0x61, 0x0a, 0xc3, 0xa4, 0xff], "2:2 The byte 0xFF is not UTF-8"],
    [[0xc3], "1:1 The byte 0xC3 is not UTF-8"],
    [[0x61, 0xed, 0xa0, 0x80], "1:2 The byte 0xED is not UTF-8"],
    [[0xf0, 0x9f, 0x98, 0x80, 0xc0, 0xaf], "1:3 The byte 0xC0 is not UTF-8"],
    [[0xff, 0xfe, 0x61, 0x00], "1:1 The file is UTF-16"],
  ];
  for (const [bytes, expected] of cases) assert.deepEqual(complaints(new Uint8Array(bytes)), [expected]);
});

Deno.test("readYaml() refuses control characters", () => {
  assert.deepEqual(complaints("a: 1\nb: x\0y\n"), ["2:5 The character U+0000 is not allowed in YAML"]);
});

Deno.test("readYaml() points at quotes and brackets that nothing closes", () => {
  assert.deepEqual(complaints('a: 1\nb: "x\nc: 2\n'), ["2:4 A quote is not closed"]);
  assert.deepEqual(complaints("a: 'it''s\n"), ["1:4 A quote is not closed"]);
  assert.deepEqual(complaints('a: "x\\"\n'), ["1:4 A quote is not closed"]);
  assert.deepEqual(complaints("a: [{b: 1}, [2\nc: 3\n"), ["1:13 A bracket is not closed"]);
  assert.deepEqual(complaints("a: {b: [1]\n"), ["1:4 A bracket is not closed"]);
  assert.deepEqual(toJson(only('a: "x\\\\"\nb: \'\'\nc: ""\n')), { a: "x\\", b: "", c: "" });
});

Deno.test("readYaml() explains how to write a template that YAML reads as a map", () => {
  const hints = (text: string) => read(text).findings.map(({ column, hint }) => `${column} ${hint}`);
  assert.deepEqual(hints("image: {{ .spec.image }} # comment\n"), ['8 write "{{ .spec.image }}"']);
  assert.deepEqual(hints('image: {{ index .spec "a" }}\n'), ["8 write '{{ index .spec \"a\" }}'"]);
  assert.deepEqual(hints("- {{ .a }}-{{ .b }}\n"), ['3 write "{{ .a }}-{{ .b }}"']);
});

Deno.test("readYaml() stops at its limits", () => {
  const small = { ...katalogLimits, bytes: 1 << 20, tokens: 50, depth: 5, nodes: 20 };
  const limited = (text: string) => {
    const { findings } = readYaml({ path: "k.yaml", bytes: new TextEncoder().encode(text) }, small);
    return findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
  };
  assert.deepEqual(limited("a: 1\n".repeat(2)), ['2:1 The key "a" is given twice']);
  assert.match(limited("- 1\n".repeat(100))[0]!, /more than 50 words/);
  assert.match(limited("[".repeat(10))[0]!, /^1:6 Nested deeper than 5 levels/);
  assert.deepEqual(limited("[[[[[1]]]]]"), []);
  assert.match(limited("a: &a [1,2,3]\nb: [*a,*a,*a,*a,*a]")[0]!, /more than 20 values once its aliases/);
});

Deno.test("readYaml() returns in time on hostile files, with a finding and nothing thrown", () => {
  const mebibyte = (1 << 20) - 100;
  const fill = (text: string, bytes = mebibyte) => text.repeat(Math.floor(bytes / text.length));
  const files: Record<string, string> = {
    "10 MiB": fill("a: b\n", 10 << 20),
    brackets: fill("["),
    braces: fill("{"),
    closing: fill("}"),
    dashes: fill("- "),
    questions: fill("? "),
    colons: fill("a: "),
    commas: `[${fill(", ")}`,
    newlines: fill("\n") + "a: [",
    comments: fill("#\n") + "a: [",
    anchors: fill("&a "),
    tags: fill("! "),
    aliases: fill("*a\n"),
    documents: fill("---\na\n"),
    directives: fill("%a\n"),
    keys: Array.from({ length: 90_000 }, (_, i) => `k${i}: 1`).join("\n"),
    "equal keys": fill("a: 1\n", 200_000),
    "block headers": fill("- |\n"),
    quotes: `${fill("'")}'`,
    backslashes: `a: "${fill("\\", mebibyte - 10)}`,
    "steps to the right": Array.from({ length: 1400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    "merge bomb": `a0: &a0 {k: 1}\n${
      Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}], k${i}: *a${i}}`).join("\n")
    }`,
  };
  for (const [name, text] of Object.entries(files)) {
    const bytes = new TextEncoder().encode(text);
    const startMs = performance.now();
    const { findings } = readYaml({ path: "k.yaml", bytes }, katalogLimits);
    const tookMs = performance.now() - startMs;
    assert.ok(findings.length > 0 && findings.length <= 20, `${name}: ${findings.length} findings`);
    assert.ok(tookMs < 3000, `${name}: ${Math.round(tookMs)} ms`);
  }
});

Deno.test("readYaml() reads a CRD as large as they come", () => {
  const property = `          field: {type: string, description: "${"word ".repeat(20)}"}\n`;
  const text = `spec:\n  names:\n${
    Array.from({ length: 6000 }, (_, i) => property.replace("field", `field${i}`)).join("")
  }`;
  const { documents, findings } = readYaml({ path: "crd.yaml", bytes: new TextEncoder().encode(text) }, manifestLimits);
  assert.deepEqual(findings, []);
  assert.equal([...entriesOf(nodeAt(documents[0], "spec", "names"))].length, 6000);
});
