import assert from "node:assert/strict";
import { describeRendered, readsSecret } from "./redact.ts";

Deno.test("readsSecret() finds names of secrets, and the data of Secrets, in paths and templates", () => {
  const secret = [
    "spec.db.password",
    'spec["api-key"]',
    "{{ .spec.token | upper }}",
    "{{ .child.data.key }}",
    "children.secret.data.url",
  ];
  for (const source of secret) assert.equal(readsSecret(source), true, source);
  const open = ["spec.tier", "status.phase", "spec.secretName", "{{ .spec.secretRef }}", "children.deployment.status"];
  for (const source of open) assert.equal(readsSecret(source), false, source);
});

Deno.test("describeRendered() says how long a text is, and nothing of it", () => {
  assert.equal(describeRendered("x"), "a text of 1 character");
  assert.equal(describeRendered(""), "a text of 0 characters");
});
