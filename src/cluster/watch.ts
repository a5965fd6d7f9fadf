import { isMap, type Json, type JsonMap, ownValue, parseJson } from "../base/json.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { errorFromStatus, MalformedResponseError, type RequestLine } from "./api_error.ts";
import type { ListQuery, WatchEvent } from "./ports.ts";
import { collectionPath, selectorParameters, withQuery } from "./resource_path.ts";

/** How long one watch lasts: random between these, so that a thousand of them do not end together. */
const minTimeoutSeconds = 240;
const maxTimeoutSeconds = 480;

/** The path of one watch and the seconds after which the server ends it. */
export function watchPath(
  type: ResourceType,
  query: ListQuery & { resourceVersion?: string },
  random: () => number,
): { path: string; timeoutSeconds: number } {
  const timeoutSeconds = Math.floor(minTimeoutSeconds + random() * (maxTimeoutSeconds - minTimeoutSeconds));
  const path = withQuery(collectionPath(type, query.namespace), {
    ...selectorParameters(query),
    watch: true,
    allowWatchBookmarks: true,
    ...query.resourceVersion === undefined
      ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }
      : { resourceVersion: query.resourceVersion },
    timeoutSeconds,
  });
  return { path, timeoutSeconds };
}

const versionMark = '"resourceVersion":"';
const knownTypes = ['{"type":"MODIFIED",', '{"type":"ADDED",'];

/**
 * The event of a known state, identified by its resourceVersion alone; `undefined` when it must be parsed.
 *
 * Most events of a controller are echoes of its own writes, and parsing one costs as much as parsing the response to
 * the write did. Every object has a resourceVersion in its metadata, and a quote inside a JSON string is escaped: where
 * the key occurs once, it is that one.
 */
export function knownEvent(line: string, isKnown?: (resourceVersion: string) => boolean): WatchEvent | undefined {
  if (isKnown === undefined || !knownTypes.some((start) => line.startsWith(start))) return undefined;
  const start = line.indexOf(versionMark) + versionMark.length;
  if (start < versionMark.length || line.includes(versionMark, start)) return undefined;
  const resourceVersion = line.slice(start, line.indexOf('"', start));
  return isKnown(resourceVersion) ? { type: "KNOWN", resourceVersion } : undefined;
}

/**
 * Parses one line of a watch. Throws the `ApiError` of an `ERROR` event, `MalformedResponseError` for an invalid event.
 */
export function readEvent(line: string, request: RequestLine): WatchEvent {
  let value: Json;
  try {
    value = parseJson(line);
  } catch (cause) {
    throw new MalformedResponseError(`${request.verb} ${request.path}: an event is not JSON`, { request, cause });
  }
  const object = isMap(value) ? ownValue(value, "object") : undefined;
  if (isMap(value) && isMap(object)) {
    const type = ownValue(value, "type");
    if (type === "ERROR") throw errorFromStatus(object, request);
    const resourceVersion = resourceVersionOf(object);
    if (resourceVersion !== undefined) {
      if (type === "BOOKMARK") return { type, resourceVersion, ...(endsState(object) ? { endsState: true } : {}) };
      if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") {
        return { type, object: object as unknown as KubeObject };
      }
    }
  }
  throw new MalformedResponseError(`${request.verb} ${request.path}: an event has no type or no object`, { request });
}

function resourceVersionOf(object: JsonMap): string | undefined {
  const metadata = ownValue(object, "metadata");
  const version = isMap(metadata) ? ownValue(metadata, "resourceVersion") : undefined;
  return typeof version === "string" ? version : undefined;
}

function endsState(bookmark: JsonMap): boolean {
  const metadata = ownValue(bookmark, "metadata");
  const annotations = isMap(metadata) ? ownValue(metadata, "annotations") : undefined;
  return isMap(annotations) && ownValue(annotations, "k8s.io/initial-events-end") === "true";
}
