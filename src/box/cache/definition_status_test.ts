import assert from "node:assert/strict";
import { openDefinition } from "../../../tests/support/open_definition.ts";
import { lacksStatus } from "./definition_status.ts";

Deno.test("lacksStatus() is about the version that is watched, and in doubt there is a status", () => {
  const definition = openDefinition({ group: "a.example.org", kind: "Shop" });
  assert.equal(lacksStatus(definition, "v1"), false);
  assert.equal(lacksStatus(definition, "v2"), false);
  assert.equal(lacksStatus({ ...definition, spec: undefined }, "v1"), false);
  const [version] = definition["spec"].versions;
  definition["spec"].versions.push({ ...version, name: "v2", subresources: { scale: {} } });
  definition["spec"].versions.push({ ...version, name: "v3", subresources: undefined });
  assert.deepEqual(["v1", "v2", "v3"].map((name) => lacksStatus(definition, name)), [false, true, true]);
});
