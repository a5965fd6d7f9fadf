import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { apiVersionOf, type KubeObject, splitApiVersion } from "../k8s/object.ts";
import type { ConversionPathPlan, ConversionPlan } from "../plan/plan.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { annotationBytes, maxAnnotationBytes, readCarried, replaceCarried, withCarried } from "./convert_carried.ts";
import type { PathTree } from "./convert_paths.ts";
import { pathsBelow } from "./convert_paths.ts";
import { compileTree, readsOf, renderTree, type ValueTemplate, writesOf } from "./convert_render.ts";
import { findRoute } from "./convert_route.ts";
import { anything, compileSchema, type FieldSchema, schemaOfKey } from "./convert_schema.ts";
import { laidUnder, unmapped } from "./convert_unmapped.ts";

export { admits, compileSchema, type FieldSchema } from "./convert_schema.ts";

/** An object cannot be converted; the message says which, and why. */
export class ConversionError extends Error {
  override name = "ConversionError";
}

/** A `ConversionPlan` with its templates parsed and its schemas read. */
export interface CompiledConversion {
  readonly plan: ConversionPlan;
  /** Of each version that is known. */
  readonly schemas: ReadonlyMap<string, FieldSchema>;
  readonly steps: readonly Step[];
  /** `from/to` → what leads there, found once. */
  readonly routes: Map<string, readonly Step[] | undefined>;
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly spec: ValueTemplate;
  /** Fields of the source that templates read. */
  readonly reads: PathTree;
  /** Fields of the target that are made by this path. */
  readonly writes: PathTree;
  readonly target: FieldSchema;
}

/** Parses the templates of a plan once. The loader has checked them all, so this throws only on a defect. */
export function compileConversion(plan: ConversionPlan): CompiledConversion {
  const templates = new Templates();
  const schemas = new Map(plan.versions.map(({ name, schema }) => [name, compileSchema(schema)]));
  return {
    plan,
    schemas,
    steps: plan.paths.map((path) => compileStep(path, schemas.get(path.to) ?? anything, templates)),
    routes: new Map(),
  };
}

function compileStep(path: ConversionPathPlan, target: FieldSchema, templates: Templates): Step {
  const { from, to, positions, at } = path;
  const spec = compileTree(path.spec, positions, at, templates);
  return { from, to, spec, reads: readsOf(spec), writes: writesOf(spec, ["spec"]), target };
}

/**
 * The object in another version of its kind (ruling 97). Directly, where there is a path, else by way of the storage
 * version. `spec` is made by the path; what no template reads is copied where the target has the same field, else
 * carried in an annotation and put back on the way back. `metadata` is untouched but for that annotation, and `status`
 * altogether. The object given is not changed; the result shares parts with it.
 *
 * Throws `ConversionError`: another kind, an unknown version, no path, a template that fails, a value that its field
 * cannot have, or more to carry than annotations hold.
 */
export function convert(conversion: CompiledConversion, object: KubeObject, desiredApiVersion: string): KubeObject {
  const { group, kind } = conversion.plan;
  const from = splitApiVersion(object.apiVersion);
  const to = splitApiVersion(desiredApiVersion);
  const fail = (why: string): never => {
    throw new ConversionError(`Cannot convert ${nameOf(object)} from ${from.version} to ${to.version}: ${why}`);
  };
  if (object.kind !== kind || from.group !== group) return fail(`these paths are for ${kind}.${group}`);
  if (to.group !== group) return fail(`${cut(desiredApiVersion)} is not of the group ${group}`);
  if (from.version === to.version) return object;
  try {
    const route = routeOf(conversion, from.version, to.version) ??
      fail(missingPath(conversion, from.version, to.version));
    let converted = object as unknown as JsonMap;
    for (const step of route) converted = convertStep(step, converted, apiVersionOf({ group, version: step.to }));
    return converted as unknown as KubeObject;
  } catch (error) {
    if (error instanceof RenderError || error instanceof TooMuch) return fail(error.message);
    // The engine's own limit, for what is nested thousands of levels deep.
    if (error instanceof RangeError) return fail("the object is nested too deeply");
    throw error;
  }
}

/** Fields of an object that no path converts. */
const fixed: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

function convertStep(step: Step, source: JsonMap, apiVersion: string): JsonMap {
  const { from, to, target } = step;
  const metadata = mapOf(ownValue(source, "metadata"));
  const rendered = renderTree(step.spec, source, schemaOfKey(target, "spec") ?? anything, "spec");
  const body: JsonMap = {};
  if (rendered !== undefined) setOwn(body, "spec", rendered);

  const leftOut: JsonMap = {};
  let result = body;
  for (const [key, value] of Object.entries(source)) {
    if (fixed.has(key)) continue;
    const schema = schemaOfKey(target, key);
    const { copied, carried } = unmapped(value, pathsBelow(step.reads, key), pathsBelow(step.writes, key), schema);
    if (copied !== undefined) result = mapOf(laidUnder(result, { [key]: copied }, anything));
    if (carried !== undefined) setOwn(leftOut, key, carried);
  }

  const carried = readCarried(metadata);
  const returned = ownValue(carried, to);
  if (isMap(returned)) {
    for (const [key, value] of Object.entries(returned)) {
      const schema = fixed.has(key) ? undefined : schemaOfKey(target, key);
      const merged = laidUnder(ownValue(result, key), value, schema);
      if (merged !== undefined) result = withKey(result, key, merged);
    }
  }
  // CRDs commonly require `spec`, though all that it had may be carried.
  if (isMap(ownValue(source, "spec")) && !Object.hasOwn(result, "spec")) result = withKey(result, "spec", {});

  const rest = replaceCarried(carried, to, undefined);
  const next = replaceCarried(rest, from, Object.keys(leftOut).length > 0 ? leftOut : undefined);
  return assemble(source, apiVersion, withBoundedCarried(metadata, next, to), result);
}

/** The keys of the source in their order, then those that the target has besides. */
function assemble(source: JsonMap, apiVersion: string, metadata: JsonMap, body: JsonMap): JsonMap {
  const result: JsonMap = {};
  for (const key of Object.keys(source)) {
    if (key === "apiVersion") result[key] = apiVersion;
    else if (key === "metadata") result[key] = metadata;
    else if (fixed.has(key)) result[key] = source[key]!;
    else if (Object.hasOwn(body, key)) setOwn(result, key, body[key]!);
  }
  for (const [key, value] of Object.entries(body)) if (!Object.hasOwn(result, key)) setOwn(result, key, value);
  return result;
}

class TooMuch extends Error {}

/** The API server would store more, and then refuse every later update of the object. */
function withBoundedCarried(metadata: JsonMap, carried: JsonMap, to: string): JsonMap {
  const result = withCarried(metadata, carried);
  if (Object.keys(carried).length === 0) return result;
  const bytes = annotationBytes(result);
  if (bytes <= maxAnnotationBytes) return result;
  throw new TooMuch(
    `with the fields that ${to} does not have, the annotations come to ${bytes} bytes, and the API server accepts ` +
      `${maxAnnotationBytes}; map these fields, or add them to the schema of ${to}`,
  );
}

function routeOf(conversion: CompiledConversion, from: string, to: string): readonly Step[] | undefined {
  const { plan, schemas, steps, routes } = conversion;
  if (!schemas.has(from) || !schemas.has(to)) return undefined;
  const key = `${from}/${to}`;
  if (!routes.has(key)) routes.set(key, findRoute(steps, from, to, plan.storageVersion));
  return routes.get(key);
}

function missingPath({ plan: { storageVersion }, schemas }: CompiledConversion, from: string, to: string): string {
  const unknown = [from, to].find((version) => !schemas.has(version));
  if (unknown !== undefined) return `"${cut(unknown)}" is no version that the Katalog knows`;
  const via = from === storageVersion || to === storageVersion ? "" : `, nor by way of ${storageVersion}`;
  return `no path leads there${via}; add one: {from: ${from}, to: ${to}, spec: {…}}`;
}

function withKey(map: JsonMap, key: string, value: Json): JsonMap {
  const result = { ...map };
  setOwn(result, key, value);
  return result;
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

/** `Shop team/one` */
function nameOf({ kind, metadata }: KubeObject): string {
  const { namespace, name } = metadata ?? {};
  return [cut(kind), namespace === undefined ? name : `${namespace}/${name}`].join(" ").trim();
}

function cut(text: string): string {
  return shortenMiddle(text, 100);
}
