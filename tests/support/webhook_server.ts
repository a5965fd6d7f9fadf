import { encodeBase64 } from "../../src/base/base64.ts";
import type { JsonMap } from "../../src/base/json.ts";
import { serveOnLoopback } from "./loopback_server.ts";
import { certificateAuthority } from "./pki.ts";

/** `request` of a review, and `response` without its uid. */
export type Decide = (request: JsonMap) => JsonMap | Promise<JsonMap>;

/** A webhook on loopback, over HTTPS with a CA of its own. */
export interface WebhookServer extends AsyncDisposable {
  /** `clientConfig` that leads to a path of it. */
  clientConfig(path: string): JsonMap;
  /** The requests of the reviews, in the order in which they came. */
  readonly requests: JsonMap[];
}

/** Serves reviews (AdmissionReview, ConversionReview): one function for each path. */
export async function openWebhook(paths: Readonly<Record<string, Decide>>): Promise<WebhookServer> {
  const authority = await certificateAuthority();
  const certificate = await authority.issue({ commonName: "webhook", addresses: ["127.0.0.1"] });
  const requests: JsonMap[] = [];
  const server = serveOnLoopback(async (request) => {
    const decide = paths[new URL(request.url).pathname];
    if (decide === undefined) return new Response("no such webhook", { status: 404 });
    const review = await request.json();
    requests.push(review.request);
    const response = { uid: review.request.uid, ...await decide(review.request) };
    return Response.json({ apiVersion: review.apiVersion, kind: review.kind, response });
  }, certificate);
  return {
    requests,
    clientConfig: (path) => ({
      url: `https://127.0.0.1:${server.port}${path}`,
      caBundle: encodeBase64(new TextEncoder().encode(authority.certPem)),
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
