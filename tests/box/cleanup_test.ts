import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { conditionOf, demos, type Operator, operatorFor } from "./operator.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const child = 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}-c", data: { a: "{{ .spec.a }}" } }] }';

interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

async function eventsOf(operator: Operator, reason: string): Promise<readonly SeenEvent[]> {
  const { items } = await operator.request("GET", "/apis/events.k8s.io/v1/events") as unknown as { items: SeenEvent[] };
  return items.filter((event) => event.reason === reason);
}

function forbidden(): Response {
  const status = { apiVersion: "v1", kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message: "no" };
  return Response.json(status, { status: 403 });
}

Deno.test("a CR is deleted when the conditions of cleanup hold, and its children with it", async () => {
  await using operator = await operatorFor({
    box: `${child}\ncleanup: { when: [{ field: spec.phase, equals: Retired }] }`,
  });
  await operator.demo("a", { a: "1", phase: "Active" });
  await operator.until(`${maps}/a-c`, () => true);
  await operator.demo("a", { a: "1", phase: "Retired" });
  await operator.untilGone(`${demos}/a`);
  await operator.untilGone(`${maps}/a-c`);
  await waitFor("its Event", async () => (await eventsOf(operator, "CleanedUp"))[0]);
});

Deno.test("with deleteAfter the status says when; it is not deleted before, nor when the conditions end", async () => {
  await using operator = await operatorFor({
    box: `${child}\ncleanup: { or: [{ field: spec.phase, equals: Retired }], deleteAfter: 1h }`,
  });
  await operator.demo("a", { a: "1", phase: "Retired" });
  const due = conditionOf(
    await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "CleanupDue") !== undefined),
    "CleanupDue",
  )!;
  assert.match(due.message, /its conditions for cleanup hold; it is deleted at \d{4}-/);
  await operator.until(`${maps}/a-c`, () => true);
  await operator.demo("a", { a: "1", phase: "Active" });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "CleanupDue") === undefined);
  // They hold for long enough, as the status says.
  await operator.demo("a", { a: "2", phase: "Retired" });
  const held = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "CleanupDue") !== undefined);
  const conditions = held["status"].conditions.map((each: { type: string }) =>
    each.type === "CleanupDue" ? { ...each, lastTransitionTime: "2020-01-01T00:00:00Z" } : each
  );
  await operator.request("PATCH", `${demos}/a/status`, { status: { conditions } }, "application/merge-patch+json");
  await operator.untilGone(`${demos}/a`);
});

Deno.test("a CR that is changed while it is being deleted for its cleanup stays, if the conditions do not hold any more", async () => {
  let changes: (() => Promise<unknown>) | undefined;
  let refused = 0;
  await using operator = await operatorFor(
    {
      box: `${child}\ncleanup: { when: [{ field: spec.phase, equals: Retired }] }`,
    },
    {},
    async (request, forward) => {
      if (request.method !== "DELETE" || !request.url.includes("/demos/")) return await forward();
      await changes?.();
      changes = undefined;
      const response = await forward();
      if (response.status === 409) refused++;
      return response;
    },
  );
  changes = () => operator.demo("a", { a: "2", phase: "Active" });
  await operator.demo("a", { a: "1", phase: "Retired" });
  await operator.until(`${maps}/a-c`, (map) => map["data"].a === "2");
  assert.equal(refused, 1);
  assert.equal((await operator.get(`${demos}/a`))?.metadata.deletionTimestamp, undefined);
  await operator.demo("a", { a: "2", phase: "Retired" });
  await operator.untilGone(`${demos}/a`);
});

Deno.test("a CR is not deleted for the absence of children that cannot be read", async () => {
  await using operator = await operatorFor(
    {
      box:
        `${child}\ncleanup: { when: [{ field: spec.old, equals: "true" }, { field: children.configMap, exists: false }] }`,
    },
    {},
    async (request, forward) => {
      const isList = request.method === "GET" && request.url.includes("/configmaps");
      return isList ? forbidden() : await forward();
    },
    { awaitsLead: false },
  );
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a-c" } };
  await operator.request("POST", maps, map);
  await operator.demo("a", { old: "true" });
  const failed = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "False");
  assert.match(
    conditionOf(failed, "Synced")!.message,
    /^cleanup: .* the condition cannot be evaluated: cannot read configmaps/,
  );
});

Deno.test("declared Events are written once, again when their text changes, and for the outcome that they are for", async () => {
  await using operator = await operatorFor({
    box: `${child}
events:
  up:
    type: Normal
    reason: ShopUp
    message: "{{ .metadata.name }} has {{ .children.configMap.data.a }}"
    on: [success]
    when: [{ field: spec.a, notEquals: "0" }]
  down: { type: Warning, reason: ShopDown, message: it failed, on: [failure] }
  odd: { type: Normal, reason: "{{ .spec.reason }}", message: odd, when: [{ field: spec.reason, exists: true }] }`,
  });
  await operator.demo("a", { a: "1" });
  const [first] = await waitFor("an Event", async () => {
    const found = await eventsOf(operator, "ShopUp");
    return found.length > 0 ? found : undefined;
  });
  assert.deepEqual([first!.type, first!.note], ["Normal", "a has 1"]);
  await operator.idle(3);
  await operator.demo("a", { a: "2" });
  const notes = await waitFor("another Event", async () => {
    const found = await eventsOf(operator, "ShopUp");
    return found.length > 1 ? found.map(({ note }) => note).sort() : undefined;
  });
  assert.deepEqual(notes, ["a has 1", "a has 2"], "no pass in between repeats the first");
  assert.deepEqual(await eventsOf(operator, "ShopDown"), []);
  await operator.demo("a", { a: "2", reason: "not a word" });
  const [error] = await waitFor("a Warning", async () => {
    const found = await eventsOf(operator, "EventError");
    return found.length > 0 ? found : undefined;
  });
  assert.match(error!.note, /events\.odd: .*a reason is a word of letters and digits/);
});
