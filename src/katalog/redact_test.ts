import assert from "node:assert/strict";
import { type Json, stringifyJson } from "../base/json.ts";
import { isSecretName } from "../base/redact.ts";
import { redactEntry } from "./redact.ts";

Deno.test("redactEntry() shows no value of a Secret and of the environment, in whatever layout they stand", () => {
  const entry: Json = {
    operatorBox: {
      onReconcile: {
        secrets: [{ name: "a", data: { password: "hunter2" }, stringData: { p: '{{ "hunter2" }}' }, tls: ["hunter2"] }],
        deployments: [{ name: "d", image: "x", env: [{ name: "A", value: "hunter2" }] }],
        jobs: [{ env: { A: "hunter2", B: { value: "hunter2" } } }],
        custom: [
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "s", annotations: { a: "hunter2" } },
            data: { a: "hunter2" },
          },
          { kind: "Pod", spec: { containers: [{ env: [{ name: "A", value: "hunter2" }, "hunter2"] }] } },
        ],
      },
    },
    resources: { secrets: [{ data: { deep: { er: "hunter2" } } }, "hunter2"] },
  };
  const text = stringifyJson(redactEntry(entry));
  assert.doesNotMatch(text, /hunter2/);
  for (const kept of ['"password"', '"name":"a"', '"image":"x"', '"name":"A"', '"name":"s"', '"deep"']) {
    assert.ok(text.includes(kept), kept);
  }
});

Deno.test("redactEntry() shows no text of a field that is called a password or the like", () => {
  const entry: Json = {
    mutation: {
      rules: [{ field: "spec.adminPassword", default: "hunter2" }, { field: "spec.size", default: "small" }],
    },
    configMaps: [{ name: "a", data: { DB_PASSWORD: "hunter2", "api-key": "hunter2", url: "x" } }],
    custom: [{ kind: "Db", spec: { clientSecret: "hunter2", secretName: "db", automountServiceAccountToken: false } }],
  };
  assert.deepEqual(redactEntry(entry), {
    mutation: {
      rules: [{ field: "spec.adminPassword", default: "<redacted>" }, { field: "spec.size", default: "small" }],
    },
    configMaps: [{ name: "a", data: { DB_PASSWORD: "<redacted>", "api-key": "<redacted>", url: "x" } }],
    custom: [{
      kind: "Db",
      spec: { clientSecret: "<redacted>", secretName: "db", automountServiceAccountToken: false },
    }],
  });
});

Deno.test("redactEntry() shows where a variable or a Secret comes from", () => {
  const entry = {
    env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
    secrets: [{ name: "s", fromSecret: "other", when: [{ field: "spec.a", equals: "b" }] }],
    enabled: true,
  };
  assert.deepEqual(redactEntry(entry), entry);
});

Deno.test("isSecretName() knows names that people give to secrets, and not those that lead to one", () => {
  for (
    const name of [
      ...["secretKey", "awsSecretKey", "client_secret_value", "SECRET_KEY", "tokens", "pwd", "DB_PASS", "PASSWORD_1"],
      ...["ssh-key", "secret.txt", "Authorization", "api.key", "sessionCookie"],
    ]
  ) assert.ok(isSecretName(name), name);
  for (
    const name of [
      "secretName",
      "secretKeyRef",
      "imagePullSecretsRefs",
      "automountServiceAccountToken",
      "compass",
      "bypass",
    ]
  ) assert.ok(!isSecretName(name), name);
});

Deno.test("redactEntry() shows no number of such a field, and no value of a pair that is named so", () => {
  const entry: Json = {
    configMaps: [{ data: { dbPassword: 123456789, size: 3 } }],
    deployments: [{
      probe: { httpHeaders: [{ name: "Authorization", value: "Bearer x" }, { name: "Host", value: "a" }] },
    }],
  };
  assert.deepEqual(redactEntry(entry), {
    configMaps: [{ data: { dbPassword: "<redacted>", size: 3 } }],
    deployments: [{
      probe: { httpHeaders: [{ name: "Authorization", value: "<redacted>" }, { name: "Host", value: "a" }] },
    }],
  });
});
