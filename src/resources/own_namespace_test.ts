import assert from "node:assert/strict";
import { isOwnNamespace } from "./own_namespace.ts";

Deno.test("isOwnNamespace() knows the namespace of the CR, however it is spaced, and nothing that adds to it", () => {
  for (const text of ["{{ .metadata.namespace }}", "{{.metadata.namespace}}", "{{- .metadata.namespace -}}"]) {
    assert.equal(isOwnNamespace(text), true, text);
  }
  for (
    const text of ["default", "{{ .metadata.name }}", "{{ .metadata.namespace }}-x", "{{ .spec.metadata.namespace }}"]
  ) {
    assert.equal(isOwnNamespace(text), false, text);
  }
});
