import type { JsonMap } from "../base/json.ts";

/** One cause in the details of a Status (`metav1.StatusCause`). */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** What names a resource in error messages. */
export interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

interface Details {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: readonly Cause[];
  retryAfterSeconds?: number;
}

/** A response that is an error, as the API server words it (`metav1.Status`). */
export class ApiFault extends Error {
  override name = "ApiFault";

  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: Details,
    /** More of `metadata`, such as the continue token that comes with an expired one. */
    readonly metadata: JsonMap = {},
    /** More about the cause than the API server says. */
    readonly hint = "",
  ) {
    super(message);
  }

  /** The Status object, which is the body of the response. */
  toStatus(): JsonMap {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.metadata,
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: { ...this.details } as unknown as JsonMap }),
      code: this.code,
    };
  }
}

function qualified(type: { group: string }, name: string): string {
  return type.group === "" ? name : `${name}.${type.group}`;
}

function detailsOf(type: Named, name: string): Details {
  return { name, ...(type.group === "" ? {} : { group: type.group }), kind: type.plural };
}

export function notFound(type: Named, name: string): ApiFault {
  return new ApiFault(404, "NotFound", `${qualified(type, type.plural)} "${name}" not found`, detailsOf(type, name));
}

export function alreadyExists(type: Named, name: string): ApiFault {
  const message = `${qualified(type, type.plural)} "${name}" already exists`;
  return new ApiFault(409, "AlreadyExists", message, detailsOf(type, name));
}

export function conflict(type: Named, name: string, why: string): ApiFault {
  const message = `Operation cannot be fulfilled on ${qualified(type, type.plural)} "${name}": ${why}`;
  return new ApiFault(409, "Conflict", message, detailsOf(type, name));
}

/** The message of a conflict over `resourceVersion`. */
export const staleVersion =
  "the object has been modified; please apply your changes to the latest version and try again";

export function forbidden(type: Named, name: string, why: string, causes?: readonly Cause[]): ApiFault {
  const message = `${qualified(type, type.plural)} "${name}" is forbidden: ${why}`;
  const details = detailsOf(type, name);
  return new ApiFault(403, "Forbidden", message, causes === undefined ? details : { ...details, causes });
}

export function badRequest(message: string): ApiFault {
  return new ApiFault(400, "BadRequest", message);
}

/** One field that is wrong. `message` begins as the API server begins it: `Required value`, `Invalid value: "x": …`. */
export interface FieldError {
  readonly field: string;
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueNotSupported"
    | "FieldValueForbidden"
    | "FieldValueDuplicate"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueTypeInvalid"
    | "FieldValueNotFound";
  readonly message: string;
}

/** 422: the object does not hold to the rules of its kind. `errors` is not empty. */
export function invalid(type: Named, name: string, errors: readonly FieldError[]): ApiFault {
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  return new ApiFault(422, "Invalid", `${qualified(type, type.kind)} "${name}" is invalid: ${text}`, {
    ...(name === "" ? {} : { name }),
    ...(type.group === "" ? {} : { group: type.group }),
    kind: type.kind,
    causes: errors.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}

export function expired(message: string, metadata: JsonMap = {}): ApiFault {
  return new ApiFault(410, "Expired", message, undefined, metadata);
}

export function methodNotAllowed(): ApiFault {
  return new ApiFault(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

export function unsupportedMediaType(supported: readonly string[]): ApiFault {
  const list = supported.join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return new ApiFault(415, "UnsupportedMediaType", message);
}

/** 422: the options of a request, such as `CreateOptions`, do not hold to their rules. */
export function invalidOptions(kind: string, error: FieldError): ApiFault {
  return invalid({ group: "meta.k8s.io", plural: "", kind }, "", [error]);
}

/** 404 of a path below a group that is served. */
export function noSuchResource(): ApiFault {
  return new ApiFault(404, "NotFound", "the server could not find the requested resource", {});
}

export function notAcceptable(supported: readonly string[]): ApiFault {
  return new ApiFault(406, "NotAcceptable", `only the following media types are accepted: ${supported.join(", ")}`);
}

export function tooLarge(limit: number): ApiFault {
  const message = `Request entity too large: limit is ${limit}`;
  return new ApiFault(413, "RequestEntityTooLarge", message);
}
