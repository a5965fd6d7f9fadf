import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isMap, type JsonMap, parseJson } from "../../../src/base/json.ts";
import {
  defaultLimits,
  parseTemplate,
  renderText,
  renderValue,
  TemplateError,
  TemplateSyntaxError,
} from "../../../src/template/mod.ts";

/** A template, and what Go 1.26 does with it: its output, or where it fails. */
interface GoldenCase {
  readonly template: string;
  /** A key of data.json. */
  readonly data: string;
  readonly output?: string;
  readonly error?: "parse" | "execute";
}

/**
 * A case in which a ruling departs from Go: 13 (types are kept), 14 (absent at every depth), 38 (nothing for absent).
 */
interface Departure extends GoldenCase {
  readonly ruling: 13 | 14 | 38;
  readonly reason: string;
  /** What Go does. */
  readonly go: string;
  /** Ruling 13: the value; none when it is absent. */
  readonly value?: unknown;
}

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, import.meta.url));
}

const allData = parseJson(read("data.json")) as JsonMap;

/** What our engine does, in the words of a golden case. */
function outcome({ template, data }: GoldenCase): { output: string } | { error: string } {
  const root = allData[data];
  if (!isMap(root)) throw new Error(`no data named ${data}`);
  try {
    // Go prints bytes, and the goldens are texts: what is not UTF-8 is U+FFFD there.
    return { output: renderText(parseTemplate(template), root, defaultLimits, "keep").toWellFormed() };
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return { error: "parse" };
    if (error instanceof TemplateError) return { error: error.kind === "execution" ? "execute" : error.kind };
    throw error;
  }
}

function differences(cases: readonly GoldenCase[]): unknown[] {
  return cases.flatMap((golden) => {
    const expected = golden.error === undefined ? { output: golden.output } : { error: golden.error };
    const actual = outcome(golden);
    return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [{ ...golden, actual }];
  });
}

const files = ["actions", "syntax", "literals", "builtins", "verbs", "formats", "floats", "random", "mutated"];
let total = 0;

for (const name of files) {
  Deno.test(`renderText() does what Go does: ${name}`, () => {
    const cases = JSON.parse(read(`${name}.json`)) as GoldenCase[];
    total += cases.length;
    const found = differences(cases);
    deepStrictEqual(found.slice(0, 20), [], `${found.length} of ${cases.length} cases differ`);
  });
}

Deno.test("the golden files hold thousands of different cases", () => {
  ok(total >= 4000, `${total} cases`);
});

Deno.test("renderText() departs from Go only where a ruling says so", () => {
  const departures = JSON.parse(read("departures.json")) as Departure[];
  ok(departures.length > 0);
  for (const departure of departures) ok([13, 14, 38].includes(departure.ruling), departure.template);
  deepStrictEqual(differences(departures.filter(({ ruling }) => ruling !== 13)), []);
  for (const { template, data, value } of departures.filter(({ ruling }) => ruling === 13)) {
    deepStrictEqual(renderValue(parseTemplate(template), allData[data] as JsonMap), value, template);
  }
});

Deno.test("the comparison sees a difference", () => {
  strictEqual(differences([{ template: "{{.kind}}", data: "cr", output: "Website" }]).length, 0);
  strictEqual(differences([{ template: "{{.kind}}", data: "cr", output: "website" }]).length, 1);
  strictEqual(differences([{ template: "{{.kind}}", data: "cr", error: "execute" }]).length, 1);
  strictEqual(differences([{ template: "{{.kind", data: "cr", error: "execute" }]).length, 1);
});
