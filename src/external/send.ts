import { withReason } from "../base/fetch_error.ts";
import { errorText } from "../base/error_text.ts";
import type { SendRequest } from "./http_caller.ts";

/** Sends requests with `fetch`: HTTP/1.1, a connection for each. */
export const sendRequest: SendRequest = async ({ url, address, method, headers, body }, { signal, maxBytes }) => {
  const client = Deno.createHttpClient({
    http1: true,
    http2: false,
    // The address that was looked at is the one that is connected to. With https the certificate of the name does it.
    ...(url.protocol === "http:"
      ? { proxy: { transport: "tcp", hostname: bracketed(address), port: portOf(url) } }
      : {}),
  });
  try {
    const response = await fetch(url, {
      method,
      headers,
      signal,
      client,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    });
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await readText(response, maxBytes),
    };
  } catch (error) {
    throw withoutUrl(error);
  } finally {
    client.close();
  }
};

/** The body as text; U+FFFD stands for what is not UTF-8. Rejects when it is longer; no more than that is kept. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`The response is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * An error without the URL and the ports that `fetch` puts before its reason: a status that reports it must not change
 * with each try.
 */
function withoutUrl(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const text = errorText(withReason(error));
  const reason = text.slice(Math.max(0, text.lastIndexOf("client error ")));
  return new Error(`No response: ${reason}`, { cause: error });
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** All addresses of a name, as the system resolves it. */
export async function lookupAddresses(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
