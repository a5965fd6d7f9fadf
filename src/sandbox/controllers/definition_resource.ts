import { equalJson, type JsonMap } from "../../base/json.ts";
import { apiVersionOf, type KubeObject } from "../../k8s/object.ts";
import { convertByName } from "../registry.ts";
import type { PrinterColumn, Resource, ResourceVersion } from "../resource.ts";
import { builtInModels } from "../schema/builtin.ts";
import { Models, objectMetaName, type Schema } from "../schema/schema.ts";
import { dropNulls, fillDefaults, prune } from "../schema/structural.ts";
import { compareVersions } from "../version_order.ts";

/** The resource that a definition describes. */
// deno-lint-ignore no-explicit-any -- a definition that has been validated
export function resourceOf(spec: any, names: any, terminating: boolean): Resource {
  const { group } = spec;
  const versions: ResourceVersion[] = [];
  /** By apiVersion, of those that are not served too. */
  const schemas = new Map<string, Schema>();
  let storage: ResourceVersion | undefined;
  const resource: Resource = {
    group,
    kind: names.kind,
    listKind: names.listKind,
    plural: names.plural,
    singular: names.singular,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: spec.scope === "Namespaced",
    custom: true,
    versions,
    get storage() {
      return storage!;
    },
    terminating,
    ...(spec.conversion?.strategy === "Webhook"
      ? {
        conversion: {
          webhook: spec.conversion.webhook ?? {},
          filled: (object) =>
            filledBy(schemas.get(object.apiVersion) ?? storage!.schema, object as never) as unknown as KubeObject,
          fitted: (object, version) => fittedTo(version, object as never) as unknown as KubeObject,
        },
      }
      : {}),
    storageKey: `${names.plural}.${group}`,
    convert: convertByName,
    read: (object, version) => readCustom(object, schemas.get(String(object["apiVersion"])), version),
    write: (object) => object["apiVersion"] === storage!.apiVersion ? object : converted(object, storage!),
  };
  const current: string[] = spec.versions
    .filter(({ served, deprecated }: { served: boolean; deprecated?: boolean }) => served && deprecated !== true)
    .map(({ name }: { name: string }) => name);
  for (const version of spec.versions) {
    const made = versionOf(resource, version, current);
    schemas.set(made.apiVersion, made.schema);
    if (version.storage) storage = made;
    if (version.served) versions.push(made);
  }
  return resource;
}

// deno-lint-ignore no-explicit-any -- a version of a definition that has been validated
function versionOf(resource: Resource, version: any, served: readonly string[]): ResourceVersion {
  const { group } = resource;
  const scale = version.subresources?.scale;
  const path = (text: string) => text.replace(/^\./, "").split(".");
  const fields: string[] = (version.selectableFields ?? []).map(({ jsonPath }: { jsonPath: string }) =>
    jsonPath.replace(/^\./, "")
  );
  return {
    resource,
    group,
    version: version.name,
    apiVersion: apiVersionOf({ group, version: version.name }),
    schema: rootSchema(version.schema?.openAPIV3Schema ?? {}),
    hasStatus: version.subresources?.status !== undefined,
    ...(scale === undefined ? {} : {
      scale: {
        specReplicas: path(scale.specReplicasPath),
        statusReplicas: path(scale.statusReplicasPath),
        ...(scale.labelSelectorPath ? { selector: path(scale.labelSelectorPath) } : {}),
      },
    }),
    columns: (version.additionalPrinterColumns ?? []) as PrinterColumn[],
    selectableFields: fields,
    ...(version.deprecated === true
      ? { deprecation: version.deprecationWarning ?? deprecationOf(resource, version.name, served) }
      : {}),
  };
}

/** The warning of a version that names none. `served`: the versions to use instead. */
function deprecationOf({ group, kind }: Resource, version: string, served: readonly string[]): string {
  const [newest] = served.filter((other) => compareVersions(version, other) < 0)
    .sort((a, b) => compareVersions(b, a));
  const text = `${group}/${version} ${kind} is deprecated`;
  return newest === undefined ? text : `${text}; use ${group}/${newest} ${kind}`;
}

const read = new WeakMap<ResourceVersion, WeakMap<JsonMap, JsonMap>>();

/**
 * A stored object at a version: pruned and defaulted by the schema of the version that it was stored at, which may have
 * changed since, and converted to the requested version.
 */
function readCustom(object: JsonMap, stored: Schema | undefined, version: ResourceVersion): JsonMap {
  let known = read.get(version);
  if (known === undefined) read.set(version, known = new WeakMap());
  let found = known.get(object);
  if (found === undefined) {
    const schema = stored ?? version.schema;
    const filled = filledBy(schema, object);
    const shown = schema === version.schema ? convertByName(filled, version) : converted(filled, version);
    // The very object where nothing differs, so that its text is printed once.
    found = equalJson(shown, object) ? object : shown;
    known.set(object, found);
  }
  return found;
}

/** An object at another version, without what that does not know. */
function converted(object: JsonMap, version: ResourceVersion): JsonMap {
  return fittedTo(version, convertByName(object, version));
}

function fittedTo({ schema }: ResourceVersion, object: JsonMap): JsonMap {
  return dropNulls(schema, pruned(schema, object)) as JsonMap;
}

function filledBy(schema: Schema, object: JsonMap): JsonMap {
  return fillDefaults(schema, dropNulls(schema, pruned(schema, object))) as JsonMap;
}

function pruned(schema: Schema, object: JsonMap): JsonMap {
  return prune(schema, object, "", { pruned: [], embedded: [] }, true) as JsonMap;
}

/** A definition's schema with the fields that every object has. */
function rootSchema(schema: JsonMap) {
  const properties = {
    ...(schema["properties"] as JsonMap | undefined),
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { $ref: `#/components/schemas/${objectMetaName}` },
  };
  return new Models(builtInModels()).node({ ...schema, properties });
}
