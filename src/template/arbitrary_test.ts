import { ok } from "node:assert/strict";
import fc from "fast-check";
import type { Json, JsonMap } from "../base/json.ts";
import {
  checkTemplate,
  functionDocs,
  parseTemplate,
  references,
  renderText,
  renderValue,
  type Template,
  TemplateError,
  TemplateSyntaxError,
} from "./mod.ts";

/** Pieces that templates are made of, so that random ones get beyond the lexer. */
// deno-fmt-ignore
const pieces = [
  "{{", "}}", "{{-", "-}}", " ", "\n", ".", ".a", ".b.c", "$", "$x", "$x :=", "$x =", ":=", "=", "|", "(", ")",
  ",", "if ", "else", "else if ", "end", "{{end}}", "{{else}}", "range ", "with ", "define ", "template ",
  "block ", "break", "continue", "nil", "true", "1", "-2.5", "0x1p4", "1e9", "99999999999", "'x'", '"s"', '"t"',
  "`r`", '"\\xff"', "1i", "/*", "*/", "{{/* c */}}", "text", "é", "😀", "\ud800", "%d%v", '"%*d%[2]x"', "print ",
  "printf ", "eq ", "and ", "or ", "index ", "slice ", "len ", "repeat ", "split ", "join ", "toJson ", "default ",
  "get ",
];

const anyTemplate = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join("")),
  fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => `{{${parts.join(" ")}}}`),
  fc.array(fc.constantFrom(...functionDocs.map(({ name }) => name), ".a", ".b", "1", '"s"', "(", ")", "|", "."), {
    maxLength: 6,
  }).map((parts) => `{{${parts.join(" ")}}}`),
);

/** Templates that parse and mostly render: actions, blocks and calls over the keys a, b and c. */
const { list: soundTemplate } = fc.letrec<{ list: string; node: string; pipe: string; operand: string }>((tie) => {
  const [list, pipe, operand] = [tie("list"), tie("pipe"), tie("operand")];
  const form = (...parts: (string | fc.Arbitrary<string>)[]) =>
    fc.tuple(...parts.map((part) => typeof part === "string" ? fc.constant(part) : part)).map((texts) =>
      texts.join("")
    );
  const call = (names: string[], ...args: fc.Arbitrary<string>[]) =>
    form(fc.constantFrom(...names), ...args.flatMap((arg) => [" ", arg]));
  const key = fc.constantFrom('"a"', '"b"', '"c"', "(print .a.b.c)");
  return {
    list: fc.array(tie("node"), { minLength: 1, maxLength: 2 }).map((nodes) => nodes.join("|")),
    node: fc.oneof(
      { maxDepth: 3 },
      form("{{", pipe, "}}"),
      form("{{if ", pipe, "}}", list, "{{else}}", list, "{{end}}"),
      form("{{with ", pipe, "}}", list, "{{else}}", list, "{{end}}"),
      form("{{with $x := ", pipe, "}}{{$x.a}}", list, "{{end}}"),
      form("{{range $k, $v := ", operand, "}}{{$k}}{{$v.b}}{{else}}", list, "{{end}}"),
      form("{{$y := .a}}{{if ", pipe, "}}{{$y = ", operand, "}}{{end}}{{$y.b}}"),
      form('{{define "t"}}', list, "{{end}}"),
      form('{{template "t" ', operand, "}}"),
    ),
    pipe: fc.oneof(
      { maxDepth: 3 },
      operand,
      call(["not", "empty", "toJson", "asMap", "mapKeys", "print", "labels", "resourceExists", "len"], operand),
      call(["or", "and", "default", "coalesce", "getOr", "listHas .b"], operand, operand),
      call(["get", "mapGet", "getLabel", "hasLabel", "getStatus", "index"], operand, key),
      call(["ternary", "eqTernary .a"], operand, operand, operand),
      form(operand, " | ", fc.constantFrom("print", "default .b", "or .c", "toJson")),
    ),
    operand: fc.oneof(
      { maxDepth: 3 },
      { weight: 8, arbitrary: fc.constantFrom(".a", ".b", ".c", ".a.b", ".b.c", ".c.a.b", "$.a", "$.b.c") },
      { weight: 1, arbitrary: fc.constantFrom("nil", "1", '"a"', "true", ".") },
      { weight: 1, arbitrary: form("(", pipe, ")") },
      { weight: 1, arbitrary: form("(", call(["or", "default", "get . "], operand, key), ").a") },
    ),
  };
});

const anyData = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), fc.jsonValue({ maxDepth: 4 }), {
  noNullPrototype: true,
}) as fc.Arbitrary<JsonMap>;

/** Maps in maps, with the keys that sound templates read. */
const leaf = fc.constantFrom<Json>(0, 1, "a", "", true, null, [], {}, ["a"], { a: "a" });
const nestedData = [1, 2, 3].reduce<fc.Arbitrary<Json>>(
  (below) => fc.dictionary(fc.constantFrom("a", "b", "c", "metadata", "labels", "status"), below, { maxKeys: 5 }),
  leaf,
) as fc.Arbitrary<JsonMap>;

const runs = { numRuns: 3000, verbose: 1 } as const;

function parsed(source: string): Template | undefined {
  try {
    return parseTemplate(source);
  } catch (error) {
    ok(error instanceof TemplateSyntaxError, String(error));
    checkPlace(source, error);
    ok(error.offset >= 0 && error.offset <= source.length);
    return undefined;
  }
}

function checkPlace(source: string, { line, column }: { line: number; column: number }): void {
  const lines = source.split("\n");
  ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
  ok(column >= 1 && column <= lines[line - 1]!.length + 1, `column ${column} in ${JSON.stringify(lines[line - 1])}`);
}

Deno.test("parseTemplate() takes any text or fails by a TemplateSyntaxError with a place in it", () => {
  fc.assert(fc.property(anyTemplate, (source) => void parsed(source)), runs);
});

Deno.test("a text without braces renders to itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (source) => {
      if (!source.includes("{{")) ok(renderText(parseTemplate(source), {}) === source);
    }),
  );
});

Deno.test("rendering ends within its limits or fails by a TemplateError with a place in the template", () => {
  const limits = { steps: 2000, outputBytes: 500 };
  const encoder = new TextEncoder();
  const property = fc.property(anyTemplate, anyData, (source, data) => {
    const template = parsed(source);
    if (!template) return;
    const before = JSON.stringify(data);
    for (const render of [renderText, renderValue]) {
      try {
        const result = render(template, data, limits);
        if (typeof result === "string") {
          ok(result.isWellFormed());
          // A stray byte is one byte while rendering and the three of U+FFFD outside.
          ok(encoder.encode(result.replaceAll("\ufffd", "?")).length <= limits.outputBytes);
        } else JSON.stringify(result);
      } catch (error) {
        ok(error instanceof TemplateError, String(error));
        checkPlace(source, error);
      }
    }
    ok(JSON.stringify(data) === before, "the data were changed");
  });
  fc.assert(property, runs);
});

Deno.test("rendering twice gives the same", () => {
  const property = fc.property(anyTemplate, anyData, (source, data) => {
    const template = parsed(source);
    if (template) ok(outcome(template, data) === outcome(template, data));
  });
  fc.assert(property, { ...runs, numRuns: 500 });
});

Deno.test("checkTemplate() and references() take every template that parses", () => {
  const property = fc.property(anyTemplate, (source) => {
    const template = parsed(source);
    if (!template) return;
    for (const issue of checkTemplate(template)) checkPlace(source, issue);
    ok(references(template).every(({ path }) => path.every((name) => typeof name === "string")));
  });
  fc.assert(property, runs);
});

Deno.test("what references() names is all that a render depends on", () => {
  let compared = 0;
  const property = fc.property(soundTemplate, nestedData, (source, data) => {
    const template = parsed(source);
    if (!template) return;
    const found = references(template);
    const whole = outcome(template, data);
    // A scalar in the way of a path fails; the cut has nothing there.
    if (whole === undefined || found.some(({ path }) => path.length === 0)) return;
    const cut = projected(data, found);
    ok(outcome(template, cut) === whole, `${whole} with ${JSON.stringify(cut)}`);
    compared++;
  });
  fc.assert(property, { ...runs, numRuns: 4000 });
  ok(compared > 800, `compared ${compared}`);
});

function outcome(template: Template, data: JsonMap): string | undefined {
  try {
    return renderText(template, data);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/** The data cut to what the references name; a value that is only looked at for being there keeps one key or item. */
function projected(data: JsonMap, found: ReturnType<typeof references>): JsonMap {
  const result: JsonMap = {};
  for (const { path, whole } of found) {
    let from: unknown = data;
    for (const name of path) from = isPlainMap(from) && Object.hasOwn(from, name) ? from[name] : undefined;
    if (path.length === 0) return data;
    if (from === undefined) continue;
    const kept = whole || !isPlainMap(from) ? from : Object.keys(from).length > 0 ? { kept: true } : {};
    let into = result;
    path.forEach((name, i) => {
      const last = i === path.length - 1;
      const known = Object.hasOwn(into, name) ? into[name] : undefined;
      const next = last ? (isPlainMap(known) && isPlainMap(kept) ? { ...kept, ...known } : kept) : known ?? {};
      Object.defineProperty(into, name, { value: next, writable: true, enumerable: true, configurable: true });
      into = next as JsonMap;
    });
  }
  return result;
}

function isPlainMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
