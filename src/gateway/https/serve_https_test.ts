import assert from "node:assert/strict";
import { FakeClock, realClock, settle } from "../../../tests/support/clock.ts";
import { certificateAuthority } from "../../../tests/support/pki.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { type Handler } from "../../serve/mod.ts";
import { CertificateError, type HttpsOptions, type HttpsServer, serveHttps } from "./mod.ts";

interface Issued {
  readonly caPem: string;
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
}

async function issue(): Promise<Issued> {
  const ca = await certificateAuthority();
  return { caPem: ca.certPem, certificate: await ca.issue({ commonName: "gateway", addresses: ["127.0.0.1"] }) };
}

async function withHttps(
  run: (server: HttpsServer, issued: Issued) => Promise<void>,
  handler: Handler = () => new Response("hello"),
  options: Partial<HttpsOptions> = {},
): Promise<void> {
  const issued = await issue();
  const { certificate } = issued;
  const server = serveHttps(handler, { host: "127.0.0.1", port: 0, clock: realClock, certificate, ...options });
  try {
    await run(server, issued);
  } finally {
    await server.stop(0);
  }
}

/** A client that sends each request once: pools of `fetch` repeat some without a word. */
class Client {
  readonly #connection: Deno.TlsConn;
  #text = "";

  constructor(connection: Deno.TlsConn) {
    this.#connection = connection;
  }

  static async connect(port: number, caCerts: string[]): Promise<Client> {
    const connection = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts });
    try {
      await connection.handshake();
    } catch (error) {
      connection.close();
      throw error;
    }
    return new Client(connection);
  }

  /** The body, and whether the connection stays open. */
  async request(path: string): Promise<{ body: string; open: boolean }> {
    await this.#connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`));
    for (;;) {
      const end = this.#text.indexOf("\r\n\r\n");
      const length = Number(/^content-length: (\d+)/im.exec(this.#text)?.[1] ?? NaN);
      if (end >= 0 && this.#text.length >= end + 4 + length) {
        const head = this.#text.slice(0, end);
        const body = this.#text.slice(end + 4, end + 4 + length);
        this.#text = this.#text.slice(end + 4 + length);
        return { body, open: !/^connection: close$/im.test(head) };
      }
      const buffer = new Uint8Array(4096);
      const read = await this.#connection.read(buffer);
      if (read === null) throw new Error("The connection ended without a response");
      this.#text += new TextDecoder().decode(buffer.subarray(0, read));
    }
  }

  /** Waits for the end of the connection. */
  async end(): Promise<void> {
    try {
      assert.equal(await this.#connection.read(new Uint8Array(1)), null);
    } catch (error) {
      // Without the alert that says so, or with a reset.
      assert.ok(error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.ConnectionReset);
    }
  }

  close(): void {
    this.#connection.close();
  }
}

Deno.test("swap() loses no request in 25 swaps under clients that keep their connections and clients that do not", async () => {
  await withHttps(async (server, first) => {
    const issued = [first, ...await Promise.all(Array.from({ length: 4 }, issue))];
    const caCerts = issued.map(({ caPem }) => caPem);
    let stopped = false;
    let requests = 0;
    let reconnects = 0;
    const kept = async (): Promise<void> => {
      let client: Client | undefined;
      while (!stopped) {
        client ??= await Client.connect(server.port, caCerts);
        const path = `/${requests++}`;
        const { body, open } = await client.request(path);
        assert.equal(body, path);
        if (open) continue;
        reconnects++;
        client.close();
        client = undefined;
      }
      client?.close();
    };
    const brief = async (): Promise<void> => {
      while (!stopped) {
        const client = await Client.connect(server.port, caCerts);
        const path = `/${requests++}`;
        assert.equal((await client.request(path)).body, path);
        client.close();
      }
    };
    const clients = Promise.all([...Array.from({ length: 6 }, kept), ...Array.from({ length: 3 }, brief)]);
    let failure: unknown;
    clients.catch((error: unknown) => {
      stopped = true;
      failure = error;
    });
    for (let swap = 1; swap <= 25 && !stopped; swap++) {
      const before = requests;
      await waitFor("requests are served", () => stopped || requests > before + 40);
      server.swap(issued[swap % issued.length]!.certificate);
    }
    stopped = true;
    await clients;
    assert.equal(failure, undefined);
    assert.ok(requests > 25 * 40, `${requests} requests`);
    assert.ok(reconnects >= 25, `${reconnects} reconnects`);
  }, (request) => new Response(new URL(request.url).pathname));
});

Deno.test("swap() serves new connections with the new certificate, and ends kept ones with their next response", async () => {
  await withHttps(async (server, first) => {
    const second = await issue();
    const old = await Client.connect(server.port, [first.caPem]);
    assert.equal((await old.request("/")).open, true);
    server.swap(second.certificate);
    const fresh = await Client.connect(server.port, [second.caPem]);
    assert.deepEqual(await fresh.request("/"), { body: "hello", open: true });
    assert.deepEqual(await old.request("/"), { body: "hello", open: false });
    await assert.rejects(Client.connect(server.port, [first.caPem]), Deno.errors.InvalidData);
    old.close();
    fresh.close();
  });
});

Deno.test("swap() keeps the certificate that it has where the other one cannot be served", async () => {
  await withHttps(async (server, first) => {
    const other = await issue();
    const mixed = { certPem: other.certificate.certPem, keyPem: first.certificate.keyPem };
    for (const broken of [mixed, { certPem: "", keyPem: "" }, { certPem: "x", keyPem: "y" }]) {
      assert.throws(() => server.swap(broken), CertificateError);
    }
    const client = await Client.connect(server.port, [first.caPem]);
    assert.deepEqual(await client.request("/"), { body: "hello", open: true });
    client.close();
  });
});

Deno.test("a connection of an old certificate that stays silent is ended in time", async () => {
  const clock = new FakeClock();
  const limits = { idleMs: 1e9 }; // so that only the bound of the swap ends it
  await withHttps(
    async (server, first) => {
      const old = await Client.connect(server.port, [first.caPem]);
      assert.equal((await old.request("/")).open, true);
      server.swap((await issue()).certificate);
      await clock.advance(179_000);
      let ended = false;
      const end = old.end().then(() => void (ended = true));
      await settle();
      assert.equal(ended, false);
      await clock.advance(1_000);
      await end;
      old.close();
    },
    undefined,
    { clock, limits },
  );
});

Deno.test("drain() ends connections with their next response, and serves new ones", async () => {
  await withHttps(async (server, { caPem }) => {
    const kept = await Client.connect(server.port, [caPem]);
    assert.equal((await kept.request("/")).open, true);
    server.drain();
    assert.equal((await kept.request("/")).open, false);
    const late = await Client.connect(server.port, [caPem]);
    assert.deepEqual(await late.request("/"), { body: "hello", open: false });
    kept.close();
    late.close();
  });
});

Deno.test("stop() lets a response that was begun end", async () => {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const issued = await issue();
  const server = serveHttps(async () => {
    asked.resolve();
    await go.promise;
    return new Response("late");
  }, { host: "127.0.0.1", port: 0, clock: realClock, certificate: issued.certificate });
  const client = await Client.connect(server.port, [issued.caPem]);
  const response = client.request("/");
  await asked.promise;
  server.drain();
  const stopped = server.stop(10_000);
  go.resolve();
  assert.deepEqual(await response, { body: "late", open: false });
  client.close();
  await stopped;
});

Deno.test("a client that begins a TLS handshake and never ends it is disconnected", async () => {
  const clock = new FakeClock();
  await withHttps(
    async ({ port }) => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
      let ended = false;
      const reading = connection.read(new Uint8Array(64)).catch(() => null).then(() => void (ended = true));
      await waitFor("the connection ends", async () => {
        await clock.advance(500);
        return ended;
      });
      assert.ok(clock.nowMs() < 120_000);
      await reading;
      connection.close();
    },
    undefined,
    { clock },
  );
});

Deno.test("clients that connect and say nothing are bounded, and do not keep out one that does", async () => {
  await withHttps(
    async ({ port }, { caPem }) => {
      let ended = 0;
      const silent: Deno.Conn[] = [];
      const readings: Promise<void>[] = [];
      for (let i = 0; i < 20; i++) {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        silent.push(connection);
        const reading = connection.read(new Uint8Array(1)).catch(() => null).then(() => void ended++);
        readings.push(reading);
      }
      await waitFor("all but two have been disconnected", () => ended >= 18);
      const client = await Client.connect(port, [caPem]);
      assert.deepEqual(await client.request("/"), { body: "hello", open: true });
      client.close();
      for (const connection of silent) connection.close();
      await Promise.all(readings);
    },
    undefined,
    { maxConnections: 2 },
  );
});

const opensslIsThere = await new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "serveHttps() speaks TLS 1.2 and 1.3, nothing older, and HTTP/1.1 alone",
  ignore: !opensslIsThere,
  fn: () =>
    withHttps(async ({ port }) => {
      const attempt = async (...flags: string[]): Promise<string> => {
        const args = ["s_client", "-connect", `127.0.0.1:${port}`, "-cipher", "DEFAULT@SECLEVEL=0", ...flags];
        const { stdout } = await new Deno.Command("openssl", { args, stdin: "null", stdout: "piped", stderr: "null" })
          .output();
        const text = new TextDecoder().decode(stdout);
        return `${/New, (\S+), Cipher is/.exec(text)?.[1]} ${/ALPN protocol: (\S+)/.exec(text)?.[1] ?? "none"}`;
      };
      assert.equal(await attempt("-tls1"), "(NONE) none");
      assert.equal(await attempt("-tls1_1"), "(NONE) none");
      assert.equal(await attempt("-tls1_2"), "TLSv1.2 none");
      assert.equal(await attempt("-tls1_3", "-alpn", "h2,http/1.1"), "TLSv1.3 http/1.1");
    }),
});
