import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { statusResponse } from "../../tests/support/api_double.ts";
import { createClusterApi } from "./client.ts";
import type { ClusterConfig } from "./config.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { NetworkError } from "./api_error.ts";
import { createTokenIssuer } from "./token_issuer.ts";

const config: ClusterConfig = { server: "http://double", auth: { kind: "token", token: "mine" }, source: "test" };

function issuerFor(respond: (body: unknown) => Response) {
  const received: { url: string; method: string; authorization: string | null; body: unknown }[] = [];
  const issuer = createTokenIssuer(config, "ork", {
    userAgent: "ork/test",
    clock: new FakeClock(),
    fetch: (url, init) => {
      const body = JSON.parse(String(init.body));
      received.push({
        url,
        method: init.method ?? "GET",
        authorization: new Headers(init.headers).get("authorization"),
        body,
      });
      return Promise.resolve(respond(body));
    },
  });
  return { issuer, received };
}

const granted = { status: { token: "theirs", expirationTimestamp: "2026-01-01T00:10:00Z" } };

Deno.test("createTokenIssuer() requests a token for ten minutes, as the process", async () => {
  const { issuer, received } = issuerFor(() => Response.json(granted, { status: 201 }));
  assert.deepEqual(await issuer.issue("orkestra-box-shop"), {
    token: "theirs",
    expiresAtMs: Date.parse("2026-01-01T00:10:00Z"),
  });
  assert.deepEqual(received, [{
    url: "http://double/api/v1/namespaces/ork/serviceaccounts/orkestra-box-shop/token",
    method: "POST",
    authorization: "Bearer mine",
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 600 },
    },
  }]);
});

Deno.test("createTokenIssuer() says for whom it may not request a token, and what to do", async () => {
  const { issuer } = issuerFor(() => statusResponse(403, "Forbidden"));
  await assert.rejects(
    issuer.issue("orkestra-box-shop"),
    /Cannot request a token of system:serviceaccount:ork:orkestra-box-shop: .*; install what `ork generate bundle`/,
  );
});

Deno.test("createTokenIssuer() takes nothing for a token that is none", async () => {
  for (
    const body of ["{", "[]", "{}", '{"status":{"token":"t"}}', '{"status":{"token":"","expirationTimestamp":"x"}}']
  ) {
    const { issuer } = issuerFor(() => new Response(body));
    await assert.rejects(issuer.issue("a"), /the response has no token that expires/, body);
  }
});

Deno.test("a client without a credential fails like one without a connection, and is tried again", async () => {
  const issues = [() => Promise.reject(new Error("No token today")), () => Promise.resolve({ token: "late" })];
  const tokens: (string | null)[] = [];
  const api = createClusterApi({ ...config, auth: { kind: "issued", account: "a" } }, {
    userAgent: "ork/test",
    clock: new FakeClock(),
    random: () => 0.5,
    issue: () => issues.shift()!(),
    fetch: (_url, init) => {
      tokens.push(new Headers(init.headers).get("authorization"));
      return Promise.resolve(Response.json({ metadata: { name: "n" } }));
    },
  });
  const node = builtInType("Node")!;
  await assert.rejects(
    api.get(node, { name: "n" }),
    (error) => error instanceof NetworkError && error.message.endsWith("no credential: No token today"),
  );
  await api.get(node, { name: "n" });
  assert.deepEqual(tokens, ["Bearer late"]);
});
