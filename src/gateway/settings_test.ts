import assert from "node:assert/strict";
import { gateFlags, GateSettingError, readGateSettings } from "./settings.ts";

const read = (given: Record<string, string> = {}, env: Record<string, string> = {}) =>
  readGateSettings((flag) => given[flag], (variable) => env[variable]);

Deno.test("readGateSettings() takes the Runtime's address from the option, then from the variable", () => {
  const env = { ORK_RUNTIME_ENDPOINT: "http://runtime.example.org:9000" };
  const address = (given: Record<string, string>) => String(read(given, env).runtimeUrl);
  assert.equal(address({}), "http://runtime.example.org:9000/");
  assert.equal(address({ "runtime-url": "https://127.0.0.1:8080/" }), "https://127.0.0.1:8080/");
  assert.equal(address({ "runtime-url": "off" }), "off");
  assert.equal(read({}, { ORK_RUNTIME_ENDPOINT: "" }).runtimeUrl, undefined);
});

Deno.test("readGateSettings() refuses an address that is more than host and port", () => {
  for (
    const url of ["runtime:8080", "ftp://a", "http://a/katalog", "http://a?b", "http://a?", "http://u@a", "http://a#b"]
  ) {
    assert.throws(
      () => read({ "runtime-url": url }),
      (error: Error) =>
        error instanceof GateSettingError && error.message.startsWith(`Cannot use "${url}" as --runtime-url: `),
      url,
    );
  }
});

Deno.test("gateFlags have distinct names and variables", () => {
  const names = gateFlags.map(({ name }) => name);
  const variables = gateFlags.flatMap(({ variable }) => variable ?? []);
  assert.deepEqual([new Set(names).size, new Set(variables).size], [names.length, variables.length]);
});
