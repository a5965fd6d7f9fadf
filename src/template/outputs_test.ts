import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { library } from "./functions/library.ts";
import { outputs, parseTemplate } from "./mod.ts";
import { classifiedFunctions } from "./outputs.ts";

/** Paths as text, `.` the root; a `!` at the end: with a fixed beginning or end. */
function printed(source: string): string[] {
  const { paths, fixed } = outputs(parseTemplate(source));
  return [...paths.map((path) => path.join(".") || "."), ...fixed ? ["!"] : []];
}

const cases: Readonly<Record<string, readonly string[]>> = {
  "": [],
  "text": ["!"],
  "{{.spec.a}}": ["spec.a"],
  "{{.}}": ["."],
  "{{$.spec.a}}-{{.b}}": ["b", "spec.a"],
  "{{.a}}-web": ["a", "!"],
  "web-{{.a}}": ["a", "!"],
  "-{{.a}}-": ["a"],
  "{{.a}} ": ["a"],
  // Notes, as they are written out.
  '{{(note "n" $)}}{{define "note n"}}{{.a}}-web{{end}}': ["a", "!"],
  '{{(note "n" $)}}{{define "note n"}}{{.a}}{{end}}': ["a"],
  '{{(note "n" $)}}-{{.b}}{{define "note n"}}web-{{.a}}{{end}}': ["a", "b", "!"],
  '{{(note "n" $)}}-{{.b}}{{define "note n"}}{{.a}}-web{{end}}': ["a", "b"],
  '{{(note "n" $)}}{{define "note n"}}{{(note "m" $)}}{{end}}{{define "note m"}}{{.a}}-web{{end}}': ["a", "!"],
  '{{(note "n" $) | toUpper}}{{define "note n"}}{{.a}}-web{{end}}': ["a"],
  // Only compared, tested or counted.
  '{{if eq .a "x"}}y{{else}}z{{end}}': ["!"],
  '{{if eq .a "x"}}y{{else}}{{.b}}{{end}}': ["b"],
  '{{ternary (eq .a "x") "y" "z"}}': [],
  '{{ternary .a .b "z"}}': ["b"],
  "{{len .a}}{{add .b 1}}{{hasPrefix .c .d}}": [],
  "{{sha256sum .a}}": [],
  '{{lookup .a "x" .b "y" "c"}}': ["b"],
  '{{eqTernary .a "x" .b "c"}}': ["b"],
  // Chosen from, cut out of, made of.
  '{{index (split .a ":") 0}}': ["a"],
  "{{index .a .b}}": ["a"],
  '{{get .a "b" "c"}}': ["a.b.c"],
  '{{index .a "b"}}': ["a.b"],
  '{{.a | default "x"}}': ["a"],
  "{{coalesce .a .b}}": ["a", "b"],
  "{{toLower .a | slugify}}": ["a"],
  '{{printf "%s-%s" .a .b}}': ["a", "b"],
  '{{printf "web-%s" .a}}': ["a", "!"],
  '{{printf "%s-web" .a}}': ["a", "!"],
  '{{printf "%s-web" .a | toLower}}': ["a"],
  '{{printf "web-%s" .a | toLower}}': ["a", "!"],
  '{{concat "web-" .a}}': ["a", "!"],
  '{{toJson .a | print "x"}}': ["a"],
  "{{phase .a}}": ["a.status.phase"],
  // Variables, loops, definitions.
  "{{$x := .a}}{{$x.b}}": ["a.b"],
  "{{$x := .a}}{{if .b}}{{$x = .c}}{{end}}{{$x}}": ["a", "c"],
  "{{$x := 0}}{{range .a}}{{$x = add $x 1}}{{end}}{{$x}}": [],
  "{{range .a.list}}{{.name}}{{end}}": ["a.list.[].name"],
  "{{range $k, $v := .a}}{{$k}}{{end}}": ["a.[]"],
  "{{range .a}}x{{else}}{{.b}}{{end}}": ["b"],
  '{{$x := ""}}{{range $x = .a}}{{end}}{{$x}}': ["a.[]"],
  "{{with .a}}{{.b}}{{$.c}}{{end}}": ["a.b", "c"],
  '{{define "t"}}{{.x}}{{end}}{{template "t" .a}}': ["a.x"],
};

Deno.test("outputs() finds what a template may print, and not what it only looks at", () => {
  for (const [source, expected] of Object.entries(cases)) deepStrictEqual(printed(source), expected, source);
});

Deno.test("outputs() ends for a template that calls itself, and leaves nothing out", () => {
  const { paths } = outputs(parseTemplate('{{define "t"}}{{.x}}{{template "t" .y}}{{end}}{{template "t" .a}}'));
  ok(paths.some((path) => path.join(".") === "a.x"));
  ok(paths.some((path) => path.join(".") === "a.y.x"));
  ok(paths.length <= 202, `${paths.length}`);
});

Deno.test("outputs() classifies functions of the library alone, each once", () => {
  equal(new Set(classifiedFunctions).size, classifiedFunctions.length);
  deepStrictEqual(classifiedFunctions.filter((name) => !library.has(name)), []);
});
