import { canonicalJson, isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import type { CrdEntry } from "../../katalog/mod.ts";
import { apiVersionOf } from "../../k8s/object.ts";
import type { YamlComment } from "../print_yaml.ts";
import { sampleValues } from "../round_trip/mod.ts";

/** An object with what is said of its fields. */
export interface ExampleCr {
  readonly object: JsonMap;
  readonly comments: readonly YamlComment[];
}

/** Fields of one object; a schema may have thousands. */
const maxFields = 200;
/** Levels of maps. */
const maxDepth = 8;
/** A description is shortened to its first sentence, and this. */
const maxCommentLength = 100;

/**
 * An object that an entry of `spec.crds` reconciles: every field that its schema requires, and every other with an
 * example, a default or a list of values; each with its description. Without a schema the object has an empty `spec`.
 */
export function exampleCr({ name, type, namespace, namespaces, labelSelector, definition }: CrdEntry): ExampleCr {
  const schema = definition?.schema;
  const comments: YamlComment[] = [];
  const properties = schema === undefined ? undefined : ownValue(schema, "properties");
  const spec = isMap(properties) ? ownValue(properties, "spec") : undefined;
  const place = namespace ?? namespaces.allowed.find((each) => !each.includes("*")) ?? "default";
  let fields = 0;

  const mapOf = (here: JsonMap, path: readonly string[], depth: number): JsonMap => {
    const result: JsonMap = {};
    const [below, required] = [ownValue(here, "properties"), ownValue(here, "required")];
    for (const [key, property] of isMap(below) ? Object.entries(below) : []) {
      const isRequired = Array.isArray(required) && required.includes(key);
      if (!isMap(property) || fields >= maxFields) continue;
      const value = valueOf(property, [...path, key], isRequired, depth);
      if (value === undefined) continue;
      fields++;
      setOwn(result, key, value);
      const lines = describe(property, isRequired);
      if (lines.length > 0) comments.push({ path: [...path, key], lines });
    }
    return result;
  };

  const valueOf = (
    property: JsonMap,
    path: readonly string[],
    isRequired: boolean,
    depth: number,
  ): Json | undefined => {
    for (const key of ["example", "default"]) {
      const given = ownValue(property, key);
      if (given !== undefined) return given;
    }
    if (isMap(ownValue(property, "properties"))) {
      const map = depth >= maxDepth ? {} : mapOf(property, path, depth + 1);
      return isRequired || Object.keys(map).length > 0 ? map : undefined;
    }
    const isChosen = isRequired || Array.isArray(ownValue(property, "enum"));
    return isChosen ? sampleValues(property)[0] ?? null : undefined;
  };

  const object: JsonMap = {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: {
      name: `my-${name}`,
      ...(type.namespaced ? { namespace: place } : {}),
      ...(labelSelector === undefined ? {} : { labels: { ...labelSelector } }),
    },
    spec: isMap(spec) ? mapOf(spec, ["spec"], 0) : {},
  };
  return { object, comments };
}

function describe(property: JsonMap, isRequired: boolean): string[] {
  const description = ownValue(property, "description");
  const allowed = ownValue(property, "enum");
  const sentence = typeof description === "string" ? description.split(/(?<=\.)\s|\n/, 1)[0]!.trim() : "";
  const short = sentence.length > maxCommentLength ? `${sentence.slice(0, maxCommentLength)}…` : sentence;
  const facts = [
    ...isRequired ? ["required"] : [],
    ...Array.isArray(allowed) ? [`one of ${allowed.slice(0, 10).map(canonicalJson).join(", ")}`] : [],
  ];
  return [short, facts.join("; ")].filter((line) => line !== "");
}
