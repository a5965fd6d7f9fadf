import assert from "node:assert/strict";
import { closedPort } from "./closed_port.ts";

Deno.test("closedPort() refuses connections, and nobody else can listen there", async () => {
  using closed = await closedPort();
  const at = { hostname: "127.0.0.1", port: closed.port };
  await assert.rejects(Deno.connect(at), Deno.errors.ConnectionRefused);
  assert.throws(() => Deno.listen(at), Deno.errors.AddrInUse);
});
