import { z } from "zod";
import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";

/** Longest text of a name, a uid or a path in a review; Kubernetes' names are shorter. */
const maxText = 1024;
/** Members of groups are counted in hundreds where identity providers send all of them. */
const maxGroups = 10_000;
/** Deeper objects are refused: everything that reads an object may recurse. The API server lets 10,000 levels through. */
export const maxDepth = 200;

const text = z.string().max(maxText);
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
      username: text.nullish(),
      uid: text.nullish(),
      groups: z.array(text).max(maxGroups).nullish(),
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
  if (depthExceeds(body, maxDepth)) {
    throw new ReviewError(`Cannot review an object that is nested more than ${maxDepth} levels deep`);
  }
  const { success, data, error } = admissionReview.safeParse(body);
  if (!success) throw new ReviewError(`Cannot read the AdmissionReview: ${issueText(error)}`);
  const { request } = data;
  const { username, uid, groups } = request.userInfo;
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
