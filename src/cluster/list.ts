import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../k8s/object.ts";
import { MalformedResponseError, ResponseTooLargeError } from "./api_error.ts";
import type { CallOptions, ClusterApi, ListQuery } from "./ports.ts";
import { collectionPath, selectorParameters, withQuery } from "./resource_path.ts";

/** Objects per page: small enough to parse in some milliseconds, large enough that a list is few requests. */
const defaultPageSize = 500;
/** A page that is too large is requested again with this fraction of its size. */
const shrinkFactor = 8;

/** GETs a path and returns its JSON object. */
export type GetMap = (path: string) => Promise<JsonMap>;

/** Walks through the pages of a list. See `ClusterApi.list`. */
export async function listPages(
  get: GetMap,
  type: ResourceType,
  query: ListQuery,
  onPage: (items: KubeObject[]) => void,
  { pageSize = defaultPageSize, maxPages = Infinity }: { pageSize?: number; maxPages?: number } = {},
): Promise<{ resourceVersion: string }> {
  const collection = collectionPath(type, query.namespace);
  const seen = new Set<string>(); // a server that returns the same token for ever must not keep us in the loop
  let limit = pageSize;
  let pages = 0;
  let token: string | undefined;
  for (;;) {
    const path = withQuery(collection, { ...selectorParameters(query), limit, continue: token });
    let list: JsonMap;
    try {
      list = await get(path);
    } catch (error) {
      if (!(error instanceof ResponseTooLargeError) || limit === 1) throw error;
      limit = Math.max(1, Math.floor(limit / shrinkFactor));
      continue;
    }
    const page = readPage(list, type, path);
    onPage(page.items);
    if (page.token === undefined || ++pages >= maxPages) return { resourceVersion: page.resourceVersion };
    if (seen.has(page.token)) {
      throw new MalformedResponseError(`GET ${path}: the same page again`, { request: { verb: "GET", path } });
    }
    seen.add(page.token);
    token = page.token;
  }
}

/** One page of a list. */
export interface ListPage {
  readonly items: KubeObject[];
  /** Of the next page (`metadata.continue`), valid for about five minutes; `undefined`: this is the last one. */
  readonly token: string | undefined;
  readonly resourceVersion: string;
  /** Objects after this page, where the API server says it (`metadata.remainingItemCount`). */
  readonly remaining: number | undefined;
}

/**
 * One page of the objects of all namespaces, for callers that must finish a page before they request the next one. When
 * the token has expired (`isExpired`), `ApiError.continueToken` continues after the same key, in the present state. Throws
 * as `ClusterApi.list` does.
 */
export async function listPage(
  api: Pick<ClusterApi, "raw">,
  type: ResourceType,
  { limit, token }: { readonly limit: number; readonly token?: string | undefined },
  options?: CallOptions,
): Promise<ListPage> {
  const path = withQuery(collectionPath(type, undefined), { limit, continue: token });
  const list = await api.raw(path, options);
  if (isMap(list)) return readPage(list, type, path);
  throw new MalformedResponseError(`GET ${path}: the response is not a list`, { request: { verb: "GET", path } });
}

function readPage(list: JsonMap, type: ResourceType, path: string): ListPage {
  const metadata = ownValue(list, "metadata");
  const resourceVersion = isMap(metadata) ? ownValue(metadata, "resourceVersion") : undefined;
  const token = isMap(metadata) ? ownValue(metadata, "continue") : undefined;
  const remaining = isMap(metadata) ? ownValue(metadata, "remainingItemCount") : undefined;
  // A Go server may print an empty list as null.
  const items = ownValue(list, "items") ?? [];
  if (!Array.isArray(items) || typeof resourceVersion !== "string") {
    throw new MalformedResponseError(`GET ${path}: the response is not a list`, { request: { verb: "GET", path } });
  }
  return {
    items: items.map((item) => completeItem(item as JsonMap, type)),
    token: typeof token === "string" && token !== "" ? token : undefined,
    resourceVersion,
    remaining: typeof remaining === "number" && remaining >= 0 ? remaining : undefined,
  };
}

/** Items of a list come without their type. */
function completeItem(item: JsonMap, type: ResourceType): KubeObject {
  item["apiVersion"] ??= apiVersionOf(type);
  item["kind"] ??= type.kind;
  return item as unknown as KubeObject;
}
