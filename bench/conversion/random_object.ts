import { admits, compileSchema, type FieldSchema } from "../../src/admission/convert.ts";
import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../src/base/json.ts";
import { sampleValues } from "../../src/dev/round_trip/mod.ts";

/** Texts that are tried where a schema has a pattern, before the sample values. */
const maxTries = 6;
const maxItems = 4;
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
const odd = ["", " ", "{{ .x }}", "true", "null", "1e3", "ä", "日本", "😀", '"', "\\", "\n", "a,b", "a:b", "__proto__"];

/**
 * Any object that a structural schema admits, as `random` decides: required fields always, others four times in five.
 * Absent where no value for a required field was found.
 */
export function randomObject(schema: JsonMap, random: () => number): JsonMap | undefined {
  const properties = ownValue(schema, "properties");
  const required = ownValue(schema, "required");
  const map: JsonMap = {};
  for (const [key, property] of isMap(properties) ? Object.entries(properties) : []) {
    const isRequired = Array.isArray(required) && required.includes(key);
    if (!isRequired && random() < 0.2) continue;
    const value = isMap(property) ? randomValue(property, random) : undefined;
    if (value !== undefined) setOwn(map, key, value);
    else if (isRequired) return undefined;
  }
  return map;
}

/** What is known of a schema, found once. */
interface Known {
  readonly field: FieldSchema;
  readonly samples: readonly Json[];
}
const knownOf = new WeakMap<JsonMap, Known>();

function known(schema: JsonMap): Known {
  let found = knownOf.get(schema);
  if (found === undefined) knownOf.set(schema, found = { field: compileSchema(schema), samples: sampleValues(schema) });
  return found;
}

function randomValue(schema: JsonMap, random: () => number): Json | undefined {
  const { field, samples } = known(schema);
  if (Array.isArray(ownValue(schema, "enum"))) return oneOf(samples, random);
  const tries = (make: () => Json): Json | undefined => {
    for (let n = 0; n < maxTries; n++) {
      const value = make();
      if (admits(field, value)) return value;
    }
    return oneOf(samples, random);
  };
  switch (field.type) {
    case "object":
      return isMap(ownValue(schema, "properties")) ? randomObject(schema, random) : oneOf(samples, random);
    case "array": {
      const items = ownValue(schema, "items");
      const list: Json[] = [];
      for (let left = Math.floor(random() * (maxItems + 1)); left > 0; left--) {
        const item = isMap(items) ? randomValue(items, random) : undefined;
        if (item !== undefined) list.push(item);
      }
      return list;
    }
    case "string":
      return tries(() => randomText(random));
    case "integer":
      return tries(() => randomInteger(random));
    default:
      return oneOf(samples, random);
  }
}

function oneOf<T>(values: readonly T[], random: () => number): T | undefined {
  return values[Math.floor(random() * values.length)];
}

function randomText(random: () => number): string {
  const word = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 8) }, () => letters[Math.floor(random() * letters.length)]).join("");
  const kind = random();
  if (kind < 0.2) return word();
  if (kind < 0.4) return `${word()}.${word()}`;
  if (kind < 0.6) return `${word()}.${word()}/${word()}:${word()}`;
  if (kind < 0.75) return `${word()}.${word()},${word()}`;
  if (kind < 0.9) return `${oneOf(odd, random)}${word()}${oneOf(odd, random)}`;
  return oneOf(odd, random)!;
}

/** Small ones, those about the end of what a float64 holds exactly, and any of 64 bits. */
function randomInteger(random: () => number): number | bigint {
  const kind = random();
  if (kind < 0.7) return Math.floor(random() * 24) - 2;
  if (kind < 0.85) return Math.floor(random() * 2 ** 31);
  const any = BigInt.asIntN(
    64,
    (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32)),
  );
  // JSON is read with a bigint only where a number is not exact.
  return Number.isSafeInteger(Number(any)) ? Number(any) : any;
}
