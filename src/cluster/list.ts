import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../k8s/object.ts";
import { MalformedResponseError, ResponseTooLargeError } from "./api_error.ts";
import type { ListQuery } from "./ports.ts";
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

function readPage(
  list: JsonMap,
  type: ResourceType,
  path: string,
): { items: KubeObject[]; token: string | undefined; resourceVersion: string } {
  const metadata = ownValue(list, "metadata");
  const resourceVersion = isMap(metadata) ? ownValue(metadata, "resourceVersion") : undefined;
  const token = isMap(metadata) ? ownValue(metadata, "continue") : undefined;
  // A Go server may print an empty list as null.
  const items = ownValue(list, "items") ?? [];
  if (!Array.isArray(items) || typeof resourceVersion !== "string") {
    throw new MalformedResponseError(`GET ${path}: the response is not a list`, { request: { verb: "GET", path } });
  }
  return {
    items: items.map((item) => completeItem(item as JsonMap, type)),
    token: typeof token === "string" && token !== "" ? token : undefined,
    resourceVersion,
  };
}

/** Items of a list come without their type. */
function completeItem(item: JsonMap, type: ResourceType): KubeObject {
  item["apiVersion"] ??= apiVersionOf(type);
  item["kind"] ??= type.kind;
  return item as unknown as KubeObject;
}
