import assert from "node:assert/strict";
import { Requests, respond } from "./requests.ts";

Deno.test("Requests match responses to requests, whatever their order", async () => {
  const sent: { id: number; request: string }[] = [];
  const requests = new Requests<string, string>((message) => void sent.push(message));
  const [a, b] = [requests.request("a"), requests.request("b")];
  requests.resolve(sent[1]!.id, "B");
  requests.resolve(sent[0]!.id, "A");
  assert.deepEqual(await Promise.all([a, b]), ["A", "B"]);
});

Deno.test("Requests reject with the other side's message, when the port is gone, and when too many are pending", async () => {
  const requests = new Requests<number, void>(() => {});
  const first = requests.request(0);
  requests.refuse(0, "not allowed");
  await assert.rejects(first, /not allowed/);
  const pending = Array.from({ length: 64 }, (_, n) => requests.request(n));
  await assert.rejects(requests.request(64), /64 requests are pending/);
  requests.rejectAll("the cell was ended");
  for (const result of await Promise.allSettled(pending)) assert.equal(result.status, "rejected");
});

Deno.test("respond() sends the result, or the message of the error", async () => {
  const sent: unknown[] = [];
  await respond(1, () => Promise.resolve("ok"), (message) => void sent.push(message));
  await respond(2, () => Promise.reject(new Error("no")), (message) => void sent.push(message));
  assert.deepEqual(sent, [
    { type: "response", id: 1, response: "ok" },
    { type: "refusal", id: 2, message: "no" },
  ]);
});
