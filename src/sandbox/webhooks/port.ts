/** One review on its way to a webhook. */
export interface WebhookRequest {
  /** `https://HOST:PORT/PATH?timeout=10s` */
  readonly url: string;
  /** PEM of the CAs to be trusted; absent: those of the system. */
  readonly caBundle?: string;
  /** JSON text of an AdmissionReview or a ConversionReview. */
  readonly body: string;
  /** Longer responses are an error, in bytes. */
  readonly maxResponseBytes: number;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/** What a webhook returned. `body` is text, whatever the status. */
export interface WebhookReply {
  readonly status: number;
  readonly body: string;
}

/** Sends a review with POST. Rejects where no response comes; the message says why. */
export type CallWebhook = (request: WebhookRequest) => Promise<WebhookReply>;

/** Where a Service is reached: `https://HOST:PORT`, `undefined` where it is not. */
export type ResolveService = (
  service: { readonly name: string; readonly namespace: string; readonly port: number },
) => string | undefined;

/** What the sandbox needs of its surroundings to call webhooks. */
export interface WebhookPorts {
  readonly call: CallWebhook;
  /** Without it webhooks of Services cannot be reached: the sandbox has no network of its own. */
  readonly resolveService?: ResolveService | undefined;
}
