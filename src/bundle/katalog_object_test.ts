import assert from "node:assert/strict";
import { katalogObject, KatalogTooLargeError, maxConfigMapBytes } from "./katalog_object.ts";

Deno.test("katalogObject() holds what a ConfigMap can, counted in bytes", () => {
  const { object } = katalogObject("a".repeat(maxConfigMapBytes), "team");
  assert.deepEqual((object["metadata"] as { name: string }).name, "orkestra-katalog");
  for (const text of ["a".repeat(maxConfigMapBytes + 1), "é".repeat(maxConfigMapBytes / 2 + 1)]) {
    assert.throws(() => katalogObject(text, "team"), (error) => {
      assert.ok(error instanceof KatalogTooLargeError);
      assert.match(error.message, /^The Katalog has 104857[78] bytes .* divide it into several Katalogs/);
      return true;
    });
  }
});
