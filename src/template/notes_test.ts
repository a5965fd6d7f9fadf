import { deepStrictEqual, match, throws } from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { expandNotes, notesIn, outputs, parseTemplate, references, renderText, renderValue } from "./mod.ts";

const notes = new Map([
  ["fullImage", '{{ .spec.image }}:{{ default "latest" .spec.tag }}'],
  ["isLarge", " {{ gt .spec.size 3 }} "],
  ["greeting", 'Hello {{ if isLarge }}large{{ else }}small{{ end }} "{{ fullImage }}"'],
  ["plain", "as it stands"],
]);

const data: JsonMap = { spec: { image: "web", size: 5 }, item: "eu" };

const value = (source: string) => renderValue(parseTemplate(expandNotes(source, notes)), data);

Deno.test("a note is what its expression renders to, trimmed, and a boolean where that says so", () => {
  deepStrictEqual(value("{{ fullImage }}"), "web:latest");
  deepStrictEqual(value("{{ isLarge }}"), true);
  deepStrictEqual(value("{{ if and isLarge true }}big{{ end }}"), "big");
  deepStrictEqual(value("{{ plain | toUpper }}-{{ .item }}"), "AS IT STANDS-eu");
  deepStrictEqual(value("{{ greeting }}"), 'Hello large "web:latest"');
});

Deno.test("a name counts as a note where a function would stand, and nowhere else", () => {
  deepStrictEqual(expandNotes("fullImage", notes), "fullImage");
  deepStrictEqual(notesIn('{{ .fullImage }} {{ "fullImage" }} {{ $fullImage := 1 }}', notes), []);
  deepStrictEqual(notesIn("{{ with .spec }}{{ fullImage }}{{ end }}", notes), ["fullImage"]);
  deepStrictEqual(
    renderText(parseTemplate(expandNotes("{{ with .spec }}{{ fullImage }}{{ end }}", notes)), data),
    "web:latest",
  );
});

Deno.test("what a note reads and prints counts for the template that calls it", () => {
  const template = parseTemplate(expandNotes("{{ fullImage }}", notes));
  deepStrictEqual(references(template).map(({ path }) => path.join(".")), ["spec.image", "spec.tag"]);
  match(JSON.stringify(outputs(template)), /image/);
});

Deno.test("a note has no arguments, and one that calls itself ends", () => {
  throws(() => value('{{ fullImage "x" }}'), /that is not a function|Cannot give arguments/);
  const endless = new Map([["again", "{{ again }}"]]);
  throws(() => renderText(parseTemplate(expandNotes("{{ again }}", endless)), {}), /too deep/);
  throws(() => renderText(parseTemplate('{{ note "none" $ }}'), {}), /it is not declared/);
});
