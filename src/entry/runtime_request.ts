import type { RuntimeRequest } from "../gateway/mod.ts";
import { readBounded } from "./bounded_body.ts";
import { withReason } from "../base/fetch_error.ts";

/** A client of the HTTP API of a Runtime. Redirects are not followed: a Runtime sends none. */
export function openRuntime(base: URL, userAgent: string): { readonly request: RuntimeRequest; close(): void } {
  const client = Deno.createHttpClient({ http1: true, http2: false, poolMaxIdlePerHost: 4 });
  const headers = { accept: "application/json", "user-agent": userAgent };
  return {
    async request(path, { signal, maxBytes }) {
      try {
        const response = await fetch(new URL(path, base), { headers, signal, client, redirect: "manual" });
        return { status: response.status, body: await readBounded(response, maxBytes) };
      } catch (error) {
        throw withReason(error);
      }
    },
    close: () => client.close(),
  };
}
