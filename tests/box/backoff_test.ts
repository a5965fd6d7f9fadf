import assert from "node:assert/strict";
import type { PassMessage } from "../../src/box/mod.ts";
import { waitFor } from "../support/wait_for.ts";
import { conditionOf, demos, type Operator, operatorFor } from "./operator.ts";

// A failed pass waits for twenty minutes here, and no resync comes: whatever is done earlier, a change has caused.

const core = "/api/v1/namespaces/default";
const merge = "application/merge-patch+json";
const minute = 60_000;
const reconciler = "resync: 24h\nqueue: { retryBackoff: { initial: 20m, max: 24h, maxAttempts: 100 } }";
/** One child is made; another one copies a Secret; a third has a name that the API server refuses while it is BAD. */
const box = `onReconcile:
  secrets: [{ name: "{{ .metadata.name }}-copy", fromSecret: source, fromNamespace: default, when: [{ field: spec.copies, equals: "true" }] }]
  configMaps:
    - { name: "{{ .metadata.name }}-good", data: { text: "{{ .spec.text }}" } }
    - { name: "{{ .metadata.name }}-{{ .spec.second }}", data: { a: '{{ .metadata.annotations.note }}' } }`;

function passesOf({ messages }: Operator, name: string): PassMessage[] {
  return messages.filter((message) => message.type === "pass").filter(({ key }) => key === `default/${name}`);
}

/** Its events come after those of all that was written before. */
async function untilSeen(operator: Operator, name: string): Promise<void> {
  await operator.demo(name, { text: "x", second: "fine" });
  const child = `${core}/configmaps/${name}-good`;
  await operator.until(child, () => true);
  await operator.request("PATCH", child, { data: { text: "drift" } }, merge);
  await operator.until(child, (object) => object["data"].text === "x");
  await operator.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Synced")?.status === "True");
}

/** Does something, and waits for the next pass of "a", which fails. Returns the wait after it, in minutes. */
async function waitAfter(operator: Operator, cause: () => Promise<unknown>): Promise<number> {
  await untilSeen(operator, `barrier-${passesOf(operator, "a").length}`);
  const before = passesOf(operator, "a").length;
  await cause();
  const { retryInMs } = await waitFor(
    "it is tried again",
    () => passesOf(operator, "a").slice(before).find(({ result }) => result === "failed"),
    { timeoutMs: 10_000 },
  );
  return retryInMs! / minute;
}

Deno.test("a change is worked on at once in a backoff, and one of the spec resets the waits", async () => {
  await using operator = await operatorFor({ box, reconciler });
  const spec = (second: string) => () => operator.demo("a", { text: "one", second, copies: "true" });
  const patch = (path: string, value: unknown) => () => operator.request("PATCH", path, value, merge);
  const source = { apiVersion: "v1", kind: "Secret", metadata: { name: "source" }, data: { k: "dg==" } };
  assert.equal(await waitAfter(operator, spec("BAD")), 20);
  const others: readonly [what: string, cause: () => Promise<unknown>][] = [
    ["a child", patch(`${core}/configmaps/a-good`, { data: { text: "drift" } })],
    ["an annotation", patch(`${demos}/a`, { metadata: { annotations: { note: "n" } } })],
    ["a label", patch(`${demos}/a`, { metadata: { labels: { note: "n" } } })],
    ["a source", () => operator.request("POST", `${core}/secrets`, source)],
  ];
  let last = 20;
  for (const [what, cause] of others) {
    const wait = await waitAfter(operator, cause);
    assert.ok(wait > last, `${what}: ${wait} minutes after ${last}`);
    last = wait;
  }
  assert.equal(await waitAfter(operator, spec("WORSE")), 20);
  await spec("fine")();
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
});

Deno.test("what a failing pass writes itself, status and children, does not end its backoff", async () => {
  await using operator = await operatorFor({ box, reconciler });
  await operator.demo("a", { text: "one", second: "BAD" });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "False");
  await operator.until(`${core}/configmaps/a-good`, () => true);
  await untilSeen(operator, "b");
  const settled = passesOf(operator, "a").length;
  await untilSeen(operator, "c");
  assert.equal(passesOf(operator, "a").length, settled);
  // One more where the event of a write overtook the response to it.
  assert.ok(settled <= 2, `${settled} passes`);
});
