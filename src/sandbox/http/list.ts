import type { JsonMap } from "../../base/json.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { ApiFault, badRequest, expired, invalidOptions } from "../faults.ts";
import { forbiddenField, notSupported } from "../kinds/fields.ts";
import type { Collection } from "../store.ts";

/** A test of objects. */
export type Matcher = (object: KubeObject) => boolean;

/** One page of a list. */
export interface Page {
  readonly items: KubeObject[];
  readonly metadata: JsonMap;
}

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list " +
  "without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted " +
  "between the time the first chunk was returned and now may show up in the list.";

interface Token {
  readonly revision: number;
  /** The last key of the page before. */
  readonly after: string;
}

/**
 * Lists a collection by the rules of `resourceVersion`, `resourceVersionMatch`, `limit` and `continue`. Throws
 * `ApiFault`.
 */
export function listPage(
  collection: Collection,
  namespace: string | undefined,
  query: URLSearchParams,
  matcher: Matcher | undefined,
): Page {
  const limit = readLimit(query.get("limit"));
  const token = readToken(query.get("continue"));
  const { revision, exact } = revisionOf(query, token, collection.store.revision);
  const all = exact ? collection.listAt(revision, namespace) : collection.list(namespace);
  if (all === undefined) {
    if (token === undefined) throw expired(`The provided resource version is no longer available: ${revision}`);
    const fresh = writeToken({ revision: -1, after: token.after });
    throw expired(tooOld, { continue: fresh });
  }
  const start = token === undefined ? 0 : all.findIndex((object) => objectKey(object.metadata) > token.after);
  const items: KubeObject[] = [];
  let at = start < 0 ? all.length : start;
  for (; at < all.length && (limit === 0 || items.length < limit); at++) {
    if (matcher === undefined || matcher(all[at]!)) items.push(all[at]!);
  }
  const metadata: JsonMap = { resourceVersion: String(revision) };
  const rest = matcher === undefined ? all.length - at : all.slice(at).some(matcher) ? 1 : 0;
  if (rest > 0) {
    metadata["continue"] = writeToken({ revision, after: objectKey(items.at(-1)!.metadata) });
    // With a selector the number of remaining items is unknown.
    if (matcher === undefined) metadata["remainingItemCount"] = rest;
  }
  return { items, metadata };
}

function revisionOf(
  query: URLSearchParams,
  token: Token | undefined,
  now: number,
): { revision: number; exact: boolean } {
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  if (token !== undefined) {
    if (version !== "" && version !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return token.revision < 0 ? { revision: now, exact: false } : { revision: token.revision, exact: true };
  }
  if (match !== "") checkMatch(match, version);
  if (version === "" || version === "0") return { revision: now, exact: false };
  const asked = readRevision(version);
  if (asked > now) throw tooLargeRevision(asked, now);
  const exact = match === "Exact" || (match === "" && query.has("limit"));
  return exact ? { revision: asked, exact } : { revision: now, exact };
}

function checkMatch(match: string, version: string): void {
  const field = "resourceVersionMatch";
  if (version === "") {
    throw invalidOptions(
      "ListOptions",
      forbiddenField(field, `${field} is forbidden unless resourceVersion is provided`),
    );
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    throw invalidOptions("ListOptions", notSupported(field, match, ["Exact", "NotOlderThan", ""]));
  }
  if (match === "Exact" && version === "0") {
    throw invalidOptions("ListOptions", forbiddenField(field, `${field} "exact" is forbidden for resourceVersion "0"`));
  }
}

/** Reads a resource version of a list or watch. Throws `ApiFault` 400. */
export function readRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    const shown = JSON.stringify(text);
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
    );
  }
  return Number(text);
}

function tooLargeRevision(asked: number, now: number): ApiFault {
  const message = `Too large resource version: ${asked}, current: ${now}`;
  return new ApiFault(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function readLimit(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function writeToken(token: Token): string {
  return btoa(encodeURIComponent(JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision, start: token.after })));
}

function readToken(text: string | null): Token | undefined {
  if (text === null || text === "") return undefined;
  try {
    const { v, rv, start } = JSON.parse(decodeURIComponent(atob(text)));
    if (v === "meta.k8s.io/v1" && Number.isInteger(rv) && typeof start === "string") {
      return { revision: rv, after: start };
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  throw badRequest("invalid continue token: continue key is not valid: illegal base64 data at input byte 0");
}
