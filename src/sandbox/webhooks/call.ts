import { decodeBase64 } from "../../base/base64.ts";
import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { type Json, parseJson } from "../../base/json.ts";
import type { Any } from "../kinds/fields.ts";
import type { WebhookPorts, WebhookReply } from "./port.ts";

/** A webhook that gave no response that counts; `failurePolicy` decides what comes of it. */
export class WebhookCallError extends Error {
  override name = "WebhookCallError";
}

export interface Call {
  /** `clientConfig` of a webhook. */
  readonly clientConfig: Any;
  readonly body: string;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

/**
 * Calls a webhook and returns the JSON of its response. Throws `WebhookCallError`, at the latest after `timeoutMs`,
 * also where the port itself never ends.
 */
export async function callWebhook(ports: WebhookPorts, clock: Clock, call: Call): Promise<Json> {
  const { clientConfig, body, maxResponseBytes, timeoutMs } = call;
  const seconds = Math.max(1, Math.round(timeoutMs / 1000));
  const url = `${urlOf(ports, clientConfig)}?timeout=${seconds}s`;
  const aborter = new AbortController();
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutMs, () => {
    late.reject(new WebhookCallError(`failed to call webhook: Post "${url}": context deadline exceeded`));
    aborter.abort();
  });
  try {
    const caBundle = bundleOf(clientConfig);
    const request = { url, body, maxResponseBytes, signal: aborter.signal };
    const sent = ports.call(caBundle === undefined ? request : { ...request, caBundle });
    return readReply(await Promise.race([sent, late.promise]));
  } catch (error) {
    if (error instanceof WebhookCallError) throw error;
    throw new WebhookCallError(`failed to call webhook: Post "${url}": ${errorText(error)}`);
  } finally {
    cancel();
  }
}

function urlOf({ resolveService }: WebhookPorts, clientConfig: Any): string {
  const { url, service } = clientConfig ?? {};
  if (typeof url === "string") {
    if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
      throw new WebhookCallError(`failed to call webhook: Cannot call "${url}": it is no URL with https`);
    }
    return url;
  }
  const { name = "", namespace = "", port = 443, path = "" } = service ?? {};
  const found = resolveService?.({ name, namespace, port });
  if (found !== undefined) return `${found}${path === "" || path.startsWith("/") ? path : `/${path}`}`;
  throw new WebhookCallError(
    `failed to call webhook: Cannot reach the Service "${namespace}/${name}": the sandbox has no network; ` +
      `register the webhook with a url`,
  );
}

/** PEM of the `caBundle`, which is in base64. */
function bundleOf(clientConfig: Any): string | undefined {
  const text = clientConfig?.caBundle;
  if (typeof text !== "string" || text === "") return undefined;
  try {
    return new TextDecoder().decode(decodeBase64(text));
  } catch (error) {
    throw new WebhookCallError(`failed to call webhook: Cannot read its caBundle: ${errorText(error)}`);
  }
}

function readReply({ status, body }: WebhookReply): Json {
  if (status < 200 || status > 299) {
    const said = body.trim().slice(0, 200);
    throw new WebhookCallError(
      `failed to call webhook: the server responded with the status code ${status}${said === "" ? "" : `: ${said}`}`,
    );
  }
  try {
    return parseJson(body);
  } catch (error) {
    throw new WebhookCallError(`failed to call webhook: Cannot read its response: ${errorText(error)}`);
  }
}
