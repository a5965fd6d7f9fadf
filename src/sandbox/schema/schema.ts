import { isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";

/** How a list is merged and owned (`x-kubernetes-list-type`). */
export type ListType = "atomic" | "map" | "set";

const refPrefix = "#/components/schemas/";
/** The definition of `ObjectMeta`. */
export const objectMetaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const objectMetaRef = `${refPrefix}${objectMetaName}`;

/** One of the fields that every object has. */
export function isObjectField(name: string): boolean {
  return name === "apiVersion" || name === "kind" || name === "metadata";
}

/**
 * One node of an OpenAPI v3 schema, read lazily: definitions may be recursive.
 * Serves built-in kinds (published OpenAPI) and custom resources (their CRD's structural schema) alike.
 */
export class Schema {
  /** The schema as written, with a reference resolved and what stands beside it laid over. */
  readonly source: JsonMap;
  /** "" accepts any type. */
  readonly type: string;
  readonly #models: Models;
  readonly #properties = new Map<string, Schema>();
  readonly #own = new Map<string, Schema>();
  #items: Schema | undefined;
  #additional: Schema | undefined;

  constructor(source: JsonMap, models: Models) {
    const ref = ownValue(source, "$ref");
    this.source = typeof ref === "string" ? { ...models.source(ref.slice(refPrefix.length)), ...source } : source;
    this.#models = models;
    this.type = this.text("type") ?? "";
  }

  /** The schema of a named field. */
  property(name: string): Schema | undefined {
    const known = this.#properties.get(name);
    if (known !== undefined) return known;
    const properties = ownValue(this.source, "properties");
    const source = isMap(properties) ? ownValue(properties, name) : undefined;
    if (!isMap(source)) return undefined;
    const schema = this.#models.node(source);
    this.#properties.set(name, schema);
    return schema;
  }

  get propertyNames(): readonly string[] {
    const properties = ownValue(this.source, "properties");
    return isMap(properties) ? Object.keys(properties) : [];
  }

  /** The schema of a list's items; anything when it is not said. */
  get items(): Schema {
    return this.#items ??= this.#models.node(this.#map("items") ?? {});
  }

  /** The schema of map values under free keys; `undefined` when free keys are not described. */
  get additional(): Schema | undefined {
    const source = this.#map("additionalProperties");
    if (source === undefined) return undefined;
    return this.#additional ??= this.#models.node(source);
  }

  /** True when every key is welcome: `additionalProperties: true`, or an object about which nothing is said. */
  get freeForm(): boolean {
    return this.source["additionalProperties"] === true;
  }

  /** The schema that a key of a map is held to, and whether it is a named field. */
  field(name: string): { schema: Schema; named: boolean } | undefined {
    const named = this.property(name);
    if (named !== undefined) return { schema: named, named: true };
    const additional = this.additional;
    return additional === undefined ? undefined : { schema: additional, named: false };
  }

  /** The same, with the fields that an embedded object has like every other, whatever its schema says. */
  tracked(name: string): { schema: Schema; named: boolean } | undefined {
    if (this.embedded && isObjectField(name)) {
      const source: JsonMap = name === "metadata" ? { $ref: objectMetaRef } : { type: "string" };
      let schema = this.#own.get(name);
      if (schema === undefined) this.#own.set(name, schema = this.#models.node(source));
      return { schema, named: true };
    }
    return this.field(name);
  }

  get default(): Json | undefined {
    return ownValue(this.source, "default");
  }

  get required(): readonly string[] {
    const required = ownValue(this.source, "required");
    return Array.isArray(required) ? required as string[] : [];
  }

  get nullable(): boolean {
    return this.source["nullable"] === true;
  }

  get preservesUnknown(): boolean {
    return this.source["x-kubernetes-preserve-unknown-fields"] === true;
  }

  get intOrString(): boolean {
    return this.source["x-kubernetes-int-or-string"] === true || this.source["format"] === "int-or-string";
  }

  get embedded(): boolean {
    return this.source["x-kubernetes-embedded-resource"] === true;
  }

  get listType(): ListType {
    const type = this.text("x-kubernetes-list-type");
    return type === "map" || type === "set" ? type : "atomic";
  }

  get listKeys(): readonly string[] {
    const keys = ownValue(this.source, "x-kubernetes-list-map-keys");
    return Array.isArray(keys) ? keys as string[] : [];
  }

  get atomicMap(): boolean {
    return this.source["x-kubernetes-map-type"] === "atomic";
  }

  text(key: string): string | undefined {
    const value = ownValue(this.source, key);
    return typeof value === "string" ? value : undefined;
  }

  number(key: string): number | bigint | undefined {
    const value = ownValue(this.source, key);
    return typeof value === "number" || typeof value === "bigint" ? value : undefined;
  }

  /** The schemas under `allOf`, `anyOf` or `oneOf`. */
  branches(key: "allOf" | "anyOf" | "oneOf"): readonly Schema[] {
    const branches = ownValue(this.source, key);
    return Array.isArray(branches) ? branches.filter(isMap).map((source) => this.#models.node(source)) : [];
  }

  /** The schema under `not`. */
  branch(key: "not"): Schema | undefined {
    const source = this.#map(key);
    return source === undefined ? undefined : this.#models.node(source);
  }

  #map(key: string): JsonMap | undefined {
    const value = ownValue(this.source, key);
    return isMap(value) ? value : undefined;
  }
}

/** Named definitions, each made into one `Schema` at most. */
export class Models {
  readonly #definitions: JsonMap;
  readonly #nodes = new Map<string, Schema>();

  constructor(definitions: JsonMap) {
    this.#definitions = definitions;
  }

  source(name: string): JsonMap {
    const definition = ownValue(this.#definitions, name);
    return isMap(definition) ? definition : {};
  }

  node(source: JsonMap): Schema {
    const ref = source["$ref"];
    if (typeof ref !== "string" || Object.keys(source).some((key) => key !== "$ref" && key !== "description")) {
      return new Schema(source, this);
    }
    let node = this.#nodes.get(ref);
    if (node === undefined) this.#nodes.set(ref, node = new Schema({ $ref: ref }, this));
    return node;
  }

  named(name: string): Schema {
    return this.node({ $ref: refPrefix + name });
  }
}
