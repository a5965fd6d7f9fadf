import { z } from "zod";
import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { depthExceeds, issueText, maxDepth, ReviewError } from "./admission_request.ts";

/** Objects in one review: the API server converts a page of a list at a time. */
const maxObjects = 10_000;

const text = z.string().max(1024);

/** `ConversionReview.request` (apiextensions.k8s.io/v1). */
const conversionReview = z.object({
  apiVersion: z.literal("apiextensions.k8s.io/v1"),
  kind: z.literal("ConversionReview"),
  request: z.object({
    uid: text.min(1),
    desiredAPIVersion: text.min(1),
    // Passed on as they were sent: keys of users may be anything.
    objects: z.array(z.custom<JsonMap>((value) => isMap(value), "Expected an object")).max(maxObjects),
  }),
});

export interface ConversionRequest {
  readonly uid: string;
  readonly desiredApiVersion: string;
  readonly objects: readonly KubeObject[];
}

/** Reads a ConversionReview. Throws `ReviewError`. */
export function readConversionReview(body: Json): ConversionRequest {
  // The review, its request, and the list are round the objects.
  if (depthExceeds(body, maxDepth + 3)) {
    throw new ReviewError(`Cannot convert an object that is nested more than ${maxDepth} levels deep`);
  }
  const { success, data, error } = conversionReview.safeParse(body);
  if (!success) throw new ReviewError(`Cannot read the ConversionReview: ${issueText(error)}`);
  const { uid, desiredAPIVersion, objects } = data.request;
  objects.forEach((object, index) => {
    const isText = (key: string): boolean => typeof object[key] === "string" && object[key] !== "";
    if (isText("apiVersion") && isText("kind") && isMap(object["metadata"])) return;
    const what = `request.objects.${index}: Expected an object with apiVersion, kind and metadata`;
    throw new ReviewError(`Cannot read the ConversionReview: ${what}`);
  });
  return { uid, desiredApiVersion: desiredAPIVersion, objects: objects as unknown as KubeObject[] };
}

/** The response to a review: the converted objects in the order of the request, or why one of them cannot be. */
export function conversionResponse(
  { uid }: ConversionRequest,
  result: { readonly objects: readonly KubeObject[] } | { readonly failure: string },
): JsonMap {
  const response: JsonMap = "failure" in result
    ? { uid, result: { status: "Failure", message: result.failure } }
    : { uid, result: { status: "Success" }, convertedObjects: result.objects as unknown as Json };
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview", response };
}
