import assert from "node:assert/strict";
import { randomNumbers } from "../chaos/random.ts";
import { httpService, jsonOf, type ServiceRequest } from "../support/http_service.ts";
import { waitFor } from "../support/wait_for.ts";
import { conditionOf, demos, operatorFor } from "./operator.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";

type Respond = (request: ServiceRequest, signal: AbortSignal, random: () => number) => Response | Promise<Response>;

const text = (body: BodyInit | null, type = "application/json", init: ResponseInit = {}): Response =>
  new Response(body, { ...init, headers: { "content-type": type, ...init.headers } });

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** Bytes until the server ends. */
function endless(signal: AbortSignal, chunk: string, pauses: boolean): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      if (signal.aborted) return controller.close();
      controller.enqueue(new TextEncoder().encode(chunk));
      if (!pauses) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, 20);
      await Promise.race([until(signal), promise]);
      clearTimeout(timer);
    },
  });
}

/** What servers do to clients. */
const misbehaviours: Readonly<Record<string, Respond>> = {
  status: (_request, _signal, random) => new Response("", { status: 200 + Math.floor(random() * 399) }),
  silent: async (_request, signal) => {
    await until(signal);
    return new Response();
  },
  huge: () => text(`"${"x".repeat(1 << 20)}"`),
  endless: (_request, signal) => text(endless(signal, "[[[[".repeat(100), false)),
  drip: (_request, signal) => text(endless(signal, " ", true)),
  zipped: () =>
    text(
      new Response(" ".repeat(20 << 20)).body!.pipeThrough(new CompressionStream("gzip")),
      "application/json",
      { headers: { "content-encoding": "gzip" } },
    ),
  notZipped: () => text("{}", "application/json", { headers: { "content-encoding": "gzip" } }),
  loop: ({ path }) => text(null, "text/html", { status: 302, headers: { location: path } }),
  elsewhere: () => text(null, "text/html", { status: 301, headers: { location: "http://169.254.169.254/" } }),
  malformed: (_request, _signal, random) =>
    text('{"color":"red","a":[1,{"b":null}]}'.slice(0, Math.floor(random() * 33))),
  html: () => text("<html><body>{{ .spec }}</body></html>", "text/html"),
  wrongType: () => text('{"color":"red"}', "image/png"),
  bytes: (_request, _signal, random) => text(Uint8Array.from({ length: 2000 }, () => Math.floor(random() * 256))),
  wide: () => text(`[${"0,".repeat(100_000)}0]`),
  deep: () => text("[".repeat(100_000)),
  deepObject: () => text('{"a":'.repeat(50_000)),
  prototype: () => text('{"__proto__":{"color":"evil"},"constructor":{"prototype":{"color":"evil"}},"toString":1}'),
  shadows: () =>
    text('{"error":"","ok":true,"status":"200","json":{"color":"evil"},"headers":1}', "application/json", {
      status: 500,
    }),
  scalar: (_request, _signal, random) => text(["null", "1e999", '"x"', "true", "[]", "-0"][Math.floor(random() * 6)]!),
  integers: () => text('{"color":123456789012345678901234567890}'),
  template: () => text('{"color":"{{ .metadata }}{{ template \\"x\\" }}"}'),
  headers: () =>
    text("{}", "application/json", { headers: { "x-long": "y".repeat(10_000), "set-cookie": "secret=1" } }),
  empty: () => text(""),
};

Deno.test({
  name: "whatever a server responds, passes end, and the objects of other responses are reconciled",
  // Deno loses a response whose head arrives at the moment at which its request is aborted, as time-outs do here.
  sanitizeResources: false,
  fn: manyServers,
});

async function manyServers(): Promise<void> {
  const seed = Number(Deno.env.get("ORK_SEED") ?? Math.floor(Math.random() * 1e9));
  console.log(`seed ${seed}`);
  const random = randomNumbers(seed);
  const kinds = Object.keys(misbehaviours);
  await using service = httpService((request, signal) => {
    const kind = /^\/([A-Za-z]+)\//.exec(request.path)?.[1] ?? "";
    return Object.hasOwn(misbehaviours, kind)
      ? misbehaviours[kind]!(request, signal, random)
      : jsonOf({ color: "red" });
  });
  await using operator = await operatorFor({
    box: `onReconcile:
  external:
    - { name: a, url: "${service.url}/{{ .spec.kind }}/", timeout: 300ms, continueOnError: true }
    - { name: b, url: "${service.url}/{{ .spec.kind }}/b", timeout: 300ms }
  configMaps:
    - name: "{{ .metadata.name }}"
      data:
        color: "{{ .external.b.json.color }}{{ .external.a.color }}"
        rest: "{{ .external.a.status }}"
status:
  fields:
    - { path: error, value: "{{ .external.a.error }}" }
    - { path: color, value: "{{ .external.a.json.color }}" }`,
    reconciler: "resync: 1h\nworkers: 2",
  });
  const bad = kinds.map((kind) => ({ name: `bad-${kind.toLowerCase()}`, kind }));
  const good = Array.from({ length: 10 }, (_, n) => ({ name: `good-${n}`, kind: "fine" }));
  const all = [...bad, ...good].map((one) => ({ one, order: random() })).sort((a, b) => a.order - b.order);
  for (const { one } of all) await operator.demo(one.name, { kind: one.kind });

  for (const { name } of good) {
    // On a busy machine a good server may be late, too: then its call is made again.
    await operator.until(`${configMaps}/${name}`, (object) => object["data"].color === "redred");
  }
  for (const { name } of bad) {
    // Each comes to a verdict: it is reconciled, or says why not.
    await operator.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Ready") !== undefined);
  }
  const text = async (name: string) => JSON.stringify(await operator.get(`${demos}/${name}`));
  assert.doesNotMatch(await text("bad-prototype"), /"color":"evil"/);
  // On a busy machine these may be late at first, too; the silent one always is.
  const saysOf = (name: string, reason: RegExp) =>
    operator.until(`${demos}/${name}`, (cr) => reason.test(JSON.stringify(cr)));
  await saysOf("bad-shadows", /Status 500/);
  await saysOf("bad-loop", /Status 302/);
  await saysOf("bad-huge", /longer than 262144 bytes/);
  await saysOf("bad-silent", /No response within 300 ms/);
  assert.equal(({} as { color?: string }).color, undefined);
  const everything = JSON.stringify(operator.messages);
  assert.doesNotMatch(everything, /secret=1/);
  assert.deepEqual(operator.messages.filter(({ type }) => type === "defect"), []);

  // Failing calls are made at their backoff, not as fast as passes come.
  const before = service.requests.length;
  for (let n = 0; n < 20; n++) {
    await operator.request(
      "PATCH",
      `${demos}/bad-silent`,
      { metadata: { labels: { n: String(n) } } },
      "application/merge-patch+json",
    );
  }
  await waitFor("the last label", async () => (await text("bad-silent")).includes('"n":"19"'));
  const made = service.requests.slice(before).filter(({ path }) => path.startsWith("/silent/")).length;
  assert.ok(made <= 4, `${made} calls for 20 changes`);
}
