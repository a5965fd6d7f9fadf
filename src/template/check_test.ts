import { deepStrictEqual, match, ok } from "node:assert/strict";
import { checkTemplate, parseTemplate } from "./mod.ts";

/** The issues of a template as `severity line:column message`. */
function issues(source: string): string[] {
  return checkTemplate(parseTemplate(source)).map(({ severity, line, column, message }) =>
    `${severity} ${line}:${column} ${message}`
  );
}

Deno.test("checkTemplate() is silent on what is well", () => {
  const sound = [
    "",
    "text",
    "{{.spec.image}}",
    "{{.spec.replicas | default 3}}",
    "{{default 3 .spec.replicas}}",
    '{{default "a" "b"}}',
    "{{default .a .b}}",
    '{{printf "%s-%d%%" .a .b}}',
    '{{printf "%[2]s %[1]s" .a .b}}',
    '{{.b | printf "%s %s" .a}}',
    '{{printf .format .a}}{{printf "x"}}',
    '{{define "t"}}{{.x}}{{end}}{{template "t" .}}',
    '{{template "later"}}{{define "later"}}{{end}}',
    "{{$x := 1}}{{$x = 2}}{{range .a}}{{$x = .}}{{end}}",
    "{{range $i, $e := .a}}{{$i = 1}}{{end}}",
    "{{range 3}}{{end}}{{range .nope}}{{end}}",
    "{{slice .a 0 (.b)}}{{slice .a 1}}",
    '{{index "abc" 2}}{{add 1 2}}{{print nil}}',
    "{{index .list 99}}{{.a.b.c}}",
    '{{printf "%999999s%999999s" .a .b}}',
  ];
  for (const source of sound) deepStrictEqual(issues(source), [], source);
});

Deno.test("checkTemplate() finds what Go finds only while executing", () => {
  const broken: Readonly<Record<string, RegExp>> = {
    '{{template "missing" .}}': /^error 1:3 .*"missing".* not defined/,
    '{{if false}}{{template "missing"}}{{end}}': /^error 1:15 .*not defined/,
    "x\n{{18446744073709551615}}": /^error 2:3 .*over 64 bits/,
    "{{print .a 18446744073709551615}}": /^error 1:12 .*over 64 bits/,
    "{{nil}}": /^error 1:3 .*nil/,
    "{{(nil) | print .a}}": /^error 1:4 .*nil/,
    "{{toLower}}": /^error 1:3 .*"toLower".* 1 argument, not 0/,
    "{{add .a}}": /^error 1:3 .*2 arguments, not 1/,
    "{{.a | add 1 2}}": /^error 1:8 .*2 arguments, not 3/,
    "{{eq}}": /^error 1:3 .*at least 1/,
    "{{eq 1}}": /^error 1:3 .*nothing to compare/,
    '{{eq .a (lt 1 "x")}}': /^error 1:10 .*cannot be compared/,
    "{{index .a (index `abc` 7)}}": /^error 1:13 .*out of range/,
    "{{div 1 0}}": /^error 1:3 .*division by zero/,
    '{{toBool "maybe"}}': /^error 1:3 .*neither true nor false/,
    '{{printf "%d" (len 3)}}': /^error 1:16 .*no length/,
    "{{.a .b}}": /^error 1:3 .*arguments/,
    "{{.a | .b}}": /^error 1:8 .*arguments/,
    "{{1 2}}": /^error 1:3 .*arguments/,
    "{{(.a) 1}}": /^error 1:4 .*arguments/,
    "{{printf 3 .a}}": /^error 1:10 .*format/,
    "{{call .a}}": /^error 1:3 .*"call"/,
    "{{$x = 1}}": /^error 1:3 .*"\$x".*not declared/,
    "{{slice .a 0 .b}}": /^error 1:14 .*parentheses/,
    '{{range "abc"}}{{end}}': /^error 1:9 .*range over text/,
    "{{range true}}{{end}}": /^error 1:9 .*range over a boolean/,
    '{{(print "a").b}}': /^error 1:\d+ .*field "b"/,
    '{{define "t"}}\n{{nil}}{{end}}': /^error 2:3 .*nil/,
    "{{range 1000000000}}{{nil}}{{end}}": /^error 1:23 .*nil/,
    '{{repeat "x" 2000000}}': /^error 1:3 .*bytes of text/,
  };
  for (const [source, expected] of Object.entries(broken)) {
    const found = issues(source);
    deepStrictEqual(found.length, 1, `${source}: ${found}`);
    match(found[0]!, expected, source);
  }
});

Deno.test("checkTemplate() warns of default with its arguments swapped", () => {
  for (
    const source of [
      "{{default .spec.x 3}}",
      '{{ "a" | default .x }}',
      "{{if true}}{{print (default .a (print 1))}}{{end}}",
    ]
  ) {
    match(issues(source)[0] ?? "", /^warning 1:\d+ .*swapped/, source);
  }
  const [issue] = checkTemplate(parseTemplate("{{default .spec.x 3}}"));
  match(issue?.hint ?? "", /fallback comes first/);
});

Deno.test("checkTemplate() warns of a printf whose format and arguments do not match", () => {
  const hints: Readonly<Record<string, RegExp>> = {
    '{{printf "%s %s" .a}}': /no argument for %s/,
    '{{printf "%s" .a .b}}': /more arguments than verbs/,
    '{{.c | printf "x"}}': /more arguments than verbs/,
    '{{printf "100%" .a}}': /%%/,
    '{{printf "%[3]s" .a}}': /index/,
  };
  for (const [source, hint] of Object.entries(hints)) {
    const [issue, ...rest] = checkTemplate(parseTemplate(source));
    deepStrictEqual([issue?.severity, rest.length], ["warning", 0], source);
    match(issue?.hint ?? "", hint, source);
  }
});

Deno.test("checkTemplate() reports in the order of the source, with hints", () => {
  const source = '{{template "helo"}}\n{{define "hello"}}{{nil}}{{end}}\n{{default .x 1}}';
  const found = checkTemplate(parseTemplate(source));
  deepStrictEqual(found.map(({ line }) => line), [1, 2, 3]);
  ok(found[0]?.hint?.includes("hello"));
});
