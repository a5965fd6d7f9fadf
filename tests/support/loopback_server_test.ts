import assert from "node:assert/strict";
import { serveOnLoopback } from "./loopback_server.ts";
import { certificateAuthority } from "./pki.ts";

Deno.test("a client that has said nothing does not keep a server from ending", async () => {
  const authority = await certificateAuthority();
  const certificate = await authority.issue({ commonName: "server", addresses: ["127.0.0.1"] });
  for (const tls of [undefined, certificate]) {
    const server = serveOnLoopback(() => new Response("hello"), tls);
    using client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    if (tls === undefined) {
      const response = await fetch(`http://127.0.0.1:${server.port}`);
      assert.equal(await response.text(), "hello");
    }
    await server[Symbol.asyncDispose]();
    await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: server.port }), Deno.errors.ConnectionRefused);
    assert.equal(await client.write(new Uint8Array(1)), 1, "the client has not ended the connection itself");
  }
});
