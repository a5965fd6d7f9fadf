import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { askRuntime, type RuntimeRequest } from "./ask_runtime.ts";

const question = { crd: "shop", field: 'metadata.labels["a/b"]', value: "x&y=1" };
const unreachable = { unknown: "the Runtime cannot be asked; it checks it before it reconciles" };

function asking(request: RuntimeRequest) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const find = askRuntime({
    request,
    timeoutMs: 1_000,
    clock,
    log: (level, message) => lines.push(`${level}: ${message}`),
  });
  return { clock, lines, find };
}

const replies = (body: string, status = 200): RuntimeRequest => () => Promise.resolve({ status, body });

Deno.test("askRuntime() asks the Runtime for the two oldest objects that have the value", async () => {
  const paths: string[] = [];
  const { find } = asking((path) => {
    paths.push(path);
    const items = [{ name: "one", namespace: "a", age: "5s" }, { name: "two", namespace: "" }];
    return Promise.resolve({
      status: 200,
      body: JSON.stringify({ crd: "shop", field: question.field, total: 9, items }),
    });
  });
  assert.deepEqual(await find(question), {
    holders: [{ name: "one", namespace: "a" }, { name: "two", namespace: undefined }],
  });
  const url = new URL(paths[0]!, "http://runtime");
  assert.equal(url.pathname, "/katalog/shop/cr");
  assert.deepEqual([...url.searchParams], [["field", question.field], ["value", question.value], ["limit", "2"]]);
});

Deno.test("askRuntime() says why it does not know", async () => {
  const item = { name: "one", namespace: "a" };
  const table: [RuntimeRequest, RegExp][] = [
    [replies("{}", 503), /HTTP 503/],
    [replies('{"error":"no such CRD"}', 404), /HTTP 404/],
    [replies("", 302), /HTTP 302/],
    [replies("<html>"), /cannot be read/],
    [replies(JSON.stringify({ field: question.field, items: [{ ...item, name: 1 }] })), /cannot be read/],
    [replies(JSON.stringify({ items: [item] })), /cannot be read/],
    [replies(JSON.stringify({ field: "spec.other", items: [item] })), /cannot be read/],
    [replies(JSON.stringify({ field: question.field, items: [item, item, item] })), /cannot be read/],
    [() => Promise.reject(new TypeError("Connection refused")), /cannot be asked/],
  ];
  for (const [request, why] of table) {
    const response = await asking(request).find(question);
    assert.ok("unknown" in response);
    assert.match(response.unknown, why);
  }
});

Deno.test("askRuntime() does not ask for a value that no Runtime takes", async () => {
  const { find } = asking(() => Promise.reject(new Error("asked")));
  assert.deepEqual(await find({ ...question, value: "x".repeat(1025) }), {
    unknown: "it is longer than 1024 characters",
  });
});

/** Never responds; rejects when it is aborted, as fetch does. */
const silent: RuntimeRequest = (_path, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

Deno.test("askRuntime() waits no longer than its time limit, for its turn neither", async () => {
  const { clock, find } = asking(silent);
  const responses = Array.from({ length: 40 }, () => find(question));
  await clock.advance(1_000);
  for (const response of await Promise.all(responses)) assert.deepEqual(response, unreachable);
});

Deno.test("askRuntime() leaves a Runtime alone that cannot be reached, and finds out when it can", async () => {
  let asked = 0;
  let isUp = false;
  const { clock, lines, find } = asking(() => {
    asked++;
    return isUp
      ? Promise.resolve({ status: 200, body: JSON.stringify({ field: question.field, items: [] }) })
      : Promise.reject(new TypeError("refused"));
  });
  for (let i = 0; i < 10; i++) assert.deepEqual(await find(question), unreachable);
  assert.equal(asked, 3);
  await clock.advance(5_000);
  for (let i = 0; i < 10; i++) await find(question);
  assert.equal(asked, 4);
  isUp = true;
  await clock.advance(5_000);
  for (let i = 0; i < 10; i++) assert.deepEqual(await find(question), { holders: [] });
  assert.equal(asked, 14);
  assert.deepEqual(lines.filter((line) => !line.startsWith("debug")), [
    "warn: The Runtime cannot be asked for unique values: rules are left to it",
    "info: The Runtime can be asked again for unique values",
  ]);
});

Deno.test("askRuntime() takes an HTTP error for a Runtime that can be reached", async () => {
  const { find } = asking(replies("{}", 503));
  for (let i = 0; i < 10; i++) {
    assert.deepEqual(await find(question), { unknown: "the Runtime does not say (HTTP 503)" });
  }
});
