import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { stringifyJson } from "../../base/json.ts";
import { CrossTable } from "../../box/mod.ts";
import type { Level } from "../../observe/log.ts";
import { ObservedSource } from "./observed_source.ts";
import { printPage } from "./page.ts";
import type { RequestPage } from "./request_page.ts";
import { SourceReader } from "./source_reader.ts";

type Reply = Awaited<ReturnType<RequestPage>>;

function object(name: string, phase = "") {
  return { name, namespace: "x", labels: {}, annotations: {}, spec: {}, status: { phase } };
}

/** A response with these objects. */
function reply(
  names: readonly string[],
  more: { readonly etag?: string; next?: string; omitted?: number } = {},
): Reply {
  const { etag, next, omitted = 0 } = more;
  const body = stringifyJson(printPage("db", { items: names.map((name) => object(name)), total: 0, omitted }, next));
  return { status: 200, etag, body };
}

function start(respond: (url: string, headers: Readonly<Record<string, string>>) => Reply | Promise<Reply>) {
  const clock = new FakeClock();
  const observed = new ObservedSource("db@http://other", clock);
  const table = new CrossTable();
  const unreached: boolean[] = [];
  observed.follow((update) => {
    if (update.unreached === true) unreached.push(true);
    table.apply(update);
    return Promise.resolve();
  });
  const lines: [Level, string][] = [];
  const requests: { url: string; headers: Readonly<Record<string, string>>; signal: AbortSignal }[] = [];
  let token: string | undefined;
  const self = {
    ...{ clock, observed, table, unreached, lines, requests },
    setToken: (text: string | undefined) => void (token = text),
    names: () => [...table.keys()],
    logged: () => lines.filter(([level]) => level !== "debug").map(([level, text]) => `${level}: ${text}`),
    reader: new SourceReader({
      source: { key: "db@http://other", url: "http://other", crd: "db", intervalMs: 5_000 },
      observed,
      request: async (url, { headers, signal }) => {
        requests.push({ url, headers, signal });
        const responded = Promise.resolve(respond(url, headers));
        const aborted = new Promise<never>((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true })
        );
        return await Promise.race([responded, aborted]);
      },
      token: () => Promise.resolve(token),
      clock,
      random: () => 0,
      log: (level, text) => void lines.push([level, text]),
    }),
  };
  self.reader.start();
  return self;
}

Deno.test("SourceReader polls at its interval, and an unchanged source costs one request without a body", async () => {
  const { clock, reader, names, requests, observed } = start((_url, headers) =>
    headers["if-none-match"] === '"1"' ? { status: 304, body: "" } : reply(["a", "b"], { etag: '"1"' })
  );
  await settle();
  assert.deepEqual(names(), ["x/a", "x/b"]);
  assert.deepEqual(requests.map(({ url, headers }) => [url, headers["if-none-match"]]), [
    ["http://other/katalog/db/cr?view=cross", undefined],
  ]);
  assert.deepEqual(reader.state, { source: "db@http://other", state: "current", lastRead: "2026-01-02T03:04:05Z" });
  const { version } = observed;
  await clock.advance(5_000);
  await clock.advance(5_000);
  assert.deepEqual(requests.map(({ headers }) => headers["if-none-match"]), [undefined, '"1"', '"1"']);
  assert.equal(observed.version, version);
  assert.equal(reader.state.lastRead, "2026-01-02T03:04:15Z");
  await reader.stop();
  await clock.advance(60_000);
  assert.equal(requests.length, 3);
});

Deno.test("SourceReader follows pages, and asks conditionally only where all are of one state", async () => {
  let mixed = true;
  const { clock, reader, names, requests } = start((url) => {
    const at = new URL(url).searchParams.get("continue");
    if (at === null) return reply(["a"], { etag: '"1"', next: "2+/=" });
    return at === "2+/=" ? reply(["b"], { etag: mixed ? '"2"' : '"1"', next: "3" }) : reply(["c"], { etag: '"1"' });
  });
  await settle();
  assert.deepEqual(names(), ["x/a", "x/b", "x/c"]);
  mixed = false;
  await clock.advance(5_000);
  assert.equal(requests[3]!.headers["if-none-match"], undefined);
  await clock.advance(5_000);
  assert.equal(requests[6]!.headers["if-none-match"], '"1"');
  assert.equal(requests[7]!.headers["if-none-match"], undefined, "a further page is no state of its own");
  await reader.stop();
});

Deno.test("SourceReader: a source that was never reached is reported so, once, and waited for with growing waits", async () => {
  let isUp = false;
  const { clock, reader, names, requests, unreached, logged } = start(() =>
    isUp ? reply(["a"]) : Promise.reject(new TypeError(`Refused from port ${Math.random()}`))
  );
  await settle();
  assert.deepEqual([unreached, names()], [[true], []]);
  assert.equal(reader.state.state, "unreached");
  assert.equal(reader.state.since, "2026-01-02T03:04:05Z");
  assert.match(reader.state.reason!, /Refused/);
  for (const [n, ms] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
    await clock.advance(ms * 1_000 - 1);
    assert.equal(requests.length, n + 1);
    await clock.advance(1);
    assert.equal(requests.length, n + 2);
  }
  isUp = true;
  await clock.advance(60_000);
  assert.deepEqual([unreached, names(), reader.state.state], [[true], ["x/a"], "current"]);
  const [away, back, ...more] = logged();
  assert.match(
    away!,
    /^warn: cross: db@http:\/\/other cannot be read: Refused .*; its objects count as not found until/,
  );
  assert.match(back!, /^info: cross: db@http:\/\/other can be read again$/);
  assert.deepEqual(more, []);
  await reader.stop();
});

Deno.test("SourceReader keeps what it read last, and says since when", async () => {
  let respond: () => Reply = () => reply(["a"]);
  const { clock, reader, names, logged, unreached } = start(() => respond());
  await settle();
  respond = () => ({ status: 403, body: '{"error":"\\"db\\" may not be read"}\n' });
  await clock.advance(5_000);
  await clock.advance(1_000);
  assert.deepEqual(reader.state, {
    source: "db@http://other",
    state: "stale",
    lastRead: "2026-01-02T03:04:05Z",
    since: "2026-01-02T03:04:10Z",
    reason: 'HTTP 403: "db" may not be read',
  });
  respond = () => ({ status: 503, body: "<html>" });
  await clock.advance(2_000);
  assert.equal(reader.state.reason, "HTTP 503");
  assert.deepEqual([names(), unreached], [["x/a"], []]);
  respond = () => reply([]);
  await clock.advance(10_000);
  assert.deepEqual([names(), reader.state.state, reader.state.since], [[], "current", undefined]);
  assert.deepEqual(logged().map((line) => line.slice(0, 60)), [
    'warn: cross: db@http://other cannot be read: HTTP 403: "db" ',
    "warn: cross: db@http://other cannot be read: HTTP 503; its o",
    "info: cross: db@http://other can be read again",
  ]);
  await reader.stop();
});

Deno.test("SourceReader takes a poll whole or not at all", async () => {
  const huge = Array.from({ length: 501 }, (_, n) => n);
  const last: Record<string, () => Reply> = {
    "a page that is garbled": () => ({ status: 200, body: "{" }),
    "a page that fails": () => ({ status: 500, body: "" }),
    "an unconditional 304": () => ({ status: 304, body: "" }),
    "a redirect": () => ({ status: 302, body: "" }),
    "pages without items, without end": () => reply([], { next: "more" }),
    "pages without end": () => reply(["b"], { next: "more" }),
  };
  let count = 0;
  last["more objects than there may be"] = () => reply(huge.map((n) => `n${count++}-${n}`), { next: "more" });
  for (const [what, respond] of Object.entries(last)) {
    let isWhole = true;
    const { clock, reader, names, requests } = start((url) => {
      if (isWhole) return reply(["old"]);
      return url.includes("continue") ? respond() : reply(["a"], { next: "more" });
    });
    await settle();
    isWhole = false;
    await clock.advance(5_000);
    for (let n = 0; n < 100; n++) await settle();
    assert.deepEqual([names(), reader.state.state], [["x/old"], "stale"], what);
    assert.ok(requests.length < 300, what);
    await reader.stop();
  }
});

Deno.test("SourceReader waits for no response longer than its time limit, and stops at once", async () => {
  const { clock, reader, requests } = start(() => new Promise<Reply>(() => {}));
  await clock.advance(9_999);
  assert.equal(reader.state.reason, undefined);
  await clock.advance(1);
  assert.equal(reader.state.reason, "No response within 10 s");
  assert.equal(requests[0]!.signal.aborted, true);
  await clock.advance(1_000);
  assert.equal(requests.length, 2);
  await reader.stop();
  assert.equal(requests[1]!.signal.aborted, true);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("SourceReader bounds a poll whose pages come slowly", async () => {
  const { clock, reader } = start(async (url) => {
    await new Promise<void>((resolve) => clock.after(9_000, resolve));
    return reply([url.length.toString()], { next: `${"n".repeat(url.length)}` });
  });
  await clock.advance(60_000);
  assert.equal(reader.state.reason, "No response within 60 s");
  await reader.stop();
});

Deno.test("SourceReader sends its token, and polls at once when that changes", async () => {
  const { clock, reader, requests, setToken } = start((_url, { authorization }) =>
    authorization === "Bearer good" ? reply(["a"]) : { status: 401, body: "" }
  );
  await settle();
  assert.equal(reader.state.reason, "HTTP 401");
  setToken("good");
  reader.wake();
  await settle();
  assert.deepEqual([requests.length, reader.state.state], [2, "current"]);
  await clock.advance(5_000);
  assert.equal(requests.length, 3);
  await reader.stop();
});
