import assert from "node:assert/strict";
import { parseXml, type XmlElement, xmlElements, xmlText } from "../../tests/support/xml.ts";
import { readAnsi } from "./ansi.ts";
import { type Step, terminalSvg } from "./terminal_svg.ts";

const step = (command: string, output: string): Step => ({ command, output: readAnsi(output) });
const byClass = (root: XmlElement, wanted: string): XmlElement[] =>
  xmlElements(root).filter(({ attributes }) => attributes["class"]?.split(" ").includes(wanted));
const play = (steps: readonly Step[], rows = 10) => {
  const root = parseXml(terminalSvg(steps, { columns: 20, rows, title: "a <b>" }));
  return { root, rows: byClass(root, "r"), style: xmlText(xmlElements(root).find(({ name }) => name === "style")!) };
};

/** When a row appears, as a share of the time. */
function appears(style: string, row: XmlElement): number {
  const name = /animation-name:(\w+)/.exec(row.attributes["style"] ?? "")?.[1];
  if (name === undefined) return 0;
  const [, percent] = new RegExp(`@keyframes ${name}\\{0%\\{opacity:0\\}([\\d.]+)%\\{opacity:1\\}\\}`).exec(style)!;
  return Number(percent);
}

Deno.test("terminalSvg() shows each row once and in order, whatever is in it", () => {
  const { root, rows, style } = play([step("one", `a & <b>\r\n  \x1b[32mgreen\x1b[0m  z\r\n`), step("two", "")]);
  const texts = rows.map((row) => xmlElements(row).filter(({ name }) => name === "text").map(xmlText));
  assert.deepEqual(texts, [["$", "one"], ["a\u00a0&\u00a0<b>"], ["green", "z"], ["$", "two"]]);
  assert.equal(xmlText(xmlElements(root)[1]!), "a <b>");
  const times = rows.map((row) => appears(style, row));
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
  assert.equal(times[0], 0);
  assert.ok(times.at(-1)! < 100);
  const columns = xmlElements(rows[2]!).filter(({ name }) => name === "text").map(({ attributes }) => attributes["x"]);
  assert.deepEqual(columns.map((x) => Math.round(Number(x) / 8.4)), [2, 9]);
});

Deno.test("terminalSvg() scrolls what does not fit, and ends with the last rows", () => {
  const lines = Array.from({ length: 8 }, (_, n) => `line ${n}\r\n`).join("");
  assert.match(play([step("one", lines)], 9).style, /\.all\{transform:translateY\(0px\)\}/);
  const { style, rows } = play([step("one", lines)], 5);
  assert.match(style, /\.all\{transform:translateY\(-76px\)\}/);
  const scrolls = /@keyframes scroll\{0%\{transform:none\}(.*)\}/.exec(style)![1]!;
  const expected = rows.slice(5).map((row, n) => `${appears(style, row)}%{transform:translateY(${-19 * (n + 1)}px)}`);
  assert.equal(scrolls, expected.join(""));
});

Deno.test("terminalSvg() types a command before it shows what that printed", () => {
  const { style, rows, root } = play([step("three", "out\r\n")]);
  const [cover] = byClass(root, "cover");
  assert.equal(Number(cover!.attributes["width"]), 5 * 8.4);
  const [, from, to] = /@keyframes c0\{.*?([\d.]+)%\{opacity:1;transform:none;.*?([\d.]+)%\{opacity:1;transform:/.exec(
    style,
  )!;
  assert.ok(0 < Number(from) && Number(from) < Number(to) && Number(to) < appears(style, rows[1]!));
});

Deno.test("terminalSvg() wraps long lines, and refuses a command that is longer than a row", () => {
  const { rows } = play([step("one", `${"x".repeat(45)}\r\n`)]);
  assert.deepEqual(rows.map(({ attributes }) => attributes["class"]), ["r typed", "r", "r more", "r more"]);
  assert.throws(() => play([step("x".repeat(19), "")]), /longer than a row/);
});
