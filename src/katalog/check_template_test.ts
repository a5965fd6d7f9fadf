import assert from "node:assert/strict";
import { loadKatalog } from "./mod.ts";

/** `line:column message` of each finding of a Katalog with one ConfigMap, whose data begin in line 11. */
function found(data: string): string[] {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: a}
spec:
  crds:
    shop:
      apiTypes: {group: example.com, version: v1, kind: Shop, plural: shops}
      operatorBox:
        onReconcile:
          configMaps:
            - data:
${data.replace(/^(?=.)/gm, "                ")}`;
  const bytes = new TextEncoder().encode(text);
  return loadKatalog([{ path: "k.yaml", bytes }], () => undefined).findings.map(({ line, column, message }) =>
    `${line}:${column} ${message}`
  );
}

Deno.test("an action that is not closed is found where it begins, in every style of text", () => {
  assert.deepEqual(found("a: |\n  port: 80\n  host: {{ .spec.host\n  path: /\nb: c\n"), ["14:25 Unclosed action"]);
  assert.deepEqual(found("a: |\n  one: {{ .spec.a\n  two: {{ .spec.b }}\n"), ["13:24 Unclosed action"]);
  assert.deepEqual(found("a: >-\n  one\n\n    {{ .spec.a\n  two\n"), ["15:21 Unclosed action"]);
  assert.deepEqual(found('a: "x\\ty {{ .spec.a"\n'), ["12:26 Unclosed action"]);
  assert.deepEqual(found("a: plain\n  text {{ .spec.a\n"), ["13:24 Unclosed action"]);
});
