import assert from "node:assert/strict";
import fc from "fast-check";
import { Document, Scalar } from "yaml";
import { katalogLimits } from "./decode.ts";
import { nodeAt, type ScalarNode } from "./node.ts";
import { positionIn } from "./scalar_position.ts";
import { readYaml } from "./yaml.ts";

function scalarOf(text: string): ScalarNode {
  const node = scalarIn(text);
  assert.ok(node !== undefined, text);
  return node;
}

function scalarIn(text: string): ScalarNode | undefined {
  const { documents } = readYaml({ path: "k.yaml", bytes: new TextEncoder().encode(text) }, katalogLimits);
  const node = nodeAt(documents[0], "a", "b");
  return node?.type === "scalar" ? node : undefined;
}

/** `line:column` of the first `{{` of the value. */
function placeOfTemplate(text: string): string {
  const node = scalarOf(text);
  const { line, column } = positionIn(node, node.text.indexOf("{{"));
  return `${line}:${column}`;
}

Deno.test("positionIn() finds its way through every style of scalar", () => {
  assert.equal(placeOfTemplate("a:\n  b: x{{ y }}\n"), "2:7");
  assert.equal(placeOfTemplate("a:\n  b: 'it''s {{ x }}'\n"), "2:13");
  assert.equal(placeOfTemplate('a:\n  b: "\\t\\u00e9\\U0001F600\\x41 {{ x }}"\n'), "2:30");
  assert.equal(placeOfTemplate('a:\n  b: "one\\\n      two {{ x }}"\n'), "3:11");
  assert.equal(placeOfTemplate("a:\n  b: one\n    two\n\n    three {{ x }}\n"), "5:11");
  assert.equal(placeOfTemplate("a:\n  b: |\n    one\n      two {{ x }}\n"), "4:11");
  assert.equal(placeOfTemplate("a:\n  b: |+2\n     {{ x }}\n\n"), "3:6");
  assert.equal(placeOfTemplate("a:\n  b: >-\n\n    one\n    two\n\n    {{ x }}\n"), "7:5");
  assert.equal(placeOfTemplate("a:\r\n  b: |\r\n    one\r\n    two {{ x }}\r\n"), "4:9");
});

Deno.test("positionIn() is the place of the scalar for an empty one, and its end behind the last character", () => {
  const empty = scalarOf('a: {b: ""}');
  assert.deepEqual(positionIn(empty, 0), empty.at);
  assert.equal(positionIn(scalarOf("a: {b: xyz}"), 3).column, 11);
});

Deno.test("positionIn() gives each character its own place, however the text is written", () => {
  const character = fc.constantFrom(
    "a",
    "b",
    "{",
    "}",
    "'",
    '"',
    "\\",
    " ",
    " ",
    "\n",
    "\t",
    ":",
    "#",
    "-",
    "é",
    "😀",
    "|",
  );
  const style = fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED");
  const texts = fc.array(character, { maxLength: 60 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, style, fc.constantFrom(20, 80), (text, type, lineWidth) => {
      const scalar = new Scalar(text);
      scalar.type = type as Scalar.Type;
      const source = new Document({ a: { b: scalar } }).toString({ lineWidth, minContentWidth: 0 });
      const node = scalarIn(source);
      // The printer does not manage every text in every style.
      fc.pre(node?.text === text);
      const lines = source.split("\n");
      [...text].reduce((offset, char) => {
        if (/\S/.test(char)) {
          const { line, column } = positionIn(node, offset);
          const there = lines[line - 1]!.slice(column - 1);
          // In double quotes some characters are written as escapes.
          assert.ok(
            there.startsWith(char) || there.startsWith("\\"),
            `${JSON.stringify(source)}: ${char} at ${line}:${column}`,
          );
        }
        return offset + char.length;
      }, 0);
    }),
    { numRuns: 500 },
  );
});
