import { compareText } from "../base/finding.ts";
import { isMap, type Json, type JsonMap, setOwn } from "../base/json.ts";
import { groupKind } from "../k8s/object.ts";
import type { CrdEntry } from "../katalog/mod.ts";
import type { ConversionPlan } from "./conversion.ts";

/** One plan for each kind: the paths of all of its entries joined. The loader has seen to it that they agree. */
export function deriveConversions(enabled: readonly CrdEntry[]): ConversionPlan[] {
  const kinds = new Map<string, CrdEntry[]>();
  for (const crd of enabled) {
    if (crd.conversion !== undefined) kinds.set(groupKind(crd.type), [...kinds.get(groupKind(crd.type)) ?? [], crd]);
  }
  return [...kinds].sort(([a], [b]) => compareText(a, b)).map(([, crds]) => deriveConversion(crds))
    .filter((plan) => plan.paths.length > 0);
}

function deriveConversion(crds: readonly CrdEntry[]): ConversionPlan {
  const { type: { group, kind, plural } } = crds[0]!;
  const declared = crds.map((crd) => crd.conversion!);
  const { storageVersion } = declared[0]!;
  const paths = declared.flatMap((each) => each.paths).map(({ from, to, spec, positions, path, at }) => (
    { from, to, spec, positions, path, at }
  ));
  const schemas = new Map<string, JsonMap | undefined>(
    [storageVersion, ...paths.flatMap(({ from, to }) => [from, to])].map((name) => [name, undefined]),
  );
  for (const { name, schema } of declared.flatMap((each) => each.versions)) {
    schemas.set(name, schema ?? schemas.get(name));
  }
  return {
    group,
    kind,
    plural,
    storageVersion,
    updateCRD: declared.some((each) => each.updateCRD),
    versions: [...schemas].sort(([a], [b]) => compareText(a, b)).map(([name, schema]) => ({
      name,
      schema: schema === undefined ? undefined : bareSchema(schema),
    })),
    paths,
  };
}

/** Keywords that say which values a schema admits; prose, CEL and what combines schemas is left out. */
const keywords: ReadonlySet<string> = new Set([
  "type",
  "nullable",
  "format",
  "enum",
  "default",
  "required",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-int-or-string",
  "x-kubernetes-embedded-resource",
]);

/** A structural schema without what conversion does not read: a CRD can be 1 MiB, most of it prose. */
function bareSchema(schema: JsonMap): JsonMap {
  const bare: JsonMap = {};
  for (const [key, value] of Object.entries(schema)) {
    if (keywords.has(key)) bare[key] = value;
    else if (key === "properties" && isMap(value)) bare[key] = mapValues(value, bareValue);
    else if (key === "items" || key === "additionalProperties") bare[key] = bareValue(value);
  }
  return bare;
}

function bareValue(value: Json): Json {
  return isMap(value) ? bareSchema(value) : value;
}

function mapValues(map: JsonMap, change: (value: Json) => Json): JsonMap {
  const result: JsonMap = {};
  for (const [key, value] of Object.entries(map)) setOwn(result, key, change(value));
  return result;
}
