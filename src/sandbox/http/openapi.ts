import { isMap, type Json, type JsonMap, stringifyJson } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import type { Registry } from "../registry.ts";
import type { ResourceVersion } from "../resource.ts";
import { builtInModels, definitionName } from "../schema/builtin.ts";
import { serverVersion } from "./discovery.ts";

const refPrefix = "#/components/schemas/";

/** Documents by group version, rebuilt when what is served changes. */
let cached:
  | { registry: Registry; generation: number; documents: Map<string, { text: string; hash: string }> }
  | undefined;

/** Serves `/openapi/v3` and `/openapi/v3/<group version>`; `undefined` for every other path. */
export function openApi(registry: Registry, path: string): string | undefined {
  if (!/^\/openapi\/v3(?:\/|$)/.test(path)) return undefined;
  const name = path.slice("/openapi/v3".length).replace(/^\/|\/$/g, "");
  const groups = groupVersions(registry);
  if (name !== "") {
    const types = groups.get(name);
    return types === undefined ? undefined : documentOf(registry, name, types).text;
  }
  const paths: JsonMap = {};
  for (const [each, types] of groups) {
    paths[each] = { serverRelativeURL: `/openapi/v3/${each}?hash=${documentOf(registry, each, types).hash}` };
  }
  return stringifyJson({ paths });
}

function groupVersions(registry: Registry): Map<string, ResourceVersion[]> {
  const groups = new Map<string, ResourceVersion[]>();
  for (const resource of registry.resources) {
    for (const type of resource.versions) {
      const name = rootOf(type);
      const types = groups.get(name);
      if (types === undefined) groups.set(name, [type]);
      else types.push(type);
    }
  }
  return groups;
}

function rootOf({ group, version }: ResourceVersion): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function documentOf(
  registry: Registry,
  name: string,
  types: readonly ResourceVersion[],
): { text: string; hash: string } {
  if (cached?.registry !== registry || cached.generation !== registry.generation) {
    cached = { registry, generation: registry.generation, documents: new Map() };
  }
  let document = cached.documents.get(name);
  if (document === undefined) {
    const text = stringifyJson(makeDocument(types));
    document = { text, hash: sha256Hex(text).toUpperCase() };
    cached.documents.set(name, document);
  }
  return document;
}

function makeDocument(types: readonly ResourceVersion[]): JsonMap {
  const schemas: JsonMap = {};
  const paths: JsonMap = {};
  for (const type of types) {
    const name = schemaName(type);
    if (type.resource.custom) {
      const gvk = [{ group: type.group, version: type.version, kind: type.resource.kind }];
      schemas[name] = { ...withAllOf(type.schema.source) as JsonMap, "x-kubernetes-group-version-kind": gvk };
      collect(type.schema.source, schemas);
    } else collect({ $ref: refPrefix + name }, schemas);
    Object.assign(paths, pathsOf(type, name));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: serverVersion.gitVersion },
    paths,
    components: { schemas },
  };
}

function schemaName(type: ResourceVersion): string {
  if (!type.resource.custom) return definitionName(type.group, type.version, type.resource.kind);
  return `${type.group.split(".").reverse().join(".")}.${type.version}.${type.resource.kind}`;
}

/** Adds every definition that a schema refers to. */
function collect(schema: Json, schemas: JsonMap): void {
  if (Array.isArray(schema)) {
    for (const item of schema) collect(item, schemas);
    return;
  }
  if (!isMap(schema)) return;
  const ref = schema["$ref"];
  if (typeof ref === "string") {
    const name = ref.slice(refPrefix.length);
    if (!Object.hasOwn(schemas, name)) {
      const definition = builtInModels()[name] ?? {};
      schemas[name] = withAllOf(definition);
      collect(definition, schemas);
    }
  }
  for (const value of Object.values(schema)) collect(value, schemas);
}

/**
 * OpenAPI 3.0 ignores what stands beside a `$ref`: such a reference goes into an `allOf`. Our own marks are left out.
 */
function withAllOf(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withAllOf);
  if (!isMap(schema)) return schema;
  const out: JsonMap = {};
  const beside = Object.keys(schema).length > 1;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "x-omit" || key === "x-null" || key === "x-wire") continue;
    if (key === "$ref" && beside) out["allOf"] = [{ $ref: value }];
    else out[key] = withAllOf(value);
  }
  return out;
}

/** Only what kubectl looks for: which writes take which parameters. */
function pathsOf(type: ResourceVersion, name: string): JsonMap {
  const { resource } = type;
  const root = `/${rootOf(type)}${resource.namespaced ? "/namespaces/{namespace}" : ""}/${resource.plural}`;
  const gvk = { group: type.group, version: type.version, kind: resource.kind };
  const content = { "application/json": { schema: { $ref: refPrefix + name } } };
  const operation = (action: string, parameters: readonly string[]): JsonMap => ({
    operationId: `${action}${gvk.group}${gvk.version}${resource.namespaced ? "Namespaced" : ""}${resource.kind}`,
    parameters: parameters.map((each) => ({ name: each, in: "query", schema: { type: "string", uniqueItems: true } })),
    responses: { "200": { description: "OK", content } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
  });
  const write = ["dryRun", "fieldManager", "fieldValidation"];
  return {
    [root]: { get: operation("list", ["labelSelector", "fieldSelector"]), post: operation("post", write) },
    [`${root}/{name}`]: {
      get: operation("get", []),
      put: operation("put", write),
      patch: operation("patch", [...write, "force"]),
      delete: operation("delete", ["dryRun", "propagationPolicy", "gracePeriodSeconds"]),
    },
  };
}
