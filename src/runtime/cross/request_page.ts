/**
 * GETs a URL of the HTTP API of another Runtime. Follows no redirect: a token goes to the host that the Katalog names.
 * Rejects where it cannot be reached, where the signal aborts, and for a body of more than `maxBytes`.
 */
export type RequestPage = (
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly maxBytes: number;
  },
) => Promise<{ readonly status: number; readonly etag?: string | undefined; readonly body: string }>;
