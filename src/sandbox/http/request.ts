import { badRequest } from "../faults.ts";

export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";

/** What a URL requests, as the API server parses it (`request.RequestInfo`). */
export interface ResourceRequest {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** "" in cluster scope or for all namespaces. */
  readonly namespace: string;
  /** "" for a collection. */
  readonly name: string;
  readonly subresource: string;
  /** `undefined`: the method does not fit the path. */
  readonly verb: Verb | undefined;
  readonly query: URLSearchParams;
}

const maxPathLength = 4096;

/** Reads `/api/v1/…` and `/apis/<group>/<version>/…`; `undefined` for every other path. */
export function parseResourcePath(method: string, url: URL): ResourceRequest | undefined {
  if (url.pathname.length > maxPathLength) throw badRequest("the request path is too long");
  let parts: string[];
  try {
    parts = url.pathname.replace(/\/$/, "").slice(1).split("/").map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) throw badRequest("the request path is not valid");
    throw error;
  }
  let group = "";
  let rest: string[];
  if (parts[0] === "api") rest = parts.slice(1);
  else if (parts[0] === "apis" && parts.length > 1) [group, rest] = [parts[1]!, parts.slice(2)];
  else return undefined;
  const version = rest[0];
  rest = rest.slice(1);
  if (version === undefined || rest.length === 0) return undefined;
  let namespace = "";
  // `/namespaces/x` and its subresources are the Namespace itself; `/namespaces/x/pods` are the Pods in it.
  if (rest[0] === "namespaces" && rest.length > 2 && !(group === "" && ["status", "finalize"].includes(rest[2]!))) {
    namespace = rest[1]!;
    rest = rest.slice(2);
  }
  const [plural, name = "", subresource = "", ...more] = rest as [string, ...string[]];
  if (more.length > 0 && !["proxy", "exec"].includes(subresource)) return undefined;
  const query = url.searchParams;
  const watch = ["true", "1"].includes(query.get("watch") ?? "");
  return { group, version, plural, namespace, name, subresource, verb: verbOf(method, name, watch), query };
}

function verbOf(method: string, name: string, watch: boolean): Verb | undefined {
  switch (method) {
    case "GET":
    case "HEAD":
      // `watch` beside a name is ignored: one object is watched by a field selector.
      return name !== "" ? "get" : watch ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return name === "" ? undefined : "update";
    case "PATCH":
      return name === "" ? undefined : "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      return undefined;
  }
}
