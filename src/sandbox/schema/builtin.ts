import { isMap, type JsonMap, parseJson } from "../../base/json.ts";
import { builtInDefinitions } from "./builtin_text.ts";
import { Models, objectMetaName, type Schema } from "./schema.ts";

let definitions: JsonMap | undefined;
let models: Models | undefined;
let names: Map<string, string> | undefined;

/** Kubernetes' own OpenAPI definitions, parsed when first needed. */
export function builtInModels(): JsonMap {
  return definitions ??= parseJson(builtInDefinitions) as JsonMap;
}

/** The schema of a built-in kind. */
export function builtInSchema(group: string, version: string, kind: string): Schema {
  return sharedModels().named(definitionName(group, version, kind));
}

/** The schema of `metadata`. */
export function objectMetaSchema(): Schema {
  return sharedModels().named(objectMetaName);
}

/** The schema of `metav1.DeleteOptions`. */
export function deleteOptionsSchema(): Schema {
  return sharedModels().named("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");
}

/** The OpenAPI name of a built-in kind, as `io.k8s.api.apps.v1.Deployment`. */
export function definitionName(group: string, version: string, kind: string): string {
  if (names === undefined) {
    names = new Map();
    for (const [name, schema] of Object.entries(builtInModels())) {
      const kinds = isMap(schema) ? schema["x-kubernetes-group-version-kind"] : undefined;
      const first = Array.isArray(kinds) ? kinds[0] : undefined;
      if (isMap(first)) names.set(`${first["group"]}/${first["version"]}/${first["kind"]}`, name);
    }
  }
  const name = names.get(`${group}/${version}/${kind}`);
  if (name === undefined) {
    throw new Error(`Cannot find the schema of ${kind} in ${group}/${version}: it is not built in`);
  }
  return name;
}

function sharedModels(): Models {
  return models ??= new Models(builtInModels());
}
