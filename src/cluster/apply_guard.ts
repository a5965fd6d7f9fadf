import { groupKind, type KubeObject, type ResourceType } from "../k8s/object.ts";
import { ApiError, isNotFound, type RequestLine } from "./api_error.ts";

/**
 * Which object an apply may write. `"absent"`: none; it creates the object or fails (`isAlreadyThere`). `{ uid }`: this
 * very one; it never creates one, nor changes another of the same name (`isGone`, `isOtherObject`).
 *
 * The status endpoint of a custom resource does not look at the uid.
 */
export type ApplyGuard = "absent" | { readonly uid: string };

/** A version that no object has; "0" and "" would match any. */
const versionOfNone = "1";

/**
 * The object with the guard in its metadata. kube-apiserver takes both for preconditions of an apply, with `force`, too
 * (measured on 1.37; k8s.io/apiserver, pkg/registry/rest/update.go and generic/registry/store.go).
 */
export function guarded(object: KubeObject, guard: ApplyGuard): KubeObject {
  const precondition = guard === "absent" ? { resourceVersion: versionOfNone } : { uid: guard.uid };
  return { ...object, metadata: { ...object.metadata, ...precondition } };
}

/**
 * An apply with `onlyIf: "absent"` found an object of that name, whatever its origin: 409 `Conflict` whose details name the
 * object or, without `force`, whose causes are fields of other managers. A Conflict about something else (a quota that
 * was changed meanwhile) is none.
 */
export function isAlreadyThere(error: unknown): error is ApiError & { readonly status: 409 } {
  if (!(error instanceof ApiError) || error.status !== 409) return false;
  return namesWhatWasAsked(error) || error.causes.some(({ reason }) => reason === "FieldManagerConflict");
}

/**
 * An apply with `onlyIf: { uid }` found nothing: 409 `Conflict` whose details name the object. An apply that others
 * overtook five times gets the same status, reason and details, so here the text decides: "uid mismatch".
 * On the status endpoint it is 404.
 */
export function isGone(error: unknown): error is ApiError {
  if (isNotFound(error)) return namesWhatWasAsked(error);
  return error instanceof ApiError && error.status === 409 && namesWhatWasAsked(error) &&
    error.raw.includes("uid mismatch");
}

/** An apply with `onlyIf: { uid }` found another object of that name: 422 `Invalid` with a cause on `metadata.uid`. */
export function isOtherObject(error: unknown): error is ApiError & { readonly status: 422 } {
  return error instanceof ApiError && error.status === 422 &&
    error.causes.some(({ field, reason }) => field === "metadata.uid" && reason === "FieldValueInvalid");
}

/**
 * A delete with a uid found another object of that name, or none: 409 `Conflict`. So is one that others overtook, and
 * one that an admission plugin refuses; the text decides (apiserver: `rest.BeforeDelete`, `storage.Preconditions.Check`).
 */
export function isOtherUid(error: unknown): error is ApiError & { readonly status: 409 } {
  return error instanceof ApiError && error.status === 409 && /UID in (?:the )?precondition/.test(error.raw);
}

/**
 * The server creates nothing that has a resourceVersion, not even by apply (seen with Services on Kubernetes 1.22:
 * kubernetes/kubernetes#106745). It is a plain 500 without reason or details: the text is all there is.
 */
export function refusesVersion(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.details === undefined &&
    error.raw.includes("resourceVersion should not be set on objects to be created");
}

/** Thrown in place of the server's Conflict, where the server cannot check the precondition. */
export function alreadyThere(type: ResourceType, name: string, request: RequestLine): ApiError {
  return new ApiError(`${groupKind(type)} "${name}" is there already`, {
    status: 409,
    reason: "Conflict",
    request,
    details: { name, group: type.group, kind: type.plural },
  });
}

/**
 * `details.kind` is the resource here, as `deployments`; a path ends in `/deployments/web` or
 * `/deployments/web/status`.
 */
function namesWhatWasAsked({ details, request }: ApiError): boolean {
  if (details?.name === undefined || details.kind === undefined) return false;
  const [path = ""] = request.path.split("?");
  const object = `/${encodeURIComponent(details.kind)}/${encodeURIComponent(details.name)}`;
  return path.endsWith(object) || path.endsWith(`${object}/status`);
}
