import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import type { BuiltInSchemas } from "../katalog/mod.ts";
import { builtInModels } from "../sandbox/schema/builtin.ts";
import { matchesFormat } from "../sandbox/schema/formats.ts";

const prefix = "#/components/schemas/";

let byKind: ReadonlyMap<string, JsonMap> | undefined;

/** Kubernetes' own schemas as the sandbox has them: what `custom` children of built-in kinds are held to. */
export const builtInSchemas: BuiltInSchemas = {
  schemaOf: ({ group, version, kind }) => (byKind ??= indexed()).get(`${group}/${version}/${kind}`),
  resolve(ref) {
    const definition = ref.startsWith(prefix) ? ownValue(builtInModels(), ref.slice(prefix.length)) : undefined;
    return isMap(definition) ? definition : undefined;
  },
  matchesFormat,
};

function indexed(): ReadonlyMap<string, JsonMap> {
  const schemas = new Map<string, JsonMap>();
  for (const definition of Object.values(builtInModels())) {
    const kinds = isMap(definition) ? ownValue(definition, "x-kubernetes-group-version-kind") : undefined;
    for (const each of Array.isArray(kinds) ? kinds : []) {
      if (isMap(each)) schemas.set(`${each["group"]}/${each["version"]}/${each["kind"]}`, definition as JsonMap);
    }
  }
  return schemas;
}
