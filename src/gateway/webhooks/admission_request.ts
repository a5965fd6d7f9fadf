import { z } from "zod";
import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";

/** Longest text of a name, a uid or a path in a review; Kubernetes' names are shorter. */
const maxText = 1024;
/**
 * Deeper objects are not evaluated: everything that reads an object may recurse. The API server lets 10,000 levels
 * through, so this is no error of the request, which `failurePolicy: Ignore` would admit: see `isTooDeep`.
 */
export const maxDepth = 200;

const text = z.string().max(maxText);
// Neither the API server nor an identity provider bounds them, and a review that is refused as unreadable is admitted
// under `failurePolicy: Ignore`: they have the bound of the body alone.
const groups = z.custom<string[]>(
  (value) => Array.isArray(value) && value.every((group) => typeof group === "string"),
  "Expected a list of texts",
);
// The object is passed on as it was sent; zod must not copy it, drop keys, or follow a `__proto__`.
const object = z.custom<JsonMap>((value) => isMap(value), "Expected an object").nullish();

/** What is read of `AdmissionReview.request` (admission.k8s.io/v1); the API server sends more. */
const admissionReview = z.object({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  request: z.object({
    uid: text.min(1),
    kind: z.object({ group: text, version: text.min(1), kind: text.min(1) }),
    resource: z.object({ group: text, version: text.min(1), resource: text.min(1) }),
    subResource: text.nullish(),
    name: text.nullish(),
    namespace: text.nullish(),
    operation: z.enum(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
    userInfo: z.object({
      username: z.string().nullish(),
      uid: z.string().nullish(),
      groups: groups.nullish(),
    }),
    object,
    oldObject: object,
    dryRun: z.boolean().nullish(),
  }),
});

/** A request to the API server, as its webhooks see it; what was not sent is absent. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subresource?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly userInfo: {
    readonly username: string;
    readonly uid?: string | undefined;
    readonly groups: readonly string[];
  };
  /** As it is to be stored; its name may still be missing. Absent for DELETE. */
  readonly object?: KubeObject | undefined;
  /** As it is stored. Absent for CREATE. */
  readonly oldObject?: KubeObject | undefined;
  readonly dryRun: boolean;
  /** An object is nested more than `maxDepth` levels deep: only its metadata may be read. */
  readonly isTooDeep: boolean;
}

/** A body that is no review; its message is for the caller. */
export class ReviewError extends Error {
  override name = "ReviewError";

  /** `uid` of the review, where it could be read. */
  constructor(message: string, readonly uid?: string) {
    super(message);
  }
}

/** Reads an AdmissionReview. Throws `ReviewError`. */
export function readAdmissionReview(body: Json): AdmissionRequest {
  const { success, data, error } = admissionReview.safeParse(body);
  if (!success) throw new ReviewError(`Cannot read the AdmissionReview: ${issueText(error)}`);
  const { request } = data;
  const { username, uid, groups } = request.userInfo;
  const objects = [request.object, request.oldObject];
  return {
    uid: request.uid,
    kind: request.kind,
    resource: request.resource,
    subresource: request.subResource || undefined,
    name: request.name || undefined,
    namespace: request.namespace || undefined,
    operation: request.operation,
    userInfo: { username: username ?? "", uid: uid ?? undefined, groups: groups ?? [] },
    object: kubeObject(request.object, "object"),
    oldObject: kubeObject(request.oldObject, "oldObject"),
    dryRun: request.dryRun ?? false,
    isTooDeep: objects.some((object) => object !== null && object !== undefined && depthExceeds(object, maxDepth)),
  };
}

/** The first thing that is wrong, with its path. */
export function issueText(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "it has an unexpected form";
  const path = issue.path.map(String).join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}

function kubeObject(value: JsonMap | null | undefined, where: string): KubeObject | undefined {
  if (value === null || value === undefined) return undefined;
  const { metadata } = value;
  if (!Object.hasOwn(value, "metadata") || !isMap(metadata)) {
    throw new ReviewError(`Cannot read the AdmissionReview: request.${where}.metadata: Expected an object`);
  }
  // The API server's types bound it, but for `managedFields`, which mirror the object and are never read.
  if (depthExceeds({ ...metadata, managedFields: null }, maxDepth)) {
    throw new ReviewError(`Cannot read metadata that is nested more than ${maxDepth} levels deep`);
  }
  for (const key of ["labels", "annotations"]) {
    const map = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    if (map !== undefined && map !== null && !isMap(map)) {
      throw new ReviewError(`Cannot read the AdmissionReview: request.${where}.metadata.${key}: Expected an object`);
    }
  }
  return value as unknown as KubeObject;
}

/** Without recursion, so that no depth of the body can exhaust the stack. */
export function depthExceeds(value: Json, limit: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const inner of Array.isArray(item) ? item : Object.values(item)) {
        if (typeof inner === "object" && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
}
