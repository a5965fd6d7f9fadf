import { byteLength } from "../base/shorten.ts";
import { canonicalJson, isMap, type Json, type JsonMap, ownValue, parseJson, setOwn } from "../base/json.ts";

/** Fields that a version does not have, as JSON: `{"v1alpha1": {"spec": {"size": 3}}}` (ruling 97). */
export const carriedAnnotation = "orkestra.orkspace.io/carried";

/** What the API server accepts of all annotations together, keys and values (`ValidateAnnotationsSize`). */
export const maxAnnotationBytes = 256 * 1024;

/**
 * What an object carries, by version. An annotation that is not of this form counts as none: a user who can write one
 * object must not be able to make lists of all objects fail.
 */
export function readCarried(metadata: JsonMap): JsonMap {
  const annotations = ownValue(metadata, "annotations");
  const text = isMap(annotations) ? ownValue(annotations, carriedAnnotation) : undefined;
  if (typeof text !== "string") return {};
  try {
    const value = parseJson(text);
    return isMap(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The metadata with this in the annotation; nothing else is touched. Without any, there is no annotation. */
export function withCarried(metadata: JsonMap, carried: JsonMap): JsonMap {
  const present = ownValue(metadata, "annotations");
  const annotations: JsonMap = isMap(present) ? { ...present } : {};
  const had = Object.hasOwn(annotations, carriedAnnotation);
  delete annotations[carriedAnnotation];
  if (Object.keys(carried).length > 0) annotations[carriedAnnotation] = canonicalJson(carried);
  else if (!had) return metadata;
  if (Object.keys(annotations).length > 0) return { ...metadata, annotations };
  const { annotations: _none, ...rest } = metadata;
  return rest;
}

/** UTF-8 bytes of all annotations, as the API server counts them. */
export function annotationBytes(metadata: JsonMap): number {
  const annotations = ownValue(metadata, "annotations");
  if (!isMap(annotations)) return 0;
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    bytes += byteLength(key) + (typeof value === "string" ? byteLength(value) : 0);
  }
  return bytes;
}

/** `carried` with what one version has in place of what it had; `undefined`: nothing. */
export function replaceCarried(carried: JsonMap, version: string, fields: Json | undefined): JsonMap {
  const { [version]: _former, ...rest } = carried;
  if (fields !== undefined) setOwn(rest, version, fields);
  return rest;
}
