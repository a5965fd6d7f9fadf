import { type JsonMap, stringifyJson } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { ResourceVersion } from "./resource.ts";
import { converted, type Steps } from "./steps.ts";

/** What is converted already: a stored object is converted once for each version, however many read it. */
const known = new WeakMap<ResourceVersion, WeakMap<KubeObject, KubeObject>>();

/** Objects of one review; a list is several. */
const maxObjects = 500;

/** Stored objects at a version, in the light of what its schema is now. */
export function* readAt(type: ResourceVersion, stored: readonly KubeObject[]): Steps<KubeObject[]> {
  const { resource } = type;
  const byName = (object: KubeObject) => resource.read(object as unknown as JsonMap, type) as unknown as KubeObject;
  if (resource.conversion === undefined) return stored.map(byName);
  let made = known.get(type);
  if (made === undefined) known.set(type, made = new WeakMap());
  const missing = stored.filter((object) => object.apiVersion !== type.apiVersion && !made.has(object));
  for (let at = 0; at < missing.length; at += maxObjects) {
    const some = missing.slice(at, at + maxObjects);
    const filled = some.map((object) => resource.conversion!.filled(object));
    const read = yield* fittedTo(type, filled);
    some.forEach((object, i) => made.set(object, read[i]!));
  }
  return stored.map((object) => made.get(object) ?? byName(object));
}

/** True where an object cannot be read without a webhook. */
export function needsWebhook(type: ResourceVersion, stored: KubeObject): boolean {
  return type.resource.conversion !== undefined && stored.apiVersion !== type.apiVersion &&
    known.get(type)?.has(stored) !== true;
}

/** An object of any version as it is stored. */
export function* storedForm(type: ResourceVersion, object: KubeObject): Steps<KubeObject> {
  const { resource } = type;
  if (resource.conversion === undefined || object.apiVersion === resource.storage.apiVersion) {
    return resource.write(object as unknown as JsonMap) as unknown as KubeObject;
  }
  return (yield* fittedTo(resource.storage, [object]))[0]!;
}

function* fittedTo(type: ResourceVersion, objects: readonly KubeObject[]): Steps<KubeObject[]> {
  const made = yield* converted(objects, type);
  return made.map((object) => type.resource.conversion!.fitted(object, type));
}

/** Converts an object within a computation that is no generator. */
export type Convert = (object: JsonMap, to: ResourceVersion) => JsonMap;

class ConversionNeeded extends Error {
  constructor(readonly object: JsonMap, readonly to: ResourceVersion, readonly key: string) {
    super("An object has to be converted first");
  }
}

/** More conversions in one computation are an error. */
const maxRounds = 200;

/**
 * Runs a computation that reads objects at other versions. It is run again after each conversion that it turns out to
 * need, so it must give the same result each time and change nothing.
 */
export function* withConversions<T>({ resource }: ResourceVersion, compute: (convert: Convert) => T): Steps<T> {
  if (resource.conversion === undefined) return compute((object, to) => resource.convert(object, to));
  const results = new Map<string, JsonMap>();
  const convert: Convert = (object, to) => {
    if (object["apiVersion"] === to.apiVersion) return object;
    const key = `${to.apiVersion} ${stringifyJson(object)}`;
    const found = results.get(key);
    if (found === undefined) throw new ConversionNeeded(object, to, key);
    return found;
  };
  for (let round = 0; round < maxRounds; round++) {
    try {
      return compute(convert);
    } catch (error) {
      if (!(error instanceof ConversionNeeded)) throw error;
      const [made] = yield* fittedTo(error.to, [error.object as unknown as KubeObject]);
      results.set(error.key, made as unknown as JsonMap);
    }
  }
  throw new Error(`Cannot convert an object: it takes more than ${maxRounds} conversions`);
}
