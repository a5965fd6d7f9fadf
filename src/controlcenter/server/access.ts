import { createHash, timingSafeEqual } from "node:crypto";

/** What a client has to show. */
export interface AccessSettings {
  /** Only programs of this machine can connect. */
  readonly loopback: boolean;
  /** As a bearer token, or as the password of HTTP Basic authentication. */
  readonly token?: string | undefined;
  /** Names and passwords of HTTP Basic authentication. */
  readonly users?: ReadonlyMap<string, string> | undefined;
  /** A proxy in front has authenticated the user, and names it in this header. */
  readonly proxyHeader?: string | undefined;
}

/** `user`: as whom, for the page; absent where nobody has to say. */
export type Admission = { readonly admitted: true; readonly user?: string } | { readonly admitted: false };

/** A setting that would let in everybody, or nobody. The message says what to do. */
export class AccessError extends Error {
  override name = "AccessError";
}

/** Shorter ones can be guessed. */
const minToken = 16;
const minPassword = 12;
const maxSecret = 1024;
const maxUsers = 1000;
const maxUserName = 100;

/** Reads a token from the content of a file. Throws `AccessError`. */
export function readToken(text: string, file: string): string {
  const token = text.trim();
  if (token.length >= minToken && token.length <= maxSecret && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AccessError(
    `Cannot use the token in "${file}": it takes ${minToken} to ${maxSecret} ASCII characters without blanks, such as ` +
      "those of:  openssl rand -hex 24",
  );
}

/** Reads lines `user:password`. Throws `AccessError`. */
export function readUsers(text: string, file: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, user = "", password = ""] = /^([^:\s]+):(.*?)\r?$/.exec(line) ?? [];
    const isFine = user !== "" && user.length <= maxUserName && password.length >= minPassword &&
      password.length <= maxSecret;
    if (!isFine || users.size >= maxUsers) {
      throw new AccessError(
        `Cannot use "${file}", line ${index + 1}: it takes lines user:password, with ${minPassword} characters of a ` +
          `password or more, ${maxUsers} lines at most`,
      );
    }
    users.set(user, password);
  }
  if (users.size === 0) throw new AccessError(`Cannot use "${file}": it has no line user:password`);
  return users;
}

/** Throws `AccessError` where the settings leave the Control Center open to a network. */
export function checkAccess({ loopback, token, users, proxyHeader }: AccessSettings): void {
  if (proxyHeader !== undefined && !/^[A-Za-z0-9-]{1,100}$/.test(proxyHeader)) {
    throw new AccessError(`Cannot use "${proxyHeader.slice(0, 60)}" as --proxy-header: give the name of a header`);
  }
  if (proxyHeader !== undefined && users !== undefined) {
    throw new AccessError("Cannot use --proxy-header and --users-file together: the proxy is what knows the users");
  }
  if (loopback) return;
  if (proxyHeader !== undefined && token === undefined) {
    throw new AccessError(
      "Cannot trust --proxy-header of everybody who can connect: listen on 127.0.0.1 beside the proxy, or give " +
        "--token-file, and have the proxy send the token (Authorization: Bearer …)",
    );
  }
  if (token === undefined && users === undefined) {
    throw new AccessError(
      "Cannot listen beyond 127.0.0.1 without a login: give --token-file or --users-file, or put a proxy in front and " +
        "name its header with --proxy-header",
    );
  }
}

/** Decides on one request by its headers. */
export function admit({ token, users, proxyHeader }: AccessSettings, headers: Headers): Admission {
  const isOpen = token === undefined && users === undefined;
  const given = isOpen ? { admitted: true as const } : credentialsFit(headers.get("authorization") ?? "", token, users);
  if (!given.admitted || proxyHeader === undefined) return given;
  const user = (headers.get(proxyHeader) ?? "").trim().slice(0, maxUserName);
  return user === "" ? { admitted: false } : { admitted: true, user };
}

function credentialsFit(
  authorization: string,
  token: string | undefined,
  users: ReadonlyMap<string, string> | undefined,
): Admission {
  const [, bearer] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  if (bearer !== undefined) {
    return token !== undefined && isSame(bearer, token) ? { admitted: true } : { admitted: false };
  }
  const [user, password] = basicOf(authorization);
  if (password === undefined) return { admitted: false };
  if (token !== undefined && isSame(password, token)) return { admitted: true };
  // The same work for a user that there is not.
  const wanted = users?.get(user) ?? "";
  return isSame(password, wanted) && wanted !== "" ? { admitted: true, user } : { admitted: false };
}

/** RFC 7617, in UTF-8. */
function basicOf(authorization: string): [user: string, password: string | undefined] {
  const [, encoded = ""] = /^basic +([A-Za-z0-9+/=]{1,4096})$/i.exec(authorization) ?? [];
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const colon = text.indexOf(":");
    return colon < 0 ? ["", undefined] : [text.slice(0, colon), text.slice(colon + 1)];
  } catch {
    // No base64, or no UTF-8: no credentials.
    return ["", undefined];
  }
}

/** In a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
