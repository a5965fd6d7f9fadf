import { deepStrictEqual, ok } from "node:assert/strict";
import { parseTemplate, references } from "./mod.ts";

/** References as text: `a.b` read whole, `a.b?` looked at only for being there, `.` the root. */
function read(source: string): string[] {
  return references(parseTemplate(source)).map(({ path, whole }) => (path.join(".") || ".") + (whole ? "" : "?"));
}

const cases: Readonly<Record<string, readonly string[]>> = {
  "": [],
  "text": [],
  '{{print 1 "a"}}': [],
  "{{.spec.image}}": ["spec.image"],
  "{{$.spec.image}}": ["spec.image"],
  "{{.}}": ["."],
  "{{.spec.a}}{{.}}": ["."],
  "{{.spec}}{{.spec.image}}": ["spec"],
  "{{.b}}{{.a}}{{.b}}": ["a", "b"],
  "{{print .a .b.c}}": ["a", "b.c"],
  "{{.a | print .b}}": ["a", "b"],
  "{{if .a}}{{.b}}{{else}}{{.c}}{{end}}": ["a?", "b", "c"],
  "{{if .a}}{{.a}}{{end}}": ["a"],
  "{{if not .a}}{{end}}": ["a?"],
  "{{if eq .a 1}}{{end}}": ["a"],
  "{{if and .a .b}}{{end}}": ["a?", "b?"],
  "{{or .a .b}}": ["a", "b"],
  "{{(or .a .b).c}}": ["a.c", "a?", "b.c", "b?"],
  "{{with .a}}{{.b.c}}{{$.d}}{{end}}": ["a.b.c", "a?", "d"],
  "{{with .a}}{{.}}{{end}}": ["a"],
  "{{with .a}}{{else}}{{.b}}{{end}}": ["a?", "b"],
  "{{with .a}}{{with .b}}{{.c}}{{end}}{{end}}": ["a.b.c", "a.b?", "a?"],
  "{{with $x := .a}}{{$x.b}}{{.c}}{{end}}": ["a.b", "a.c", "a?"],
  "{{range .a.list}}{{.name}}{{$.b}}{{end}}": ["a.list", "b"],
  "{{range $i, $e := .a}}{{$e.x}}{{else}}{{.b}}{{end}}": ["a", "b"],
  "{{$x := .spec}}{{$x.a.b}}": ["spec.a.b"],
  "{{$x := .spec}}": [],
  "{{$x := .a}}{{if .b}}{{$x = .c}}{{end}}{{$x.d}}": ["a.d", "b?", "c"],
  "{{$x := .a}}{{with .b}}{{$x := .c}}{{$x.d}}{{end}}{{$x.e}}": ["a.e", "b.c.d", "b?"],
  "{{(.a).b}}": ["a.b"],
  "{{(.a.b | print).c}}": ["a.b"],
  "{{$x := .}}{{$x.a}}": ["a"],
  "{{$x := $}}{{$x}}": ["."],
  '{{define "t"}}{{.x}}{{$.y}}{{end}}{{template "t" .a}}{{template "t" .b}}': ["a.x", "a.y", "b.x", "b.y"],
  '{{define "t"}}{{.x}}{{end}}{{template "t"}}': [],
  '{{block "t" .a}}{{.x}}{{end}}': ["a.x"],
  '{{define "t"}}{{.n}}{{template "t" .sub}}{{end}}{{template "t" .a}}': ["a.n", "a.sub"],
  '{{define "unused"}}{{.x}}{{end}}{{.y}}': ["y"],
  '{{template "missing" .a}}': [],
  '{{index .a "b" "c"}}': ["a.b.c", "a.b?", "a?"],
  '{{index .a "b" .k}}': ["a.b", "a?", "k"],
  "{{index .a 0}}": ["a"],
  '{{(index .a "b").c}}': ["a.b.c", "a?"],
  '{{get . "spec" "a.b"}}': ["spec.a.b"],
  '{{(get .a "b").c}}': ["a.b.c"],
  '{{get .a .k "c"}}': ["a", "k"],
  '{{mapGet .a "b"}}': ["a.b"],
  "{{.a.b | default 3}}": ["a.b"],
  "{{(.a | default .b).c}}": ["a.c", "a?", "b.c", "b?"],
  "{{ternary .a .b .c}}": ["a?", "b", "c"],
  "{{empty .a}}": ["a?"],
  "{{allReplicasReady .children.deployment}}": [
    "children.deployment.spec.replicas",
    "children.deployment.status.readyReplicas",
  ],
  "{{with .children.deployment}}{{readyReplicas .}}{{end}}": [
    "children.deployment.status.readyReplicas",
    "children.deployment?",
  ],
  '{{hasCondition .children.job "Complete"}}': ["children.job.status.conditions"],
  '{{getLabel . "app"}}{{getAnnotation . .k}}': ["k", "metadata.annotations", "metadata.labels.app"],
  '{{labelMatches . "a" .x "b" "y"}}': ["metadata.labels.a", "metadata.labels.b", "x"],
  "{{(labels .).app}}{{(meta .).name}}": ["metadata.labels.app", "metadata.name"],
  "{{resourceExists .children.service}}": ["children.service?"],
  "{{phase .a}}{{isSynced .b}}{{isTerminating .c}}": [
    "a.status.phase",
    "b.metadata.generation",
    "b.status.observedGeneration",
    "c.metadata.deletionTimestamp",
  ],
  "{{toJson .a}}{{len .b}}": ["a", "b"],
  "{{call .a}}{{.b .c}}": ["a", "b", "c"],
};

Deno.test("references() follows a value from the root to where it is used", () => {
  for (const [source, expected] of Object.entries(cases)) deepStrictEqual(read(source), expected, source);
});

Deno.test("references() of templates that call each other many ways ends", () => {
  const names = Array.from({ length: 30 }, (_, i) => `t${i}`);
  const bodies = names.map((name) =>
    `{{define "${name}"}}${names.map((other) => `{{template "${other}" .${other}}}`).join("")}{{.x}}{{end}}`
  );
  const start = performance.now();
  ok(read(bodies.join("") + '{{template "t0" .a}}').length > 0);
  ok(performance.now() - start < 2000);
});
