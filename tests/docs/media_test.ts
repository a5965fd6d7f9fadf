/** The pictures of the README, which `deno task media` makes. */
import assert from "node:assert/strict";
import { projectRoot } from "../architecture/paths.ts";
import { parseXml, type XmlElement, xmlElements, xmlText } from "../support/xml.ts";

const readme = Deno.readTextFileSync(`${projectRoot}/README.md`);
const media = `${projectRoot}/docs/media`;
const svg = Deno.readTextFileSync(`${media}/terminal.svg`);

Deno.test("every picture of the README is there, has a text in its place, and no other picture is kept", () => {
  const images = [...readme.matchAll(/<img\b[^>]*>/g)].map(([image]) => image);
  assert.ok(images.length >= 2);
  for (const image of images) assert.ok((/ alt="([^"]*)"/.exec(image)?.[1] ?? "").length > 40, image);
  const named = [...readme.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path]) => path!);
  assert.ok(named.every((path) => path.startsWith("docs/media/")), named.join(" "));
  const kept = [...Deno.readDirSync(media)].map((entry) => `docs/media/${entry.name}`);
  assert.deepEqual([...new Set(named)].sort(), kept.sort());
});

Deno.test("pictures of the Control Center are there in both themes, of one size, and not large", () => {
  const dark = '<source media="(prefers-color-scheme: dark)" srcset="docs/media/controlcenter-dark.png" />';
  assert.ok(readme.includes(dark), `The README has no ${dark}`);
  for (const theme of ["light", "dark"]) {
    const png = Deno.readFileSync(`${media}/controlcenter-${theme}.png`);
    assert.deepEqual([...png.slice(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10], theme);
    const view = new DataView(png.buffer);
    assert.deepEqual([view.getUint32(16), view.getUint32(20)], [1280, 800], theme);
    assert.ok(png.length < 150_000, `${theme}: ${png.length} bytes`);
  }
});

Deno.test("the recording of a terminal is an SVG that is well-formed, loads and runs nothing, and stands still on request", () => {
  const root = parseXml(svg);
  assert.equal(root.name, "svg");
  const allowed = new Set(["svg", "title", "style", "g", "rect", "text"]);
  for (const { name, attributes } of xmlElements(root)) {
    assert.ok(allowed.has(name), name);
    for (const attribute of Object.keys(attributes)) assert.doesNotMatch(attribute, /^on|href|^src$/i);
  }
  assert.doesNotMatch(svg.replace("http://www.w3.org/2000/svg", ""), /url\(|@import|javascript:|data:/i);
  const [style] = xmlElements(root).filter(({ name }) => name === "style").map(xmlText);
  const [still, moving] = style!.split("@media (prefers-reduced-motion:no-preference)");
  assert.doesNotMatch(still!, /animation/);
  assert.match(moving!, /animation:/);
  assert.ok(svg.length < 100_000, `${svg.length} bytes`);
});

/** Lines of a terminal without what differs each time: times, uids, and in which order operators report. */
function withoutChance(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith("    operator | ")).map((line) =>
    line.replace(/uid \w{8}…/, "uid …").replace(/ in [\d.]+ s\.$/, " in … s.").trimEnd()
  );
}

/** Command lines that the recording shows, each with the lines that it prints. */
function shown(): { readonly command: string; readonly lines: string[] }[] {
  const steps: { command: string; lines: string[] }[] = [];
  const rows = xmlElements(parseXml(svg)).filter(({ name, attributes }) =>
    name === "g" && /^r\b/.test(attributes["class"] ?? "")
  );
  for (const row of rows) {
    const names = row.attributes["class"]!.split(" ");
    const text = rowText(row);
    if (names.includes("typed")) steps.push({ command: text.replace(/^\$ /, ""), lines: [] });
    else if (names.includes("more")) steps.at(-1)!.lines.push(steps.at(-1)!.lines.pop()! + text);
    else steps.at(-1)!.lines.push(text);
  }
  return steps;
}

/** A row with its indent: texts are where their columns are. */
function rowText(row: XmlElement): string {
  let text = "";
  for (const run of xmlElements(row).filter(({ name }) => name === "text")) {
    text = text.padEnd(Math.round(Number(run.attributes["x"]) / 8.4)) + xmlText(run).replaceAll("\u00a0", " ");
  }
  return text;
}

Deno.test("the recording of a terminal shows commands that there are, and what they print", async () => {
  const steps = shown();
  assert.deepEqual(steps.map(({ command }) => command), [
    "ork init my-website",
    "ork validate my-website",
    "ork demo",
  ]);
  const folder = await Deno.makeTempDir({ prefix: "ork-media-" });
  try {
    for (const { command, lines } of steps) {
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", `${projectRoot}/main_dev.ts`, ...command.split(" ").slice(1)],
        cwd: folder,
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const printed = new TextDecoder().decode(stdout).trimEnd().split("\n");
      assert.equal(code, 0, command);
      assert.deepEqual(withoutChance(lines), withoutChance(printed), `${command}: deno task media has to be run again`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
