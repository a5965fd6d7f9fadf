import type { Clock } from "../base/clock.ts";

const needed = "it takes get and create of pods/portforward";
/** Longest message, in UTF-16 code units. */
const maxMessage = 2048;

/**
 * Why a handshake was refused. Deno's WebSocket does not say it: over TLS it has the error of a second attempt, by
 * HTTP/2. A plain GET of the same path meets the same refusals, and beyond them "Upgrade request required" (400).
 */
export async function refusalOf(
  url: string,
  init: RequestInit & { client: Deno.HttpClient; signal: AbortSignal },
  clock: Clock,
  timeoutMs: number,
): Promise<string> {
  const abort = new AbortController();
  const cancel = clock.after(timeoutMs, () => abort.abort());
  try {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.any([abort.signal, init.signal]),
    });
    const { status } = response;
    const text = await messageOf(response);
    const said = text === "" ? "" : `: ${text}`;
    if (status === 401) return `the API server does not accept the credentials (401)${said}`;
    if (status === 403) return `the API server forbids it (403)${said}; ${needed}`;
    if (status === 404) return `there is no such Pod (404)${said}`;
    if (status === 400) return `the API server refused the WebSocket; ${needed}`;
    return `the API server refused it (${status})${said}`;
  } catch (error) {
    if (abort.signal.aborted) return "the API server did not respond in time";
    return reasonOfError(error);
  } finally {
    cancel();
  }
}

/** The message of a Status, of one chunk at most. */
async function messageOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value = new Uint8Array(0) } = await reader?.read() ?? {};
  await reader?.cancel();
  try {
    const { message } = JSON.parse(new TextDecoder().decode(value));
    return typeof message === "string" ? message.slice(0, maxMessage) : "";
  } catch {
    return ""; // no Status: a proxy, or one that is longer than a chunk
  }
}

/** The innermost cause says the most: `invalid peer certificate: UnknownIssuer`. */
function reasonOfError(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}
