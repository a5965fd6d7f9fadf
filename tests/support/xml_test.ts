import assert from "node:assert/strict";
import { parseXml, xmlElements, xmlText } from "./xml.ts";

Deno.test("parseXml() reads elements, attributes, text and references", () => {
  const root = parseXml(`<a b="1 &lt; 2" c-d=""><e/>x &amp; <f g="&#233;">y&#x21;</f></a>\n`);
  assert.deepEqual(root.attributes, { b: "1 < 2", "c-d": "" });
  assert.deepEqual(xmlElements(root).map(({ name }) => name), ["a", "e", "f"]);
  assert.equal(xmlText(root), "x & y!");
});

Deno.test("parseXml() refuses what is not well-formed", () => {
  const broken = [
    ...["<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a b=1/>", "<a b='1'/>", '<a b="1" b="2"/>', '<a b="<"/>'],
    ...[
      "<a>&nbsp;</a>",
      "<a>x & y</a>",
      '<a b="&"/>',
      "<a",
      "x",
      "",
      "<a>< b</a>",
      "<a><!-- x --></a>",
      '<a b="1"c="2"/>',
    ],
  ];
  for (const text of broken) assert.throws(() => parseXml(text), Error, text);
});
