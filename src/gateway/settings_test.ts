import assert from "node:assert/strict";
import { GateSettingError, readGateSettings } from "./settings.ts";

const read = (env: Record<string, string>) => readGateSettings(() => undefined, (name) => env[name]);

Deno.test("a certificate is given by two files, and a CA beside them", () => {
  assert.equal(read({ TLS_CERT: "", TLS_KEY: "" }).certificateFiles, undefined);
  assert.deepEqual(read({ TLS_CERT: "a", TLS_KEY: "b" }).certificateFiles, { cert: "a", key: "b", ca: undefined });
  assert.deepEqual(read({ TLS_CERT: "a", TLS_KEY: "b", TLS_CA: "c" }).certificateFiles, {
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
  for (const [env, message] of table) assert.throws(() => read(env), new GateSettingError(message));
});
