import assert from "node:assert/strict";
import { decodeBase64 } from "../base/base64.ts";
import { openWebhook } from "../../tests/support/webhook_server.ts";
import { callWebhook } from "./call_webhook.ts";

/** A webhook that returns what it got, and how to call it. */
async function opened(length = 0) {
  const server = await openWebhook({ "/": ({ note }) => ({ allowed: true, note: `${note}${"x".repeat(length)}` }) });
  const { url, caBundle } = server.clientConfig("/") as { url: string; caBundle: string };
  const call = {
    url,
    caBundle: new TextDecoder().decode(decodeBase64(caBundle)),
    body: JSON.stringify({ apiVersion: "v1", kind: "Review", request: { uid: "u", note: "é" } }),
    maxResponseBytes: 10_000,
    signal: new AbortController().signal,
  };
  return { call, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

Deno.test("callWebhook() posts a review over TLS with the CA of the webhook", async () => {
  await using webhook = await opened();
  const { status, body } = await callWebhook(webhook.call);
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body).response, { uid: "u", allowed: true, note: "é" });
  const { status: missing } = await callWebhook({ ...webhook.call, url: `${webhook.call.url}missing` });
  assert.equal(missing, 404);
});

Deno.test("callWebhook() trusts no other CA", async () => {
  await using webhook = await opened();
  await using other = await opened();
  await assert.rejects(callWebhook({ ...webhook.call, caBundle: other.call.caBundle }), /certificate/i);
});

Deno.test("callWebhook() reads no more than it may, and ends with its signal", async () => {
  await using webhook = await opened(20_000);
  await assert.rejects(callWebhook(webhook.call), /longer than 10000 bytes/);
  const aborter = new AbortController();
  aborter.abort();
  await assert.rejects(callWebhook({ ...webhook.call, signal: aborter.signal }), { name: "AbortError" });
});
