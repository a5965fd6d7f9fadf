/** Attempts on the HTTPS port of a Gateway, as somebody in the cluster may make them: nobody authenticates there. */
import assert from "node:assert/strict";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../support/clock.ts";
import { gatewayFromSource, type GatewayProcess, startGatewayBinary } from "../support/gateway_binary.ts";
import { openDefinition } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";
import { type HttpsAttempt, httpsAttempts } from "./https_attempts.ts";
import { clientHello, RawClient, request, reviewText } from "./https_client.ts";
import { residentMiB } from "./stage.ts";

const katalog = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: red-team}
gateway: {}
security:
  webhooks: {admission: {enabled: true}}
  deletionProtection: {strictMode: true}
  namespaceProtection: {restrictedNamespaces: [kube-public]}
spec:
  crds:
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      mutation:
        rules: [{field: spec.tier, default: standard}]
      validation:
        rules: [{field: spec.size, max: 3, message: at most 3}]
      operatorBox: {}
`;
/** Above what the process has when it is ready: one review of 8 MB takes hundreds of MiB until it is collected. */
const maxGrowthMiB = 1024;

/** A body may take 10 s (ruling 86); the rest is for this machine, and below any other limit of a connection. */
const maxBodyMs = 25_000;

interface Target {
  readonly gateway: GatewayProcess;
  readonly caPem: string;
}

async function withGateway(run: (target: Target) => Promise<void>): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-red-team-" });
  try {
    const api = async (path: string, body?: unknown) =>
      await (await fetch(`${served.url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })).json();
    await api(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      openDefinition({ group: "shop.example.org", kind: "Shop" }),
    );
    await Deno.writeTextFile(`${folder}/katalog.yaml`, katalog);
    await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
    await using gateway = await startGatewayBinary({
      katalog: `${folder}/katalog.yaml`,
      kubeconfig: `${folder}/kubeconfig`,
      namespace: "default",
      program: gatewayFromSource,
    });
    await gateway.ready();
    const secret = await api("/api/v1/namespaces/default/secrets/orkestra-internal-tls");
    await run({ gateway, caPem: atob(secret.data["ca.crt"]) });
    assert.deepEqual(sandbox.faults, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await served.stop();
    await sandbox.stop();
  }
}

/** It serves as before. */
async function assertServes({ gateway, caPem }: Target): Promise<void> {
  for (const path of ["/ready", "/health"]) {
    const response = await fetch(`${gateway.url}${path}`);
    assert.equal(response.status, 200, await response.text());
  }
  using client = await RawClient.connect(gateway.httpsPort, caPem);
  await client.write(request("POST /validate", reviewText()));
  const { status, text } = await client.rest();
  assert.equal(status, 200, text);
  assert.match(text, /"allowed":false.*at most 3/);
  assert.doesNotMatch(gateway.process.stdout, /Unexpected error/);
}

/** Watches the resident memory while `run` runs. */
async function assertBounded({ gateway }: Target, what: string, run: () => Promise<void>): Promise<void> {
  const { pid } = gateway.process;
  const before = residentMiB(pid);
  let peak = before ?? 0;
  const look = setInterval(() => {
    peak = Math.max(peak, residentMiB(pid) ?? 0);
  }, 100);
  try {
    await run();
  } finally {
    clearInterval(look);
  }
  console.log(`${what}: resident memory ${before} MiB before, ${peak} MiB at most, ${residentMiB(pid)} MiB after`);
  if (before !== undefined) assert.ok(peak - before < maxGrowthMiB, `${what}: ${before} MiB, then ${peak} MiB`);
}

async function attempt({ gateway, caPem }: Target, { what, send, status, text }: HttpsAttempt): Promise<void> {
  using client = await RawClient.connect(gateway.httpsPort, caPem);
  await client.write(send);
  const received = await client.rest();
  const shown = `${what}: ${received.text.slice(0, 300)}`;
  assert.ok([status].flat().includes(received.status), `HTTP ${received.status}, not ${status}: ${shown}`);
  if (text !== undefined) assert.match(received.text, text, shown);
  assert.ok(received.responses <= 1, `${received.responses} responses: ${shown}`);
}

Deno.test("red team: requests that are none, and reviews that are none, get a response that says so", async () => {
  await withGateway(async (target) => {
    const failures: string[] = [];
    await assertBounded(target, `${httpsAttempts.length} attempts over HTTPS`, async () => {
      for (const each of httpsAttempts) {
        try {
          await attempt(target, each);
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error));
        }
      }
    });
    assert.deepEqual(failures, []);
    await assertServes(target);
    await transport(target);
    await slow(target);
    await many(target);
    await assertServes(target);
  });
});

/** What is no TLS of today ends, at once or after the time of a handshake. */
async function transport(target: Target): Promise<void> {
  const { gateway, caPem } = target;
  const raw = async (data: string | Uint8Array): Promise<Uint8Array> => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.httpsPort });
    try {
      await connection.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
      const buffer = new Uint8Array(1024);
      const read = await connection.read(buffer).catch(() => null);
      return buffer.slice(0, read ?? 0);
    } finally {
      connection.close();
    }
  };
  for (const version of [0x0300, 0x0301, 0x0302] as const) {
    const received = await raw(clientHello(version));
    // An alert (21), fatal (2): protocol_version (70), handshake_failure (40) or decode_error (50).
    assert.ok(received.length === 0 || (received[0] === 21 && received[5] === 2), `TLS ${version}: ${received}`);
  }
  for (
    const data of ["GET /validate HTTP/1.1\r\nhost: a\r\n\r\n", "\0\0\0\0\0\0\0\0", Uint8Array.of(22, 3, 1, 255, 255)]
  ) {
    const received = await raw(data);
    assert.doesNotMatch(new TextDecoder().decode(received), /HTTP/);
  }
  // A certificate of ours says who we are, and of nobody else.
  for (const other of [{ hostname: "127.0.0.1" }, { hostname: "localhost", caCerts: [caPem] }]) {
    const connection = await Deno.connectTls({ port: gateway.httpsPort, ...other });
    await assert.rejects(connection.handshake());
    connection.close();
  }
  await assertServes(target);
}

/** Bodies that do not come to an end hold neither memory nor other reviews. */
async function slow(target: Target): Promise<void> {
  const { gateway, caPem } = target;
  await assertBounded(target, "100 bodies of 8 MiB that do not end", async () => {
    const clients: RawClient[] = [];
    try {
      const part = "[".repeat(8 * 1024 * 1024 - 1);
      const head = request("POST /validate", "", {
        "content-length": String(8 * 1024 * 1024),
        connection: "keep-alive",
      });
      const results = Array.from({ length: 100 }, async () => {
        const client = await RawClient.connect(gateway.httpsPort, caPem);
        clients.push(client);
        await client.write(head);
        await client.write(part);
        const startMs = performance.now();
        const { status } = await client.rest();
        return { status, waitedMs: performance.now() - startMs };
      });
      await waitFor("all have begun", () => clients.length === 100);
      await assertServes(target);
      const ended = await Promise.all(results);
      for (const { status } of ended) assert.ok([0, 503].includes(status), String(status));
      const maxWaitedMs = Math.max(...ended.map(({ waitedMs }) => waitedMs));
      assert.ok(maxWaitedMs < maxBodyMs, `a connection was held for ${maxWaitedMs} ms`);
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  });
}

/** Connections that nobody uses are ended for those that somebody does. */
async function many(target: Target): Promise<void> {
  const { gateway, caPem } = target;
  await assertBounded(target, "1000 connections", async () => {
    const open: Deno.Conn[] = [];
    try {
      for (let n = 0; n < 400; n++) open.push(await Deno.connect({ hostname: "127.0.0.1", port: gateway.httpsPort }));
      // Some are refused: there are more than it takes.
      const connected = await Promise.allSettled(
        Array.from({ length: 600 }, () => RawClient.connect(gateway.httpsPort, caPem)),
      );
      const clients = connected.map((result) => result.status === "fulfilled" ? result.value : undefined);
      await Promise.all(clients.map((client) => client?.write("POST /validate HTTP/1.1\r\nhost: a\r\n")));
      await waitFor("it serves", async () => {
        await assertServes(target);
        return true;
      });
      for (const client of clients) client?.[Symbol.dispose]();
    } finally {
      for (const connection of open) connection.close();
    }
  });
}
