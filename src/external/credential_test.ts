import assert from "node:assert/strict";
import type { KubeObject } from "../k8s/object.ts";
import { readCredential } from "./credential.ts";

const auth = { namespace: "shop", name: "flags", key: "token", header: "authorization" };

const secret = (data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "flags", namespace: "shop" },
  data,
});

const read = (object: KubeObject | Error) =>
  readCredential(
    {
      get: (type, target) => {
        assert.deepEqual([type.kind, target], ["Secret", { namespace: "shop", name: "flags" }]);
        return object instanceof Error ? Promise.reject(object) : Promise.resolve(object);
      },
    },
    auth,
    new AbortController().signal,
  );

Deno.test("readCredential() reads one key of one Secret, white space round it dropped", async () => {
  assert.equal(await read(secret({ token: btoa(" abc def\n") })), "abc def");
});

Deno.test("readCredential() says what is wrong, and nothing of what is there", async () => {
  const cases: [KubeObject | Error, RegExp][] = [
    [new Error("Forbidden"), /^Secret shop\/flags cannot be read: Forbidden$/],
    [secret({}), /^Secret shop\/flags has no key "token"$/],
    [secret({ token: "" }), /is no value for a header/],
    [secret({ token: btoa("hunter2\nhunter2") }), /is no value for a header/],
    [secret({ token: btoa("\xff\xfehunter2") }), /is no value for a header/],
    [secret({ token: btoa("hunter2".repeat(10_000)) }), /is no value for a header/],
  ];
  for (const [object, message] of cases) {
    await assert.rejects(read(object), (error: Error) => message.test(error.message) && !/hunter2/.test(error.message));
  }
});
