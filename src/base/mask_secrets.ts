import { redacted } from "./redact.ts";

/**
 * Forms in which credentials turn up in texts of others: a proxy that echoes a request, a parser that quotes a line, a
 * URL. Every pattern takes linear time.
 */
const forms: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // RFC 9110, section 11.4: the scheme may be shown, the rest not.
  [
    /\b(Bearer|Basic|Digest|Negotiate)(\s+)(?!(?:token|auth|credential|scheme|realm|challenge)[a-z]*\b)["']?[A-Za-z0-9._~+/=:-]{4,}/gi,
    `$1$2${redacted}`,
  ],
  // RFC 7519: a JSON Web Token begins with base64url of `{"`.
  [/\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*)?/g, redacted],
  // The end may have been cut off.
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?/g,
    redacted,
  ],
  // RFC 3986, section 3.2.1.
  [/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,1000}@/gi, `$1${redacted}@`],
  // Queries, forms and environments; JSON and YAML with quotes.
  [
    /\b((?:[A-Za-z0-9]{1,30}[-_])?(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client-key-data|credential)s?)(["']?\s*=\s*)(?!<)["']?[^\s"'&;,<>]{1,4096}/gi,
    `$1$2${redacted}`,
  ],
  [
    /(["'](?:[A-Za-z0-9]{1,30}[-_]?)?(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client-key-data|credential)s?["']\s*:\s*["'])[^"']{1,4096}/gi,
    `$1${redacted}`,
  ],
];

/** What a text must have for any of them to match; most have none of it. */
const suspect = /bearer|basic|digest|negotiate|eyJ|PRIVATE KEY|:\/\/[^\s/]*@|pass|secret|token|key|credential/i;

/**
 * A text of somebody else without what looks like a credential. The last line of defence: what is known to be secret is
 * left out where a text is made.
 */
export function maskSecrets(text: string): string {
  if (!suspect.test(text)) return text;
  let masked = text;
  for (const [pattern, replacement] of forms) masked = masked.replace(pattern, replacement);
  return masked;
}
