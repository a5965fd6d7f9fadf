import { isMap, type Json, type JsonMap, ownValue, parseJson, stringifyJson } from "../../base/json.ts";
import { type CrossEntry, maxObjectBytes, maxObjects } from "../../box/mod.ts";
import type { CrossObject } from "../../input/mod.ts";
import { type CrossPage, jsonOf } from "./observed_source.ts";

/** Longest `continue`. */
const maxToken = 1024;
/** Nesting of a spec or a status; nothing that walks it may run out of stack. */
const maxDepth = 256;
const objectName = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/;
const namespaceName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** A page as another Runtime reads it: `/katalog/{crd}/cr?view=cross`. */
export interface ReadPage {
  readonly entries: readonly CrossEntry[];
  readonly omitted: number;
  /** Passed with the request for the next page; absent: there is none. */
  readonly next?: string | undefined;
}

/** A response is no page. */
export class PageError extends Error {
  override name = "PageError";
}

/** The body of a page; `token` is that of its `next`. */
export function printPage(crd: string, { items, total, omitted }: CrossPage, token: string | undefined): JsonMap {
  return {
    crd,
    view: "cross",
    total,
    omitted,
    items: items.map(jsonOf),
    ...(token === undefined ? {} : { continue: token }),
  };
}

/** Reads the body of a page of this CRD, which another process has written. Throws `PageError`. */
export function readPage(body: string, crd: string): ReadPage {
  const page = parsed(body);
  if (!isMap(page) || ownValue(page, "view") !== "cross") throw new PageError("It is no list of a Runtime for `cross`");
  // The other Runtime finds keys without regard to case.
  const named = ownValue(page, "crd");
  if (typeof named !== "string" || named.toLowerCase() !== crd.toLowerCase()) {
    throw new PageError(`It is not about "${crd}"`);
  }
  const [items, omitted, next] = ["items", "omitted", "continue"].map((key) => ownValue(page, key));
  if (!Array.isArray(items) || items.length > maxObjects) {
    throw new PageError("It has no list of items, or a too long one");
  }
  if (typeof omitted !== "number" || !Number.isSafeInteger(omitted) || omitted < 0) {
    throw new PageError("It does not say how many objects are left out");
  }
  if (next !== undefined && (typeof next !== "string" || next === "" || next.length > maxToken)) {
    throw new PageError("Its continue is no text");
  }
  return { entries: items.map(readItem), omitted, ...(next === undefined ? {} : { next }) };
}

function parsed(body: string): Json {
  try {
    return parseJson(body);
  } catch (error) {
    // Too deep for the stack.
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    throw new PageError("It is no JSON that can be read");
  }
}

function readItem(item: Json, index: number): CrossEntry {
  const wrong = (what: string): PageError => new PageError(`items[${index}] ${what}`);
  if (!isMap(item)) throw wrong("is no map");
  const [name, namespace, spec = {}, status = {}] = ["name", "namespace", "spec", "status"].map((key) =>
    ownValue(item, key)
  );
  if (typeof name !== "string" || !objectName.test(name)) throw wrong("has no name");
  if (namespace !== undefined && (typeof namespace !== "string" || !namespaceName.test(namespace))) {
    throw wrong("has a namespace that is no name");
  }
  if (isDeeper(spec, maxDepth) || isDeeper(status, maxDepth)) {
    throw wrong(`is nested more than ${maxDepth} levels deep`);
  }
  const object: CrossObject = {
    name,
    namespace,
    labels: readTexts(ownValue(item, "labels")) ?? fail(wrong("has labels that are no texts")),
    annotations: readTexts(ownValue(item, "annotations")) ?? fail(wrong("has annotations that are no texts")),
    spec,
    status,
  };
  const bytes = stringifyJson(object).length;
  if (bytes > maxObjectBytes) throw wrong(`is larger than ${maxObjectBytes / 1024} KiB`);
  return { object, bytes };
}

function readTexts(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return {};
  if (!isMap(value) || !Object.values(value).every((text) => typeof text === "string")) return undefined;
  return value as Record<string, string>;
}

function fail(error: Error): never {
  throw error;
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((item) => isDeeper(item, levels - 1));
}
