import type { ResourceVersion } from "../resource.ts";
import { age, type Column, type Json, nameColumn, valueText } from "./values.ts";
import { builtInColumns } from "./built_in.ts";
import { compileJsonPath } from "./json_path.ts";

const cache = new WeakMap<ResourceVersion, readonly Column[]>();

/** The columns of a kind: the API server's own, those of a definition, or name and age. */
export function columnsOf(type: ResourceVersion): readonly Column[] {
  let columns = cache.get(type);
  if (columns === undefined) cache.set(type, columns = makeColumns(type));
  return columns;
}

function makeColumns(type: ResourceVersion): readonly Column[] {
  if (!type.resource.custom) return builtInColumns(type.resource.storageKey) ?? [nameColumn, ageColumn("Created At")];
  if (type.columns.length === 0) return [nameColumn, ageColumn("Age")];
  return [
    nameColumn,
    ...type.columns.map((column): Column => {
      const read = compileJsonPath(column.jsonPath);
      const description = column.description ??
        `Custom resource definition column (in JSONPath format): ${column.jsonPath}`;
      return {
        ...column,
        description,
        value: (object, nowMs) => valueText(read?.(object as unknown as Json), column.type, nowMs),
      };
    }),
  ];
}

function ageColumn(name: string): Column {
  if (name === "Age") {
    return {
      name,
      type: "date",
      value: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
    };
  }
  return { name, type: "date", value: (object) => object.metadata.creationTimestamp ?? "<unknown>" };
}
