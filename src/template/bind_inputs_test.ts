import { deepStrictEqual } from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { bindInputs, parseTemplate, renderValue } from "./mod.ts";

const data: JsonMap = { spec: { size: 3, regions: ["eu", "us"], name: "shop" }, metadata: { name: "acme" } };

const bindings = new Map<string, string | number | boolean | undefined>([
  ["size", "{{ .spec.size }}"],
  ["regions", "{{ .spec.regions }}"],
  ["label", "{{ .metadata.name }}-{{ .spec.name }}"],
  ["text", 'says "hi"'],
  ["count", 4],
  ["flag", true],
  ["none", undefined],
  ["fallback", '{{ .spec.none | default "x" }}'],
]);

function value(source: string): unknown {
  const missing: string[] = [];
  const bound = bindInputs(source, bindings, (name) => missing.push(name));
  return missing.length > 0 ? missing : renderValue(parseTemplate(bound), data);
}

Deno.test("an input is what the importer binds to it, with its type", () => {
  deepStrictEqual(value("{{ .inputs.size }}"), 3);
  deepStrictEqual(value("{{ .inputs.regions }}"), ["eu", "us"]);
  deepStrictEqual(value("{{ .inputs.label }}"), "acme-shop");
  deepStrictEqual(value("{{ .inputs.text }}"), 'says "hi"');
  deepStrictEqual(value("{{ .inputs.count }}"), 4);
  deepStrictEqual(value("{{ .inputs.flag }}"), true);
  deepStrictEqual(value("{{ .inputs.none }}"), undefined);
  deepStrictEqual(value("{{ range .inputs.none }}{{ . }}{{ end }}"), "");
  deepStrictEqual(value("{{ .inputs.fallback }}"), "x");
});

Deno.test("an input is read from the root, within range and with too, and in any place of an expression", () => {
  deepStrictEqual(value("{{ range .inputs.regions }}{{ . }}={{ $.inputs.size }} {{ end }}"), "eu=3 us=3 ");
  deepStrictEqual(value("{{ with .spec }}{{ .name }}{{ $.inputs.label }}{{ end }}"), "shopacme-shop");
  deepStrictEqual(value("{{ add .inputs.size .inputs.count }}"), 7);
  deepStrictEqual(value("{{ (len .inputs.regions) }}"), 2);
  deepStrictEqual(value("{{ .inputs.label | toUpper }}-{{ .inputs.label }}"), "ACME-SHOP-acme-shop");
});

Deno.test("what only looks like an input stays, and a name without a binding is reported", () => {
  deepStrictEqual(value('{{ ".inputs.size" }} {{ .spec.inputs.size }}'), ".inputs.size ");
  deepStrictEqual(value("{{ .inputs.nope }}"), ["nope"]);
  deepStrictEqual(value("inputs.size"), "inputs.size");
});
