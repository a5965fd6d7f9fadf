import type { WebhookReply, WebhookRequest } from "../sandbox/mod.ts";
import { readBounded } from "./bounded_body.ts";
import { withReason } from "../base/fetch_error.ts";

/** Calls a webhook over HTTPS. Rejects where it cannot be reached, and where its response is too long. */
export async function callWebhook(request: WebhookRequest): Promise<WebhookReply> {
  const { url, caBundle, body, maxResponseBytes, signal } = request;
  const client = Deno.createHttpClient({ http2: false, ...(caBundle === undefined ? {} : { caCerts: [caBundle] }) });
  try {
    const headers = { "content-type": "application/json", accept: "application/json" };
    // A webhook that sends elsewhere is none (client-go does not follow either).
    const response = await fetch(url, { method: "POST", headers, body, signal, client, redirect: "manual" });
    return { status: response.status, body: await readBounded(response, maxResponseBytes) };
  } catch (error) {
    throw withReason(error);
  } finally {
    client.close();
  }
}
