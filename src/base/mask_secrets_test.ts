import assert from "node:assert/strict";
import { maskSecrets } from "./mask_secrets.ts";

const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl_-x";
const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nplanted\n-----END RSA PRIVATE KEY-----";

Deno.test("maskSecrets() leaves nothing of credentials in the forms that texts of others have", () => {
  const planted: readonly (readonly [text: string, masked: string])[] = [
    ["Authorization: Bearer planted.tok-en/+= ok", "Authorization: Bearer <redacted> ok"],
    ['{"authorization":"Basic cGxhbnRlZDpwbGFudGVk"}', '{"authorization":"Basic <redacted>"}'],
    [`HTTP 401: token ${jwt} has expired`, "HTTP 401: token <redacted> has expired"],
    [`cannot parse: ${pem} at 3:1`, "cannot parse: <redacted> at 3:1"],
    ["cut off: -----BEGIN PRIVATE KEY-----\nplanted", "cut off: <redacted>"],
    ["Cannot GET https://planted:planted@example.com/api", "Cannot GET https://<redacted>@example.com/api"],
    ["GET /x?a=1&access_token=planted&b=2: HTTP 403", "GET /x?a=1&access_token=<redacted>&b=2: HTTP 403"],
    ["DB_PASSWORD=planted in env", "DB_PASSWORD=<redacted> in env"],
    ["token = 'planted'", "token = <redacted>'"],
    ['bad request {"clientSecret":"planted","x":1}', 'bad request {"clientSecret":"<redacted>","x":1}'],
    ["{'api-key': 'planted'}", "{'api-key': '<redacted>'}"],
  ];
  for (const [text, masked] of planted) {
    assert.equal(maskSecrets(text), masked);
    assert.doesNotMatch(maskSecrets(text), /planted|cGxhbnRlZD/);
  }
});

Deno.test("maskSecrets() leaves texts alone that only speak of secrets", () => {
  for (
    const text of [
      "Cannot read Secret ns/token: it is not there",
      "spec.token: Required value",
      "no bearer token, and no basic authentication",
      "Cannot GET https://10.0.0.1:443/api/v1/namespaces/a/secrets/x: HTTP 403",
      "created Secret web (spec.password, changed by kubectl)",
      "mail to a@example.com",
      "secretName: db",
      "",
    ]
  ) assert.equal(maskSecrets(text), text);
});

Deno.test("maskSecrets() takes linear time", () => {
  const long = [
    "-----BEGIN PRIVATE KEY-----".repeat(4000),
    "http://a".repeat(20_000),
    "token=".repeat(20_000),
    "eyJabcdefgh.".repeat(10_000),
    "Bearer ".repeat(20_000),
    '"token":"'.repeat(10_000),
    "a-".repeat(50_000) + "secret",
  ];
  const startMs = performance.now();
  for (const text of long) maskSecrets(text);
  // Milliseconds; in quadratic time it is minutes.
  assert.ok(performance.now() - startMs < 10_000);
});
