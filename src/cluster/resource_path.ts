import type { ResourceType } from "../k8s/object.ts";
import type { ListQuery, Target } from "./ports.ts";

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/api/v1/namespaces/ns/pods`: the collection of a type, of one namespace or of all. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root = type.group === ""
    ? `/api/${segment(type.version)}`
    : `/apis/${segment(type.group)}/${segment(type.version)}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : "";
  return `${root}${scope}/${segment(type.plural)}`;
}

/** The path of one object, or of a subresource of it. Throws `TypeError` when the name or namespace is missing. */
export function objectPath(type: ResourceType, target: Target & { subresource?: string }): string {
  const namespace = type.namespaced ? target.namespace : undefined;
  if (type.namespaced && namespace === undefined) {
    throw new TypeError(`Cannot address ${type.kind} "${target.name}": it needs a namespace`);
  }
  const subresource = target.subresource === undefined ? "" : `/${segment(target.subresource)}`;
  return `${collectionPath(type, namespace)}/${segment(target.name)}${subresource}`;
}

/** Adds a query; parameters that are `undefined` or empty text are left out. */
export function withQuery(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** The selectors of a list or watch as parameters. */
export function selectorParameters(query: ListQuery): Parameters {
  return { labelSelector: query.labelSelector, fieldSelector: query.fieldSelector };
}

/**
 * One segment of a path. An empty or dotted one would address something else than intended: DELETE of an object
 * with an empty name deletes the whole collection.
 */
function segment(text: string): string {
  if (text === "" || text === "." || text === "..") throw new TypeError(`Cannot use "${text}" in a path`);
  return encodeURIComponent(text);
}
