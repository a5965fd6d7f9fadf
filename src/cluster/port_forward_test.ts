import assert from "node:assert/strict";
import { certificateAuthority } from "../../tests/support/pki.ts";
import { realClock } from "../../tests/support/clock.ts";
import { type PodDouble, servePod } from "../../tests/support/pod_double.ts";
import type { ClusterConfig } from "./config.ts";
import { forwardPort } from "./port_forward.ts";
import { closedPort } from "../../tests/support/closed_port.ts";

const target = { namespace: "orkestra-system", pod: "runtime-0", port: 8080 };
const means = { clock: realClock, userAgent: "ork/test" };

function configOf({ url }: PodDouble, more: Partial<ClusterConfig> = {}): ClusterConfig {
  return { server: url, auth: { kind: "token", token: "secret" }, source: "test", ...more };
}

/** One request through a port-forward; the text of its response, or of the error. */
async function ask(config: ClusterConfig, path = "/hello", more = target) {
  const forward = forwardPort(config, more, means);
  const client = Deno.createHttpClient({ http1: true, http2: false });
  try {
    const response = await fetch(`http://127.0.0.1:${forward.port}${path}`, { client });
    return { text: await response.text(), failure: forward.failure };
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return { text: undefined, failure: forward.failure };
  } finally {
    client.close();
    await forward.close();
  }
}

Deno.test("forwardPort() carries requests and responses, with the credentials of the kubeconfig", async () => {
  const big = "x".repeat(300_000);
  await using pod = await servePod((request) => new Response(request.url.endsWith("/big") ? big : "hello"));
  assert.deepEqual(await ask(configOf(pod)), { text: "hello", failure: undefined });
  assert.equal((await ask(configOf(pod), "/big")).text, big);
  const [handshake] = pod.handshakes;
  assert.equal(handshake?.path, "/api/v1/namespaces/orkestra-system/pods/runtime-0/portforward?ports=8080");
  assert.equal(handshake?.authorization, "Bearer secret");
});

Deno.test("forwardPort() trusts the authority of the kubeconfig, and no other", async () => {
  const authority = await certificateAuthority();
  const server = await authority.issue({ commonName: "apiserver", addresses: ["127.0.0.1"] });
  await using pod = await servePod(() => new Response("hello"), { tls: server });
  assert.equal((await ask(configOf(pod, { caData: authority.certPem }))).text, "hello");
  const other = await ask(configOf(pod));
  assert.equal(other.text, undefined);
  assert.match(other.failure ?? "", /certificate|UnknownIssuer|tls/i);
});

Deno.test("forwardPort() does not wait for an API server that never responds once it is closed", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = `http://127.0.0.1:${silent.addr.port}`;
  const forward = forwardPort({ server, auth: { kind: "none" }, source: "test" }, target, means);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: forward.port });
  const accepted = await silent.accept(); // the handshake
  await forward.close();
  assert.equal(await client.read(new Uint8Array(1)), null);
  for (const one of [client, accepted, silent]) one.close();
});

Deno.test("forwardPort() says why there is no connection", async () => {
  await using pod = await servePod(() => new Response("hello"));
  const failures: [Partial<PodDouble["behaviour"]>, RegExp][] = [
    [{ refuses: 403 }, /forbids it \(403\): no; it takes get and create of pods\/portforward/],
    [{ refuses: 404 }, /no such Pod \(404\)/],
    [{ refuses: 400 }, /refused the WebSocket; it takes get and create/],
    [{ refuses: 500 }, /refused it \(500\)/],
    [{ error: "unable to do port forwarding: connection refused" }, /connection refused/],
    [{ port: 9090 }, /another port/],
  ];
  for (const [behaviour, message] of failures) {
    pod.behaviour = behaviour;
    const { text, failure } = await ask(configOf(pod));
    assert.equal(text, undefined);
    assert.match(failure ?? "", message);
  }
  using closed = await closedPort();
  const nobody = { ...configOf(pod), server: `http://127.0.0.1:${closed.port}` };
  assert.match((await ask(nobody)).failure ?? "", /refused/);
  pod.behaviour = { splits: true };
  assert.equal((await ask(configOf(pod))).text, "hello", "a port that comes byte by byte");
});
