import assert from "node:assert/strict";
import { eventBody, type EventText } from "./event_body.ts";

const from = { controller: "orkestra.orkspace.io/runtime", instance: "host-1", wallMs: 1767323045006, suffix: "abc1" };

function textOf(more: Partial<EventText> = {}, metadata: Record<string, string> = {}): EventText {
  return {
    regarding: {
      apiVersion: "demo.example.com/v1",
      kind: "Website",
      metadata: { name: "blog", namespace: "shop", uid: "u", resourceVersion: "7", ...metadata },
    },
    type: "Normal",
    reason: "Reconciled",
    message: "Created Deployment blog-deploy",
    ...more,
  };
}

Deno.test("eventBody() is a complete events.k8s.io/v1 Event", () => {
  assert.deepEqual(eventBody(textOf(), from), {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "blog.abc1", namespace: "shop" },
    eventTime: "2026-01-02T03:04:05.006000Z",
    type: "Normal",
    reason: "Reconciled",
    action: "Reconcile",
    note: "Created Deployment blog-deploy",
    reportingController: "orkestra.orkspace.io/runtime",
    reportingInstance: "host-1",
    regarding: {
      apiVersion: "demo.example.com/v1",
      kind: "Website",
      name: "blog",
      namespace: "shop",
      uid: "u",
      resourceVersion: "7",
    },
  });
});

Deno.test("eventBody() puts what regards a cluster-scoped object into namespace default", () => {
  const regarding = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
  const body = eventBody({ ...textOf(), regarding }, from);
  assert.equal(body.metadata.namespace, "default");
  assert.deepEqual(body["regarding"], { apiVersion: "v1", kind: "Node", name: "n" });
});

const names: [name: string, wanted: RegExp][] = [
  ["a".repeat(253), /^a{248}\.abc1$/],
  ["system:controller:x", /^system-controller-x\.abc1$/],
  ["a".repeat(247) + "-b", /^a{247}\.abc1$/],
  ["::", /^event\.abc1$/],
];
for (const [name, wanted] of names) {
  Deno.test(`eventBody() makes a valid name of "${name.slice(0, 20)}" (${name.length})`, () => {
    assert.match(eventBody(textOf({}, { name }), from).metadata.name, wanted);
  });
}

Deno.test("eventBody() keeps the message within 1,024 bytes, its beginning and its end", () => {
  for (const character of ["x", "ü", "€", "😀"]) {
    const note: string = eventBody(textOf({ message: `1${character.repeat(2000)}2` }), from)["note"];
    const { length } = new TextEncoder().encode(note);
    assert.ok(length <= 1024 && length > 1015, `${length}`);
    assert.match(note, new RegExp(`^1${character}+…${character}+2$`, "u"));
  }
  const fits = "x".repeat(1024);
  assert.equal(eventBody(textOf({ message: fits }), from)["note"], fits);
});

Deno.test("eventBody() keeps reason, action and instance within 128 characters", () => {
  const long = "x".repeat(500);
  const body = eventBody(textOf({ reason: long, action: long }), { ...from, instance: long });
  assert.deepEqual(["reason", "action", "reportingInstance"].map((key) => body[key].length), [128, 128, 128]);
});
