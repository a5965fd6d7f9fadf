import assert from "node:assert/strict";
import { parseTemplate, templateParts } from "./mod.ts";

const parts = (source: string) => templateParts(parseTemplate(source));

Deno.test("templateParts() gives texts and fields in order", () => {
  assert.deepEqual(parts("a {{ .b.c }} d{{.e}}"), [
    { kind: "text", text: "a " },
    { kind: "field", path: ["b", "c"] },
    { kind: "text", text: " d" },
    { kind: "field", path: ["e"] },
  ]);
  assert.deepEqual(parts("only text"), [{ kind: "text", text: "only text" }]);
  assert.deepEqual(parts(""), []);
});

Deno.test("templateParts() gives nothing where a template does more", () => {
  const more = [
    "{{ .a | toUpper }}",
    "{{ index .a 0 }}",
    "{{ $x := .a }}",
    "{{ if .a }}b{{ end }}",
    "{{ . }}",
    "{{ 3 }}",
  ];
  for (const source of [...more, "{{ (.a).b }}", '{{ define "x" }}{{ end }}a', "{{ range .a }}b{{ end }}"]) {
    assert.equal(parts(source), undefined, source);
  }
});
