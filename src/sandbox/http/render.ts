import { stringify } from "yaml";
import { type JsonMap, stringifyJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { ResourceVersion } from "../resource.ts";
import { jsonOf } from "../store.ts";
import { tableOf } from "../table/table.ts";
import type { Wanted } from "./negotiate.ts";

/** What the response to a request needs to know besides its objects. */
export interface Rendering {
  readonly type: ResourceVersion;
  readonly wanted: Wanted;
  readonly includeObject: string;
  /** Milliseconds since 1970, for ages in tables. */
  readonly nowMs: number;
}

/** One object as a response body. */
export function renderObject(object: KubeObject, rendering: Rendering): string {
  switch (rendering.wanted.as) {
    case "table":
      return stringifyJson(tableOf(rendering.type, [object], listMetaOf(object), rendering));
    case "metadata":
      return stringifyJson(partialOf(object));
    case "object":
      return jsonOf(object);
    default:
      return rendering.wanted.as satisfies never;
  }
}

/** A list as a response body. Items of built-in kinds carry no `apiVersion` and `kind`, as with the API server. */
export function renderList(items: readonly KubeObject[], metadata: JsonMap, rendering: Rendering): string {
  const { type, wanted } = rendering;
  switch (wanted.as) {
    case "table":
      return stringifyJson(tableOf(type, items, metadata, rendering));
    case "metadata": {
      const list = { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata };
      return `${stringifyJson(list).slice(0, -1)},"items":[${
        items.map((item) => stringifyJson(partialOf(item))).join(",")
      }]}`;
    }
    case "object": {
      // Lists of custom resources always show the field.
      const shown = type.resource.custom ? { continue: "", ...metadata } : metadata;
      const list = { kind: type.resource.listKind, apiVersion: type.apiVersion, metadata: shown };
      const texts = items.map((item) => type.resource.custom ? jsonOf(item) : withoutKind(item));
      return `${stringifyJson(list).slice(0, -1)},"items":[${texts.join(",")}]}`;
    }
    default:
      return wanted.as satisfies never;
  }
}

/** The object of a watch event. */
export function renderEvent(object: KubeObject, rendering: Rendering, first: boolean): string {
  if (rendering.wanted.as !== "table") return renderObject(object, rendering);
  const table = tableOf(rendering.type, [object], listMetaOf(object), rendering);
  // Only the first table of a watch names its columns.
  return stringifyJson(first ? table : { ...table, columnDefinitions: null });
}

/** JSON text as YAML. */
export function toYaml(json: string): string {
  return stringify(JSON.parse(json), { aliasDuplicateObjects: false });
}

function withoutKind(object: KubeObject): string {
  const text = jsonOf(object);
  const prefix = `{"apiVersion":${JSON.stringify(object.apiVersion)},"kind":${JSON.stringify(object.kind)},`;
  if (text.startsWith(prefix)) return `{${text.slice(prefix.length)}`;
  const { apiVersion: _, kind: __, ...rest } = object;
  return stringifyJson(rest);
}

function partialOf(object: KubeObject): JsonMap {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: object.metadata as unknown as JsonMap,
  };
}

function listMetaOf(object: KubeObject): JsonMap {
  const { resourceVersion } = object.metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}
