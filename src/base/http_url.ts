/** What a text with templates says literally of the host of a URL. */
export interface LiteralOrigin {
  readonly scheme: "http" | "https";
  /** In lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
}

const origin =
  /^(?<scheme>https?):\/\/(?<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?(?=$|[/?#])/i;

/**
 * Scheme, host and port of a URL, where its text writes all of them out before the first template; `undefined` where a
 * template decides on any of them, or there is a user name, or it is no `http` or `https` URL.
 */
export function literalOrigin(text: string): LiteralOrigin | undefined {
  const trimmed = text.trim();
  const first = trimmed.indexOf("{{");
  const { scheme, host, port } = origin.exec(first < 0 ? trimmed : trimmed.slice(0, first))?.groups ?? {};
  if (scheme === undefined || host === undefined) return undefined;
  // "http://host{{ … }}": the template may continue the name.
  const written = `${scheme}://${host}${port === undefined ? "" : `:${port}`}`;
  if (written.length === first) return undefined;
  const standard = scheme.toLowerCase() === "http" ? 80 : 443;
  const number = port === undefined ? standard : Number(port);
  if (number < 1 || number > 65_535) return undefined;
  return { scheme: standard === 80 ? "http" : "https", host: host.toLowerCase(), port: number };
}

/** Is this the name or an address of the machine itself? */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^127(?:\.\d{1,3}){3}$/.test(host) || host === "[::1]";
}
