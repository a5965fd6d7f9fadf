import { isMap, type Json, type JsonMap, mapIn, ownValue } from "../../base/json.ts";
import { isDnsLabel } from "../../k8s/names.ts";

/** Fields of `spec` that the example child shows. */
const maxFields = 10;

/**
 * An entry of `spec.crds` for a CRD, and its key: a ConfigMap with the simple fields of `spec`, to be replaced.
 * `several`: the file has other CRDs too, so `apiTypes` says which one is meant.
 */
export function skeletonEntry(
  definition: JsonMap,
  crdFile: string,
  several: boolean,
): { readonly name: string; readonly entry: JsonMap } {
  const spec = mapIn(definition, "spec");
  const names = mapIn(spec, "names");
  const kind = textAt(names, "kind");
  const singular = textAt(names, "singular") || kind.toLowerCase();
  const fields = simpleFields(spec);
  // A cluster-scoped CR has no namespace for its children to be in.
  const place: JsonMap = ownValue(spec, "scope") === "Cluster" ? { namespace: "default" } : {};
  return {
    name: isDnsLabel(singular) ? singular : "crd",
    entry: {
      crdFile,
      ...(several ? { apiTypes: { group: textAt(spec, "group"), kind } } : {}),
      operatorBox: {
        onReconcile: {
          configMaps: [{
            name: "{{ .metadata.name }}",
            ...place,
            data: Object.fromEntries(
              fields.length === 0
                ? [["name", "{{ .metadata.name }}"]]
                : fields.map((field) => [field, `{{ .spec.${field} }}`]),
            ),
          }],
        },
      },
    },
  };
}

/** Scalars of `spec` in the version that is stored, whose names a template can write with a dot. */
function simpleFields(spec: JsonMap): string[] {
  const versions = ownValue(spec, "versions");
  const maps = (Array.isArray(versions) ? versions : []).filter(isMap);
  const version = maps.find((each) => each["storage"] === true) ?? maps[0];
  const schema = mapIn(mapIn(version ?? {}, "schema"), "openAPIV3Schema");
  const properties = mapIn(mapIn(mapIn(schema, "properties"), "spec"), "properties");
  return Object.keys(properties).filter((field) => {
    const type: Json | undefined = mapIn(properties, field)["type"];
    return /^[A-Za-z_]\w*$/.test(field) && ["string", "integer", "number", "boolean"].includes(String(type));
  }).slice(0, maxFields);
}

function textAt(map: JsonMap, key: string): string {
  const value = ownValue(map, key);
  return typeof value === "string" ? value : "";
}
