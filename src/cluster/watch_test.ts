import assert from "node:assert/strict";
import { knownEvent } from "./watch.ts";

const isKnown = (version: string) => version === "7";
const line = (type: string, object: unknown) => JSON.stringify({ type, object });
const metadata = { name: "a", resourceVersion: "7" };

Deno.test("knownEvent() identifies a known state by its resourceVersion, wherever that stands", () => {
  const known = { type: "KNOWN", resourceVersion: "7" } as const;
  assert.deepEqual(knownEvent(line("ADDED", { metadata }), isKnown), known);
  assert.deepEqual(knownEvent(line("MODIFIED", { metadata, data: { a: "x" } }), isKnown), known);
  const quoted = { metadata, data: { text: '{"resourceVersion":"8"}' } };
  assert.deepEqual(knownEvent(line("MODIFIED", quoted), isKnown), known, "inside a string quotes are escaped");
});

Deno.test("knownEvent() leaves to be read whatever might be something else", () => {
  const unread = [
    line("MODIFIED", { metadata: { ...metadata, resourceVersion: "8" } }),
    line("DELETED", { metadata }),
    line("BOOKMARK", { metadata }),
    line("ERROR", { metadata }),
    line("MODIFIED", { metadata, data: { resourceVersion: "8" } }),
    line("MODIFIED", { data: { resourceVersion: "7" }, metadata: { ...metadata, resourceVersion: "8" } }),
    line("MODIFIED", { metadata: { name: "a" } }),
    '{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"7',
    "",
  ];
  for (const text of unread.slice(0, -2)) assert.equal(knownEvent(text, isKnown), undefined, text);
  assert.equal(knownEvent(unread.at(-1)!, isKnown), undefined);
  assert.equal(knownEvent(line("ADDED", { metadata })), undefined, "nothing is known");
});

Deno.test("knownEvent() does not take a line that was cut for a whole one", () => {
  assert.equal(knownEvent('{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"7', isKnown), undefined);
});
