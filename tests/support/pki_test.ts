import assert from "node:assert/strict";
import { certificateAuthority } from "./pki.ts";

Deno.test("certificateAuthority() issues certificates that TLS accepts, also when it is loaded again", async () => {
  const made = await certificateAuthority();
  const loaded = await certificateAuthority({ certPem: made.certPem, keyPem: made.keyPem });
  const server = await loaded.issue({ commonName: "server", dnsNames: ["localhost"], addresses: ["127.0.0.1"] });
  const mine = await made.issue({ commonName: "me", organizations: ["one", "two"] });
  const listening = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: server.certPem,
    key: server.keyPem,
    onListen() {},
  }, () => new Response("hello"));
  const url = `https://127.0.0.1:${listening.addr.port}/`;
  try {
    using client = Deno.createHttpClient({ caCerts: [made.certPem], cert: mine.certPem, key: mine.keyPem });
    assert.equal(await (await fetch(url, { client })).text(), "hello");
    using stranger = Deno.createHttpClient({ caCerts: [(await certificateAuthority()).certPem] });
    await assert.rejects(fetch(url, { client: stranger }), TypeError);
  } finally {
    await listening.shutdown();
  }
});
