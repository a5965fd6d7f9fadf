import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { ResourceVersion } from "../resource.ts";
import { columnsOf } from "./columns.ts";
import type { Column } from "./values.ts";

/** A `meta.k8s.io/v1` Table, what `kubectl get` prints. `includeObject`: Metadata (default), Object or None. */
export function tableOf(
  type: ResourceVersion,
  items: readonly KubeObject[],
  metadata: JsonMap,
  { includeObject, nowMs }: { includeObject: string; nowMs: number },
): JsonMap {
  const columns = columnsOf(type);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(definitionOf),
    rows: items.map((object) => ({
      cells: columns.map((column) => column.value(object, nowMs)),
      object: includeObject === "None" ? null : embedded(object, includeObject),
    })),
  };
}

function definitionOf(column: Column): JsonMap {
  const { name, type = "string", format = "", description = "", priority = 0 } = column;
  return { name, type, format, description, priority };
}

function embedded(object: KubeObject, includeObject: string): Json {
  if (includeObject === "Object") return object as unknown as JsonMap;
  const metadata = object.metadata as unknown as Json;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: isMap(metadata) ? metadata : {} };
}
