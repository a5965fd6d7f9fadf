import assert from "node:assert/strict";
import { serveOnLoopback } from "../../tests/support/loopback_server.ts";
import { realClock } from "../../tests/support/clock.ts";
import { type CertificateAuthority, certificateAuthority } from "../../tests/support/pki.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { ApiError, MalformedResponseError, NetworkError } from "./api_error.ts";
import { type ClientLimits, createClusterApi } from "./client.ts";
import type { ClusterConfig, ExecPlugin } from "./config.ts";
import type { ClusterApi, WatchEvent } from "./ports.ts";
import { closedPort } from "../../tests/support/closed_port.ts";

// Real connections on loopback: what no double shows.

const configMaps = builtInType("ConfigMap")!;
const target = { name: "a", namespace: "default" };
const event = '{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"11"}}}\n';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

/** The smallest object. */
const minimal = '{"metadata":{"name":"a"}}';

function clientOf(server: string, more: Partial<ClusterConfig> = {}, limits: Partial<ClientLimits> = {}) {
  const config: ClusterConfig = { server, auth: { kind: "none" }, source: "test", ...more };
  const api = createClusterApi(config, { userAgent: "ork/test", clock: realClock, random: Math.random, limits });
  return { ...api, [Symbol.dispose]: () => api.close() } satisfies ClusterApi & Disposable;
}

/** Reads a request and does with its connection whatever the test wants. The n-th connection comes with n, from 1. */
function rawServer(
  serve: (connection: Deno.Conn, count: number) => Promise<void>,
): { url: string; readonly connections: number } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      connections++;
      serving.push(serve(connection, connections));
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch (error) {
          if (!(error instanceof Deno.errors.BadResource)) throw error; // closed by the test
        }
      }
      await accepting;
      await Promise.allSettled(serving);
    },
  };
}

async function readRequest(connection: Deno.Conn): Promise<void> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) return;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

const write = (connection: Deno.Conn, text: string) => connection.write(new TextEncoder().encode(text));

Deno.test("a server that is not there is a NetworkError that says which one", async () => {
  using closed = await closedPort();
  const server = `http://127.0.0.1:${closed.port}`;
  using api = clientOf(server);
  await assert.rejects(api.get(configMaps, target), (error) => {
    assert.ok(error instanceof NetworkError && !error.timedOut);
    const path = "/api/v1/namespaces/default/configmaps/a";
    assert.ok(error.message.startsWith(`Cannot GET ${server}${path}: `), error.message);
    assert.match(error.message, /^(?!.*for url).*refused/);
    return true;
  });
});

Deno.test("a connection that is cut before the response is a NetworkError", async () => {
  await using server = rawServer(async (connection) => {
    await readRequest(connection);
    connection.close();
  });
  using api = clientOf(server.url);
  await assert.rejects(api.get(configMaps, target), NetworkError);
});

Deno.test("a response that is not HTTP is a NetworkError", async () => {
  await using server = rawServer(async (connection) => {
    await readRequest(connection);
    await write(connection, "SSH-2.0-OpenSSH_9.0\r\n\r\n");
    connection.close();
  });
  using api = clientOf(server.url);
  await assert.rejects(api.get(configMaps, target), NetworkError);
});

Deno.test("a redirect is not followed: the credential is for one server", async () => {
  await using server = rawServer(async (connection, count) => {
    await readRequest(connection);
    const elsewhere = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    await write(connection, count === 1 ? elsewhere : head + chunk(minimal) + "0\r\n\r\n");
    connection.close();
  });
  using api = clientOf(server.url);
  await assert.rejects(api.get(configMaps, target), (error) => error instanceof ApiError && error.status === 302);
  assert.equal(server.connections, 1);
});

Deno.test("watch() gives what came before the connection was cut, then a NetworkError", async () => {
  for (const last of ["", chunk('{"type":"ADD')]) {
    await using server = rawServer(async (connection) => {
      await readRequest(connection);
      await write(connection, head + chunk(event) + last);
      connection.close();
    });
    using api = clientOf(server.url);
    const events: WatchEvent[] = [];
    await assert.rejects(
      api.watch(configMaps, { resourceVersion: "1" }, (one) => events.push(one)),
      NetworkError,
    );
    assert.equal(events.length, 1);
  }
});

Deno.test("watch() distinguishes an event that never ends from a connection that was cut", async () => {
  await using server = rawServer(async (connection) => {
    await readRequest(connection);
    await write(connection, head + chunk(event) + chunk('{"type":"ADD') + "0\r\n\r\n");
  });
  using api = clientOf(server.url);
  await assert.rejects(api.watch(configMaps, { resourceVersion: "1" }, () => {}), MalformedResponseError);
});

Deno.test("watch() leaves a connection that has gone silent, and other requests do not suffer", async () => {
  await using server = rawServer(async (connection, count) => {
    await readRequest(connection);
    if (count === 1) await write(connection, head + chunk(event));
    else await write(connection, head + chunk(minimal) + "0\r\n\r\n");
  });
  using api = clientOf(server.url, {}, { idleMs: 100 });
  const events: WatchEvent[] = [];
  const opened = Promise.withResolvers<void>();
  const watching = api.watch(configMaps, { resourceVersion: "1" }, (one) => events.push(one), {
    onOpen: opened.resolve,
  });
  await opened.promise;
  assert.deepEqual(await api.get(configMaps, target), JSON.parse(minimal));
  assert.deepEqual(await watching, { resourceVersion: "11" });
  assert.equal(events.length, 1);
});

Deno.test("after two time-outs in a row no old connection is used any more", async () => {
  // Responds to the first request of each connection; what comes later on it disappears, as behind a broken router.
  await using server = rawServer(async (connection) => {
    await readRequest(connection);
    await write(connection, head + chunk(minimal) + "0\r\n\r\n");
  });
  using api = clientOf(server.url, {}, { requestMs: 200 });
  await Promise.all([1, 2, 3].map(() => api.get(configMaps, target)));
  const pooled = server.connections;
  let timeouts = 0;
  for (;;) {
    try {
      await api.get(configMaps, target);
      break;
    } catch (error) {
      assert.ok(error instanceof NetworkError && error.timedOut);
      timeouts++;
    }
  }
  assert.equal(timeouts, 2);
  assert.equal(server.connections, pooled + 1);
});

Deno.test("many events arrive in order however the network cuts them", async () => {
  const count = 5_000;
  const line = (i: number) =>
    `{"type":"MODIFIED","object":{"metadata":{"name":"ä${i}","resourceVersion":"${i}"},"data":"${
      "x".repeat(i % 700)
    }"}}\n`;
  const bytes = new TextEncoder().encode(Array.from({ length: count }, (_, i) => line(i + 1)).join(""));
  await using server = rawServer(async (connection) => {
    await readRequest(connection);
    await write(connection, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
    for (let at = 0; at < bytes.length;) {
      at += await connection.write(bytes.subarray(at, at + 1 + (at * 7919) % 9973));
    }
    connection.close();
  });
  using api = clientOf(server.url);
  let seen = 0;
  const end = await api.watch(configMaps, { resourceVersion: "0" }, (one) => {
    seen++;
    assert.equal("object" in one && one.object.metadata.name, `ä${seen}`);
  });
  assert.deepEqual([seen, end.resourceVersion], [count, `${count}`]);
});

/** An HTTPS server that responds with the port of the caller: the same port is the same connection. */
async function secureServer(): Promise<
  { url: string; authority: CertificateAuthority; stop(): Promise<void> }
> {
  const authority = await certificateAuthority();
  const own = await authority.issue({ commonName: "server", addresses: ["127.0.0.1"] });
  const server = serveOnLoopback(
    (_request, { remoteAddr }) => Response.json({ metadata: { name: "a" }, port: remoteAddr.port }),
    own,
  );
  return { url: `https://127.0.0.1:${server.port}`, authority, stop: () => server[Symbol.asyncDispose]() };
}

Deno.test("a server whose authority is not ours is a NetworkError", async () => {
  const { url, authority, stop } = await secureServer();
  try {
    using known = clientOf(url, { caData: authority.certPem });
    assert.ok((await known.get(configMaps, target))["port"] > 0);
    using stranger = clientOf(url, { caData: (await certificateAuthority()).certPem });
    await assert.rejects(stranger.get(configMaps, target), NetworkError);
  } finally {
    await stop();
  }
});

Deno.test("a certificate that rotates gets new connections, and keeps them while it lasts", async () => {
  const { url, authority, stop } = await secureServer();
  const certificates = [await authority.issue({ commonName: "me" }), await authority.issue({ commonName: "me again" })];
  let wanted = certificates[0]!;
  const plugin: ExecPlugin = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "login",
    args: [],
    env: [],
    provideClusterInfo: false,
    interactiveMode: "Never",
  };
  const api = createClusterApi({
    server: url,
    source: "test",
    caData: authority.certPem,
    auth: { kind: "exec", plugin },
  }, {
    userAgent: "ork/test",
    clock: realClock,
    random: Math.random,
    exec: () => Promise.resolve({ ...wanted, expiresAtMs: 0 }), // expired at once: received for with every request
  });
  const portOf = async () => (await api.get(configMaps, target))["port"];
  try {
    const first = await portOf();
    assert.equal(await portOf(), first);
    wanted = certificates[1]!;
    const second = await portOf();
    assert.notEqual(second, first);
    assert.equal(await portOf(), second);
  } finally {
    api.close();
    await stop();
  }
});

Deno.test("a client that is closed sends nothing more", async () => {
  const api = clientOf("http://127.0.0.1:1");
  api.close();
  await assert.rejects(
    api.get(configMaps, target),
    (error) => !(error instanceof ApiError) && /closed/.test(`${error}`),
  );
});
