import { admits, compileSchema } from "../../admission/convert.ts";
import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";

/** Values of one field; what templates commonly distinguish is among the first ones. */
const maxValues = 12;
/** Levels of maps and lists; what lies deeper has one value. */
const maxDepth = 12;

/** Texts to be tried where a schema says nothing, or a pattern that some of them match. */
const texts = [
  "a",
  "b",
  "",
  "1",
  "true",
  "a,b",
  "a:b",
  "a/b",
  "1Gi",
  "500m",
  "30s",
  "1.5",
  "50%",
  "example.org",
  "a.example.org/b:1.2",
  "https://example.org/a",
  "one@example.org",
  "10.0.0.1",
  "10.0.0.0/8",
  "*/5 * * * *",
  "v1.2.3",
  "1.2.3",
  "A",
  "ab",
  "abc",
  "a-b-c",
  "#00ff00",
  "00000000-0000-4000-8000-000000000000",
];

const formats: Readonly<Record<string, readonly string[]>> = {
  "date-time": ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678+09:00"],
  "date": ["2026-01-02"],
  "duration": ["1h", "1m30s"],
  "byte": ["YQ==", ""],
  "ipv4": ["10.0.0.1"],
  "ipv6": ["::1"],
  "cidr": ["10.0.0.0/8"],
  "uuid": ["00000000-0000-4000-8000-000000000000"],
  "email": ["one@example.org"],
  "uri": ["https://example.org/a"],
  "hostname": ["example.org"],
};

const numbers = [1, 0, 2, -1, 3, 10, 80, 100, 1000, 65535, 2_147_483_647];
const fractions = [0.5, 1, 0, 1.25, -0.5, 100];

/**
 * Values that a structural schema admits, the simplest first: what a field can hold, not all of it. Empty where none of
 * the texts that are tried matches a pattern.
 */
export function sampleValues(schema: Json | undefined, depth = 0): Json[] {
  if (!isMap(schema)) return ["a", { any: 1 }];
  const allowed = ownValue(schema, "enum");
  const field = compileSchema(schema);
  const fitting = (values: readonly Json[]): Json[] =>
    values.filter((value) => admits(field, value)).slice(0, maxValues);
  if (Array.isArray(allowed)) return fitting(allowed);
  switch (field.type) {
    case "string":
      return fitting(textsOf(schema));
    case "integer":
      return fitting(integersOf(schema));
    case "number":
      return fitting([...bounds(schema), ...fractions]);
    case "boolean":
      return fitting([true, false]);
    case "intOrString":
      return fitting([1, "50%", 0, "a"]);
    case "array":
      return depth > maxDepth ? [[]] : listsOf(ownValue(schema, "items"), depth);
    case "object":
      return depth > maxDepth ? [{}] : mapsOf(schema, depth);
    case "any":
      return ["a", 1, { any: 1 }];
    default:
      return field.type satisfies never;
  }
}

function textsOf(schema: JsonMap): readonly string[] {
  const format = ownValue(schema, "format");
  const own = typeof format === "string" && Object.hasOwn(formats, format) ? formats[format]! : undefined;
  const minLength = Number(ownValue(schema, "minLength") ?? 0);
  const padded = minLength > 1 && minLength <= 1000 ? ["a".repeat(minLength)] : [];
  return [...own ?? texts, ...padded];
}

function integersOf(schema: JsonMap): readonly (number | bigint)[] {
  const isLong = ownValue(schema, "format") !== "int32";
  const exact = [...bounds(schema), ...numbers];
  // Beyond what a float64 holds exactly.
  return isLong ? [...exact.slice(0, 4), 9_007_199_254_740_993n, ...exact.slice(4)] : exact;
}

function bounds(schema: JsonMap): (number | bigint)[] {
  return ["minimum", "maximum"].map((key) => ownValue(schema, key))
    .filter((value) => typeof value === "number" || typeof value === "bigint");
}

function listsOf(items: Json | undefined, depth: number): Json[] {
  const values = sampleValues(items, depth + 1);
  const last = values.at(-1);
  if (last === undefined) return [[]];
  return [[values[0]!], [], [values[0]!, values[1] ?? values[0]!], ...values.slice(1).map((value) => [value])]
    .slice(0, maxValues);
}

function mapsOf(schema: JsonMap, depth: number): Json[] {
  const maps = [minimal(schema, depth), maximal(schema, depth)];
  const additional = ownValue(schema, "additionalProperties");
  if (isMap(additional)) {
    const values = sampleValues(additional, depth + 1);
    if (values[0] !== undefined) maps.push({ a: values[0] }, { "example.org/b": values[1] ?? values[0], c: values[0] });
  }
  return maps;
}

/** Only what is required. */
export function minimal(schema: JsonMap, depth = 0): JsonMap {
  const required = ownValue(schema, "required");
  return madeOf(schema, (key) => Array.isArray(required) && required.includes(key), 0, depth);
}

/** Everything that the schema names. */
export function maximal(schema: JsonMap, depth = 0): JsonMap {
  return madeOf(schema, () => true, 1, depth);
}

function madeOf(schema: JsonMap, wants: (key: string) => boolean, pick: number, depth: number): JsonMap {
  const properties = ownValue(schema, "properties");
  const map: JsonMap = {};
  for (const [key, property] of isMap(properties) ? Object.entries(properties) : []) {
    if (!wants(key)) continue;
    const values = sampleValues(property, depth + 1);
    // Of a map, the largest; of a scalar, one that is not what templates commonly fall back to.
    const value = values[pick] ?? values[0];
    if (value !== undefined) setOwn(map, key, value);
  }
  return map;
}
