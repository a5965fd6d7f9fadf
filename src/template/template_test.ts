import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import type { JsonMap } from "../base/json.ts";
import { sha256Hex } from "../base/sha256.ts";
import {
  checkTemplate,
  defaultLimits,
  hasBytes,
  parseTemplate,
  references,
  renderText,
  renderValue,
  TemplateError,
  TemplateSyntaxError,
  toBytes,
} from "./mod.ts";

const data: JsonMap = {
  spec: { replicas: 3, ratio: 0.5, whole: 2, big: 9007199254740993n, hosts: ["a", "b"], none: null, text: " x " },
};

function text(source: string): string {
  return renderText(parseTemplate(source), data);
}

function value(source: string): unknown {
  return renderValue(parseTemplate(source), data);
}

function failure(source: string, root: JsonMap = data): TemplateError {
  try {
    renderText(parseTemplate(source), root);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`Expected a failure of ${source}`);
}

Deno.test("parseTemplate() identifies literals and sole expressions", () => {
  const kinds = (source: string) => {
    const { literal, soleExpression } = parseTemplate(source);
    return [literal, soleExpression];
  };
  deepStrictEqual(kinds("plain"), [true, false]);
  deepStrictEqual(kinds("}} plain {"), [true, false]);
  deepStrictEqual(kinds("{{.x}}"), [false, true]);
  deepStrictEqual(kinds("  {{ .x | print }}\n"), [false, true]);
  deepStrictEqual(kinds("{{/* why */}}{{.x}}"), [false, true]);
  deepStrictEqual(kinds("{{.x}}{{.y}}"), [false, false]);
  deepStrictEqual(kinds("a{{.x}}"), [false, false]);
  deepStrictEqual(kinds("{{$x := .y}}"), [false, false]);
  deepStrictEqual(kinds("{{if .x}}{{end}}"), [false, false]);
  deepStrictEqual(kinds(""), [true, false]);
});

Deno.test("renderValue() keeps the type of a sole expression", () => {
  strictEqual(value("{{.spec.replicas}}"), 3);
  strictEqual(value("{{.spec.big}}"), 9007199254740993n);
  strictEqual(value("{{add .spec.big 1}}"), 9007199254740994n);
  strictEqual(value("{{len .spec.hosts}}"), 2);
  strictEqual(value("{{2.0}}"), 2);
  strictEqual(value("{{'a'}}"), 97);
  deepStrictEqual(value("{{.spec.hosts}}"), ["a", "b"]);
  deepStrictEqual(value('{{toList "a, b"}}'), ["a", "b"]);
  strictEqual(value("{{.spec.hosts}}"), data.spec && (data.spec as JsonMap).hosts, "shared, not copied");
});

Deno.test("renderValue() gives undefined for what is absent or null", () => {
  strictEqual(value("{{.spec.nope}}"), undefined);
  strictEqual(value("{{.nope.deep.down}}"), undefined);
  strictEqual(value("{{.spec.none}}"), undefined);
  strictEqual(value("x{{.spec.nope}}"), "x");
});

Deno.test("renderValue() keeps the white space round text, as renderText() does", () => {
  strictEqual(value("{{.spec.text}}\n"), " x \n");
  strictEqual(value(" {{.spec.replicas}}\n"), 3);
  strictEqual(text(" {{.spec.replicas}}\n"), " 3\n");
});

Deno.test("renderValue() refuses what JSON cannot hold", () => {
  for (const source of ["{{1i}}", "{{mul 1e308 10}}"]) {
    throws(() => value(source), { name: "TemplateError", kind: "execution" }, source);
  }
});

Deno.test("renderText() prints a list of floats and exact integers", () => {
  strictEqual(text("{{.spec.big}} {{.spec.ratio}} {{.spec.hosts}}"), "9007199254740993 0.5 [a b]");
});

Deno.test("renderText() never reads what objects inherit", () => {
  for (const key of ["__proto__", "constructor", "toString"]) {
    strictEqual(text(`{{.${key}}}{{index . "${key}"}}{{get . "${key}"}}`), "");
  }
  const own = JSON.parse('{"__proto__": {"x": 1}}') as JsonMap;
  strictEqual(renderText(parseTemplate("{{.__proto__.x}}{{range $k, $v := .}}{{$k}}{{end}}"), own), "1__proto__");
});

Deno.test("TemplateError says where and why", () => {
  const places: [string, number, number, RegExp][] = [
    ["{{.spec.replicas.x}}", 1, 3, /field "x".*a number/],
    ["a\nb {{ index .spec.hosts 5 }}", 2, 6, /"index".*out of range/],
    ["{{ if true }}\n  {{ range .spec.ratio }}{{end}}{{end}}", 2, 6, /range over a number/],
    ["{{ print 1 (add .spec.text 1) }}", 1, 13, /"add": a text of 3 characters is not a number/],
    ['{{ template "nope" }}', 1, 4, /"nope".*not defined/],
    ['{{define "t"}}\n{{.x.y}}{{.spec.hosts.x}}{{end}}{{template "t" .}}', 2, 11, /a list/],
    ["é {{ printf 3 }}", 1, 6, /format must be text/],
  ];
  for (const [source, line, column, message] of places) {
    const error = failure(source);
    deepStrictEqual([error.line, error.column, error.kind], [line, column, "execution"], source);
    ok(message.test(error.message), error.message);
    ok(!/line|column|\d+:\d+|\.$/.test(error.message), error.message);
  }
});

Deno.test("TemplateSyntaxError says where, what and what to do", () => {
  const places: [string, number, number, RegExp, RegExp?][] = [
    ["{{ .x", 1, 1, /Unclosed action/, /}}/],
    ["a: 1\nb: {{ .x\nc: nope\n", 2, 4, /Unclosed action/, /}}/],
    ["a: {{ nope\nb: {{ .y }}\n", 1, 4, /Unclosed action/, /}}/],
    ["{{ .a }}{{- (.x | ", 1, 9, /Unclosed action/, /}}/],
    ["ok\n{{ if .x }}\n", 2, 4, /Missing {{end}}/],
    ["{{ .a-b }}", 1, 6, /Bad character/, /index/],
    ["\n\n  {{ tooUpper .x }}", 3, 6, /"tooUpper" is not defined/, /toUpper/],
    ["{{ $x }}", 1, 4, /"\$x" is not defined/],
    ["{{ 08 }}", 1, 4, /08/],
    ['{{ "abc }}', 1, 4, /Unterminated/],
    ["{{end}}", 1, 6, /Unexpected {{end}}/],
    ["{{ .x | 3 }}", 1, 9, /behind a pipe/],
    ["{{break}}", 1, 3, /outside of {{range}}/],
  ];
  for (const [source, line, column, message, hint] of places) {
    throws(() => parseTemplate(source), (error) => {
      ok(error instanceof TemplateSyntaxError);
      deepStrictEqual([error.line, error.column], [line, column], source);
      ok(message.test(error.message), error.message);
      if (hint) ok(hint.test(error.hint ?? ""), `${source}: ${error.hint}`);
      ok(error.offset >= 0 && error.offset <= source.length);
      return true;
    });
  }
});

Deno.test("a step budget ends every render, at the same place each time", () => {
  const sources = [
    "{{range 1000000000}}{{end}}",
    "{{range 9223372036854775807}}x{{end}}",
    '{{define "t"}}{{range 100}}{{template "t"}}{{end}}{{end}}{{template "t"}}',
    "{{range 100000}}{{range 100000}}{{end}}{{end}}",
    '{{$x := repeat "a" 1000000}}{{range 100000}}{{$y := toUpper $x}}{{end}}',
    '{{$x := repeat "a," 500000}}{{range 100000}}{{$y := split $x ","}}{{end}}',
    '{{$x := repeat "a" 1000000}}{{range 100000}}{{if contains $x "b"}}{{end}}{{end}}',
    '{{$x := repeat "a" 1000000}}{{range 100000}}{{$y := sha256sum $x}}{{end}}',
    '{{$x := printf "%1000000d" 1}}{{range 100000}}{{$y := eq (print $x "a") (print $x "b")}}{{end}}',
  ];
  for (const source of sources) {
    const start = performance.now();
    const [first, second] = [failure(source), failure(source)];
    strictEqual(first.kind, "steps", source);
    deepStrictEqual([first.line, first.column], [second.line, second.column]);
    ok(performance.now() - start < 5000, `${source} took ${performance.now() - start} ms`);
  }
});

Deno.test("templates that call each other end before the stack does", () => {
  const deep = "{{range 1}}{{with 1}}{{if true}}".repeat(20);
  const ends = "{{end}}{{end}}{{end}}".repeat(20);
  strictEqual(failure('{{define "t"}}{{template "t"}}{{end}}{{template "t"}}').kind, "steps");
  strictEqual(failure(`{{define "t"}}${deep}{{template "t"}}${ends}{{end}}{{template "t"}}`).kind, "steps");
});

Deno.test("an output bound holds for the whole and for every text on the way", () => {
  const limits = { ...defaultLimits, outputBytes: 1000 };
  const outputOf = (source: string) => renderText(parseTemplate(source), data, limits);
  strictEqual(outputOf('{{repeat "x" 1000}}').length, 1000);
  strictEqual(outputOf('{{range 500}}{{"é"}}{{end}}').length, 500);
  const tooLong = [
    '{{repeat "x" 1001}}',
    '{{range 501}}{{"é"}}{{end}}',
    "{{range 334}}日{{end}}",
    '{{printf "%1001d" 1}}',
    '{{printf "%.1001f" 1.5}}',
    '{{printf "%.1001d" 1}}',
    '{{printf "%0*d" 2000 1}}',
    '{{$x := repeat "x" 900}}{{len (print $x $x)}}',
    '{{$x := repeat "x" 900}}{{len (concat $x $x)}}',
    '{{$x := repeat "x" 900}}{{len (toBase64 $x)}}',
    '{{$x := repeat "x" 900}}{{len (printf "%x" $x)}}',
    '{{$x := repeat "x" 900}}{{len (replace $x "x" "yy")}}',
    '{{$x := repeat "x" 900}}{{len (join (toList (replace $x "x" ",")) $x)}}{{len (printf "%q%q" $x $x)}}',
  ];
  for (const source of tooLong) {
    throws(() => outputOf(source), { name: "TemplateError", kind: "output" }, source);
  }
});

Deno.test("nesting is bounded: of blocks, parentheses and data", () => {
  const nested = (count: number) => "{{if true}}".repeat(count) + "x" + "{{end}}".repeat(count);
  strictEqual(text(nested(200)), "x");
  throws(() => parseTemplate(nested(201)), TemplateSyntaxError);
  strictEqual(text(`{{${"(".repeat(200)}1${")".repeat(200)}}}`), "1");
  throws(() => parseTemplate(`{{${"(".repeat(100_000)}`), TemplateSyntaxError);
  throws(() => parseTemplate("{{if 1}}x{{else ".repeat(10_000)), TemplateSyntaxError);
  const nestedMap = (depth: number) => {
    let map: JsonMap = {};
    for (let i = 0; i < depth; i++) map = { a: map };
    return map;
  };
  const deep = nestedMap(5000);
  for (const source of ["{{.}}", '{{printf "%v" .}}', "{{toJson .}}", "{{listHas .l .m}}"]) {
    const root = { ...deep, l: [deep], m: nestedMap(5000) };
    strictEqual(failure(source, root).kind, "steps", source);
  }
  throws(() => renderValue(parseTemplate("{{.}}"), deep), { kind: "steps" });
});

Deno.test("bytes that are not characters are an error in the output, and never replaced", () => {
  strictEqual(text('{{slice "é" 0 1}}{{slice "é" 1}}'), "é");
  strictEqual(text(String.raw`{{len "\xff\xfe"}}{{printf "%x" "\xff"}}`), "2ff");
  const sources = [
    '{{slice "é" 0 1}}|',
    '{{slice "é" 0 1}}',
    String.raw`{{"\xff"}}`,
    '{{fromBase64 "/w=="}}',
    '{{toJson (fromBase64 "/w==")}}',
    '{{sha256sum (split (fromBase64 "/yz/") ",")}}',
    '{{index (split (fromBase64 "/yz/") ",") 0}}',
  ];
  for (const source of sources) {
    for (const render of [renderText, renderValue]) {
      throws(() => render(parseTemplate(source), data), (error) => {
        ok(error instanceof TemplateError && error.kind === "execution");
        return /bytes that are not UTF-8/.test(error.message);
      }, source);
    }
  }
  throws(() => value('{{split (fromBase64 "/yxh") ","}}'), TemplateError);
});

Deno.test("bytes that are kept stay what they were", () => {
  const kept = (source: string, root = data) => renderValue(parseTemplate(source), root, defaultLimits, "keep");
  strictEqual(kept('{{fromBase64 "/w=="}}'), "\udcff");
  strictEqual(kept('{{slice "é" 0 1}}|'), "\udcc3|");
  strictEqual(kept('{{slice "é" 0 1}}{{slice "é" 1}}'), "é");
  deepStrictEqual(kept('{{split (fromBase64 "/yxh") ","}}'), ["\udcff", "a"]);
  // What no bytes can give: half of a character in the data.
  strictEqual(kept("{{.x}}", { x: "a\ud83d\udcff" }), "a\u{1f4ff}");
  strictEqual(kept("{{.x}}", { x: "\ud83d" }), "\ufffd");
  strictEqual(kept("{{.x}}", { x: "\ud83d\udeff" }), "\u{1f6ff}");
  strictEqual(kept("{{.x}}", { x: "\udc01\udcff" }), "\ufffd\udcff");
  strictEqual(hasBytes("\udcff"), true);
  strictEqual(hasBytes("\u{1f4ff} é"), false);
});

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

Deno.test("any bytes pass through base64, and their digest and length are those of the bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const blob = bytes.toBase64();
    const render = (source: string) => renderText(parseTemplate(source), { blob }, defaultLimits, "keep");
    strictEqual(render("{{toBase64 (fromBase64 .blob)}}"), blob);
    strictEqual(render("{{len (fromBase64 .blob)}}"), String(bytes.length));
    strictEqual(render("{{sha256sum (fromBase64 .blob)}}"), sha256Hex(bytes).slice(0, 8));
    const text = render("{{fromBase64 .blob}}");
    deepStrictEqual(toBytes(text), new Uint8Array(bytes));
    strictEqual(hasBytes(text), !isUtf8(bytes));
  }));
});

Deno.test("hostile sources are parsed, checked and analysed in time linear to their length", () => {
  const many = (piece: string, length = 300_000) => piece.repeat(Math.floor(length / piece.length));
  const sources = [
    many("{"),
    many("{{/*"),
    many("{{- "),
    `{{${many("1")}}}`,
    `{{${many("1")}e}}`,
    `{{0x${many("f")}p1}}`,
    `{{0.${many("0")}1}}`,
    `{{${many("1_")}1}}`,
    `{{"${many("\\xff")}"}}`,
    `{{"${many('\\"')}`,
    many("{{.a}}"),
    many("\n{{.a"),
    `{{${many(".a")}}}`,
    `{{print ${many("1 ")}}}`,
    `{{1 ${many("| print ")}}}`,
    many("{{$x := 1}}"),
    Array.from({ length: 20_000 }, (_, i) => `{{$x${i} := 1}}`).join(""),
    Array.from({ length: 10_000 }, (_, i) => `{{with $x${i} := 1}}{{end}}`).join(""),
    Array.from({ length: 10_000 }, (_, i) => `{{define "t${i}"}}{{.x}}{{end}}{{template "t${i}x"}}`).join(""),
    Array.from({ length: 3000 }, (_, i) => `{{define "t${i}"}}{{template "t${i + 1}" .a}}{{end}}`).join("") +
    '{{template "t0"}}',
    `{{${many("(or .a .b ", 2000)}`,
    Array.from({ length: 150 }).reduce<string>((inner) => `(or ${inner} .b)`, ".a").replace(/^/, "{{") + "}}",
    "{{$x := .a}}" + "{{$x = or $x.a $x.b}}{{$y := or $x.a $x.b}}{{with or $y.a $y.b}}{{.}}{{end}}".repeat(300),
    "{{range 1}}{{if true}}".repeat(90) + "x" + "{{end}}{{end}}".repeat(90),
    many('{{repeat "x" 1000000 | toUpper | toLower}}', 20_000),
  ];
  for (const source of sources) {
    const start = performance.now();
    try {
      const template = parseTemplate(source);
      checkTemplate(template);
      references(template);
      renderText(template, data);
    } catch (error) {
      ok(error instanceof TemplateSyntaxError || error instanceof TemplateError, String(error));
    }
    const took = performance.now() - start;
    ok(took < 4000, `${source.slice(0, 60)}… took ${Math.round(took)} ms`);
  }
});
