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

Deno.test("a certificate is given by two files, and a CA beside them", () => {
  assert.equal(read({}, { TLS_CERT: "", TLS_KEY: "" }).certificateFiles, undefined);
  assert.deepEqual(read({}, { TLS_CERT: "a", TLS_KEY: "b" }).certificateFiles, { cert: "a", key: "b", ca: undefined });
  assert.deepEqual(read({}, { TLS_CERT: "a", TLS_KEY: "b", TLS_CA: "c" }).certificateFiles, {
    cert: "a",
    key: "b",
    ca: "c",
  });
});

Deno.test("a variable that lacks the others is named with its file", () => {
  const table: [Record<string, string>, string][] = [
    [{ TLS_CERT: "a.crt" }, "Cannot use TLS_CERT=a.crt without TLS_KEY: set both, or none"],
    [{ TLS_KEY: "a.key", TLS_CERT: "" }, "Cannot use TLS_KEY=a.key without TLS_CERT: set both, or none"],
    [
      { TLS_CA: "ca.crt" },
      "Cannot use TLS_CA=ca.crt without TLS_CERT and TLS_KEY: a certificate of the Gateway's own has its own CA",
    ],
  ];
  for (const [env, message] of table) assert.throws(() => read({}, env), new GateSettingError(message));
});
