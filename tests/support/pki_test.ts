import assert from "node:assert/strict";
import { serveOnLoopback } from "./loopback_server.ts";
import { certificateAuthority } from "./pki.ts";

Deno.test("certificateAuthority() issues certificates that TLS accepts, also when it is loaded again", async () => {
  const made = await certificateAuthority();
  const loaded = await certificateAuthority({ certPem: made.certPem, keyPem: made.keyPem });
  const server = await loaded.issue({ commonName: "server", dnsNames: ["localhost"], addresses: ["127.0.0.1"] });
  const mine = await made.issue({ commonName: "me", organizations: ["one", "two"] });
  await using listening = serveOnLoopback(() => new Response("hello"), server);
  const url = `https://127.0.0.1:${listening.port}/`;
  using client = Deno.createHttpClient({ caCerts: [made.certPem], cert: mine.certPem, key: mine.keyPem });
  assert.equal(await (await fetch(url, { client })).text(), "hello");
  using stranger = Deno.createHttpClient({ caCerts: [(await certificateAuthority()).certPem] });
  await assert.rejects(fetch(url, { client: stranger }), TypeError);
});
