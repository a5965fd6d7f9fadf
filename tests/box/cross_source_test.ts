import assert from "node:assert/strict";
import { equalJson, type Json } from "../../src/base/json.ts";
import { httpApi, ProcessState, type Served } from "../../src/runtime/mod.ts";
import type { CrossSourcesOptions } from "../../src/runtime/mod.ts";
import { randomNumbers } from "../chaos/random.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Cluster, type CrdEntry, createCluster, type Running, start } from "./operator.ts";

const queues = "/apis/demo.dev/v1/namespaces/default/queues";
const consumers = "/apis/demo.dev/v1/namespaces/default/consumers";
const mirrors = "/apis/demo.dev/v1/namespaces/default/mirrors";
const configMaps = "/api/v1/namespaces/default/configmaps";

const queue: CrdEntry = { key: "queue", kind: "Queue", more: "crossAccess: true", box: "status: { fields: [] }" };

/** Makes a ConfigMap with the host of its queue; with `elsewhere` the queue is one of another Runtime. */
function reader(kind: string, elsewhere: string, more = ""): CrdEntry {
  const source = elsewhere === "" ? "" : `, source: { host: "${elsewhere}", cacheFor: 1s${more} }`;
  return {
    key: kind.toLowerCase(),
    kind,
    box: `cross:
  - { crd: queue, as: q, selector: { name: "{{ .spec.queue }}" }${source} }
  - { crd: queue, as: all, strategy: all, selector: { matchLabels: { team: "{{ .spec.team }}" } }${source} }
onReconcile:
  configMaps:
    - name: "{{ .metadata.name }}"
      data: { host: "{{ .cross.q.status.host }}", all: "{{ range .cross.all.items }}{{ .name }}={{ .spec.size }} {{ end }}" }
    - name: "{{ .metadata.name }}-found"
      when: [{ field: cross.q.found, equals: "true" }]
      data: { a: b }
status:
  fields:
    - { path: found, value: "{{ .cross.q.found }}" }`,
  };
}

const other = "http://other:8080";

/** The way to one Runtime, and what becomes of requests on it. */
class Way {
  readonly requests: { readonly status: number | undefined; readonly authorization: string | null }[] = [];
  served: Served | undefined;
  /** Takes the place of the response; `undefined`: it goes through. */
  fault: ((url: URL) => Response | Promise<Response> | undefined) | undefined;
  #handle: ((request: Request) => Promise<Response>) | undefined;

  serve(served: Served | undefined): void {
    this.served = served;
    const state = new ProcessState();
    if (served !== undefined) state.serve(served);
    this.#handle = served && httpApi({
      ...{ state, clock: realClock, log: () => {}, build: { version: "0", deno: "0" } },
      usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
    });
  }

  readonly connect: CrossSourcesOptions["connect"] = () => ({
    request: async (url, { headers, signal, maxBytes }) => {
      const at = new URL(url);
      assert.equal(at.origin, other);
      const aborted = new Promise<never>((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
      const respond = async (): Promise<Response> => {
        const faulty = this.fault?.(at);
        if (faulty !== undefined) return await faulty;
        if (this.#handle === undefined) throw new TypeError("Connection refused");
        return await this.#handle(new Request(url, { headers }));
      };
      const authorization = headers["authorization"] ?? null;
      try {
        const response = await Promise.race([respond(), aborted]);
        const body = await response.text();
        this.requests.push({ status: response.status, authorization });
        if (body.length > maxBytes) throw new Error(`Cannot read the response: it is longer than ${maxBytes} bytes`);
        return { status: response.status, etag: response.headers.get("etag") ?? undefined, body };
      } catch (error) {
        this.requests.push({ status: undefined, authorization });
        throw error;
      }
    },
    close() {},
  });
}

interface Stage extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly way: Way;
  readonly logged: string[];
  /** Starts the operator that reads, in a process of its own as far as the API goes. */
  read(entry?: CrdEntry): Promise<Running>;
  state(running: Running): { readonly state: string; readonly reason?: string | undefined };
}

async function stage(): Promise<Stage> {
  const cluster = createCluster();
  for (const kind of ["Queue", "Consumer", "Mirror"]) await cluster.define(kind);
  const way = new Way();
  const logged: string[] = [];
  return {
    cluster,
    way,
    logged,
    read: (entry = reader("Mirror", other)) =>
      start(cluster, [entry], {
        connect: way.connect,
        katalog: "reading",
        log: (level, text) => {
          if (level !== "debug") logged.push(`${level}: ${text}`);
        },
      }),
    state: ({ runtime }) => runtime.health().get("mirror")!.crossSources![0]!,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

function objectOf(kind: string, name: string, spec: unknown = {}, labels: Record<string, string> = {}): unknown {
  return { apiVersion: "demo.dev/v1", kind, metadata: { name, labels }, spec };
}

async function setHost(cluster: Cluster, name: string, host: string): Promise<void> {
  await cluster.request("PATCH", `${queues}/${name}/status`, { status: { host } }, "application/merge-patch+json");
}

async function untilHost(cluster: Cluster, name: string, host: string): Promise<void> {
  await cluster.until(`${configMaps}/${name}`, ({ data }) => (data?.["host"] ?? "") === host);
}

Deno.test("cross with source: a change at another Runtime reaches the children, and rest costs no body", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  await cluster.request("POST", queues, objectOf("Queue", "a", {}, { team: "t" }));
  await setHost(cluster, "a", "a.example.org");
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a", team: "t" }));
  await using source = await start(cluster, [queue]);
  way.serve(source.served);
  await waitFor(
    "the source has published",
    async () =>
      (await way.connect(undefined as never).request(`${other}/katalog/queue/cr?view=cross`, {
        ...{ headers: {}, signal: new AbortController().signal, maxBytes: 1e6 },
      })).status === 200,
  );
  await using running = await on.read();
  await untilHost(cluster, "one", "a.example.org");
  const first = running.messages.find((message) => message.type === "pass")!;
  assert.ok(first.type === "pass");
  const made = first.changes.map(({ text }) => text).filter((text) => text.includes("ConfigMap"));
  assert.deepEqual(made, ["created ConfigMap one", "created ConfigMap one-found"], "the first pass had the values");
  await setHost(cluster, "a", "new.example.org");
  await untilHost(cluster, "one", "new.example.org");
  await cluster.request("POST", queues, objectOf("Queue", "b", { size: 3 }, { team: "t" }));
  await cluster.until(`${configMaps}/one`, ({ data }) => data?.["all"] === "a= b=3 ");
  await cluster.request("DELETE", `${queues}/a`);
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "false");
  await cluster.untilGone(`${configMaps}/one-found`);
  assert.equal(on.state(running).state, "current");
  way.requests.length = 0;
  await waitFor("three polls", () => way.requests.length >= 3);
  assert.deepEqual(way.requests.slice(0, 3).map(({ status }) => status), [304, 304, 304]);
  assert.deepEqual(on.logged, []);
});

Deno.test("cross with source: one that was never reached is absent, and keeps no box from its work", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a" }));
  await using running = await on.read();
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "false");
  assert.equal(running.runtime.health().get("mirror")!.state, "healthy");
  assert.equal(on.state(running).state, "unreached");
  await using source = await start(cluster, [queue]);
  way.serve(source.served);
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "true");
  await cluster.until(`${configMaps}/one-found`, () => true);
  await waitFor("it is current", () => on.state(running).state === "current");
  assert.deepEqual(on.logged.map((line) => line.replace(/refused.*/, "refused")), [
    `warn: cross: queue@${other} cannot be read: Connection refused`,
    `info: cross: queue@${other} can be read again`,
  ]);
});

Deno.test("cross with source: what was known last stays while it is away, refused, garbled or huge", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await setHost(cluster, "a", "0");
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a" }));
  await using source = await start(cluster, [queue]);
  way.serve(source.served);
  await using running = await on.read();
  await untilHost(cluster, "one", "0");
  const faults: Record<string, [RegExp, (url: URL) => Response | Promise<Response>]> = {
    away: [/gone/, () => Promise.reject(new TypeError("gone"))],
    refused: [/HTTP 403: no/, () => Response.json({ error: "no" }, { status: 403 })],
    garbled: [/no JSON/, () => new Response('{"crd":"queue","view":"cross","items":[{')],
    other: [/no list/, () => Response.json({ crd: "queue", total: 0, items: [] })],
    huge: [/longer than/, () => new Response(" ".repeat(8 * 1024 * 1024 + 1))],
    starting: [/HTTP 503/, () => Response.json({ error: "starting" }, { status: 503 })],
    empty: [/no JSON/, () => new Response("")],
  };
  let host = 0;
  for (const [what, [reason, respond]] of Object.entries(faults)) {
    way.fault = respond;
    await waitFor(`${what}: it is stale`, () => {
      const { state, reason: said } = on.state(running);
      return state === "stale" && reason.test(said ?? "");
    });
    await setHost(cluster, "a", String(++host));
    assert.equal(running.runtime.health().get("mirror")!.state, "healthy", what);
    const { data } = (await cluster.get(`${configMaps}/one`))!;
    assert.equal(data["host"], String(host - 1), what);
    way.fault = undefined;
    await untilHost(cluster, "one", String(host));
    await waitFor(`${what}: it is current`, () => on.state(running).state === "current");
  }
});

Deno.test("cross with source: one that does not respond holds nothing up", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await setHost(cluster, "a", "a.example.org");
  await using source = await start(cluster, [queue]);
  way.serve(source.served);
  await using running = await on.read();
  await waitFor("it was read", () => on.state(running).state === "current");
  const asked = Promise.withResolvers<void>();
  const response = Promise.withResolvers<Response>();
  way.fault = () => {
    asked.resolve();
    return response.promise;
  };
  await asked.promise;
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a" }));
  await untilHost(cluster, "one", "a.example.org");
  await setHost(cluster, "a", "new.example.org");
  way.fault = undefined;
  response.resolve(new Response(null, { status: 304 }));
  await untilHost(cluster, "one", "new.example.org");
});

Deno.test("cross with source: a value that is kept in the status outlives a restart while the source is away", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await setHost(cluster, "a", "a.example.org");
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a" }));
  await using source = await start(cluster, [queue]);
  way.serve(source.served);
  const entry: CrdEntry = {
    key: "mirror",
    kind: "Mirror",
    box: `cross: [{ crd: queue, as: q, selector: { name: "{{ .spec.queue }}" }, source: { host: "${other}" } }]
onReconcile:
  configMaps:
    - name: "{{ .metadata.name }}"
      when: [{ field: status.host, exists: true }]
      data: { host: "{{ .status.host }}" }
status:
  fields:
    - { path: found, value: "{{ .cross.q.found }}" }
    - { path: host, value: "{{ default .status.host .cross.q.status.host }}" }`,
  };
  const first = await on.read(entry);
  await untilHost(cluster, "one", "a.example.org");
  await first.stop();
  way.serve(undefined);
  await using _second = await on.read(entry);
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "false");
  const made = await cluster.get(`${configMaps}/one`);
  assert.equal(made?.["data"].host, "a.example.org");
  assert.equal((await cluster.get(`${mirrors}/one`))?.["status"].host, "a.example.org");
});

Deno.test("cross with source: one that refuses remote reads says so, and the log says it once", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a" }));
  await using source = await start(cluster, [{ ...queue, more: "crossAccess: false" }]);
  way.serve(source.served);
  await using running = await on.read();
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "false");
  await waitFor("it was asked three times", () => way.requests.length >= 3);
  assert.deepEqual([...new Set(way.requests.map(({ status }) => status))], [403]);
  const why = 'HTTP 403: "queue" may not be read by other Runtimes: its Katalog does not say crossAccess: true';
  assert.deepEqual([on.state(running).state, on.state(running).reason], ["unreached", why]);
  assert.deepEqual(on.logged, [
    `warn: cross: queue@${other} cannot be read: ${why}; its objects count as not found until it can`,
  ]);
});

Deno.test("cross with source: the token of a Secret is sent, and the one that replaces it", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  const secrets = "/api/v1/namespaces/default/secrets";
  const secret = (token: string) => ({
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "token" } },
    data: { t: btoa(token) },
  });
  let expected = "Bearer one";
  let authorized = "";
  const guard = way.connect;
  const connect: typeof guard = (plan) => {
    const client = guard(plan);
    return {
      ...client,
      request: async (url, options) => {
        authorized = options.headers["authorization"] ?? "";
        return authorized === expected ? await client.request(url, options) : { status: 401, body: "" };
      },
    };
  };
  await cluster.request("POST", queues, objectOf("Queue", "a"));
  await cluster.request("POST", mirrors, objectOf("Mirror", "one", { queue: "a" }));
  await using source = await start(cluster, [queue]);
  way.serve(source.served);
  const auth = ", auth: { secretRef: { namespace: default, name: token, key: t } }";
  await using running = await start(cluster, [reader("Mirror", other, auth)], { connect, katalog: "reading" });
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "false");
  assert.equal(on.state(running).reason, "There is no Secret default/token");
  await cluster.request("POST", secrets, secret("one"));
  await cluster.until(`${mirrors}/one`, ({ status }) => status?.found === "true");
  expected = "Bearer two";
  await waitFor("it is refused", () => on.state(running).reason === "HTTP 401");
  await cluster.request("PATCH", `${secrets}/token`, { data: { t: btoa("two") } }, "application/merge-patch+json");
  await waitFor("it is read again", () => on.state(running).state === "current");
  assert.equal(authorized, "Bearer two");
});

Deno.test("cross with source: after any changes and faults its children are those of a reader in the same process", async () => {
  await using on = await stage();
  const { cluster, way } = on;
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`SEED=${seed}`);
  const random = randomNumbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const names = ["a", "b", "c", "d"];
  const readers = ["one", "two", "three"];
  let source = await start(cluster, [queue, reader("Consumer", "")]);
  way.serve(source.served);
  for (const name of readers) {
    const spec = { queue: pick(names), team: pick(["t", "u"]) };
    await cluster.request("POST", consumers, objectOf("Consumer", name, spec));
    await cluster.request("POST", mirrors, objectOf("Mirror", `${name}-far`, spec));
  }
  await using _running = await on.read();
  const faults = [
    () => Promise.reject(new TypeError("gone")),
    () => new Response("{"),
    () => Response.json({ error: "no" }, { status: 503 }),
    () => Response.json({ error: "no" }, { status: 403 }),
  ];
  const steps: (() => Promise<unknown> | void)[] = [
    async () => {
      const name = pick(names);
      const labels = { team: pick(["t", "u"]) };
      const object = objectOf("Queue", name, { size: Math.floor(random() * 9) }, labels);
      await cluster.request("PATCH", `${queues}/${name}?fieldManager=t`, object, "application/apply-patch+yaml");
    },
    async () => {
      const name = pick(names);
      if (await cluster.get(`${queues}/${name}`) !== undefined) await cluster.request("DELETE", `${queues}/${name}`);
    },
    async () => {
      const name = pick(names);
      if (await cluster.get(`${queues}/${name}`) !== undefined) await setHost(cluster, name, `h${random()}`);
    },
    async () => {
      const name = pick(readers);
      const patch = { spec: { queue: pick(names), team: pick(["t", "u"]) } };
      for (const path of [`${consumers}/${name}`, `${mirrors}/${name}-far`]) {
        await cluster.request("PATCH", path, patch, "application/merge-patch+json");
      }
    },
    () => void (way.fault = pick(faults)),
    () => void (way.fault = undefined),
    async () => {
      const { length } = way.requests;
      if (way.fault === undefined) await waitFor("a poll", () => way.requests.length > length);
    },
    async () => {
      // The source is another process now, and may be asked before it knows anything.
      way.serve(undefined);
      await source.stop();
      source = await start(cluster, [queue, reader("Consumer", "")], { awaitsLead: false });
      way.serve(source.served);
    },
  ];
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 15; n++) await pick(steps)();
    way.fault = undefined;
    const childrenOf = async (suffix: string) =>
      await Promise.all(
        readers.flatMap((name) =>
          [`${name}${suffix}`, `${name}${suffix}-found`].map(async (child) =>
            (await cluster.get(`${configMaps}/${child}`))?.["data"] ?? null
          )
        ),
      );
    // What they come to, from the objects alone.
    const expectedOf = async (name: string): Promise<Json[]> => {
      const { spec } = await cluster.request("GET", `${consumers}/${name}`);
      const all = (await Promise.all(names.map((each) => cluster.get(`${queues}/${each}`))))
        .flatMap((each) => each === undefined ? [] : [each]);
      const own = all.find(({ metadata }) => metadata.name === spec.queue);
      const team = all.filter(({ metadata }) => metadata.labels?.["team"] === spec.team);
      const host = own?.["status"]?.host as string | undefined;
      const text = team.map((each) => `${each.metadata.name}=${each["spec"].size} `).join("");
      return [{ all: text, ...(host === undefined ? {} : { host }) }, own === undefined ? null : { a: "b" }];
    };
    let seen: unknown;
    await waitFor(`round ${round}: both have the same children`, async () => {
      const [near, far] = [await childrenOf(""), await childrenOf("-far")];
      const expected = (await Promise.all(readers.map(expectedOf))).flat();
      seen = { near, far, expected };
      return equalJson(near, expected) && equalJson(far, expected);
    }, { explain: () => seen });
  }
  await source.stop();
});
