import { isMap, type Json, type JsonMap, ownValue, parseJson } from "../base/json.ts";
import { maskSecrets } from "../base/mask_secrets.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { causeMessage, refusalText, type StatusCause } from "./refusal_text.ts";

/** The request: an HTTP method and a path with its query, never a body. */
export interface RequestLine {
  readonly verb: string;
  readonly path: string;
}

/** The object that a Status is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
}

/** The longest `Retry-After` that is honoured; more comes from a broken or hostile server. */
export const maxRetryAfterMs = 5 * 60_000;

/** Longest response text that is kept verbatim, in UTF-16 code units; longer ones lose their middle. */
const maxRaw = 16 * 1024;
/** Longest of the other texts that a server puts into our errors. */
const maxWord = 4096;
/** Longest response that is not a Status. */
const maxPlain = 200;
/** Maximum number of causes kept from one Status. */
const maxCauses = 64;

/** Reasons for servers and proxies that respond without a Status (`metav1.StatusReason`). */
const reasonsByStatus: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The API server refused the request. The message is for people: see `refusalText`. */
export class ApiError extends Error {
  override name = "ApiError";
  /** HTTP status code. */
  readonly status: number;
  /** `Status.reason`, or what the status code stands for; 410 is always `Expired`. Test this, never the text. */
  readonly reason: string;
  readonly details?: StatusDetails;
  readonly causes: readonly StatusCause[];
  /** The requested delay before a retry, at most `maxRetryAfterMs`. */
  readonly retryAfterMs?: number;
  /** Of an expired list (410): continues after the same key, in the present state instead of that of the first page. */
  readonly continueToken?: string;
  readonly request: RequestLine;
  /** The text of the response, as the server worded it; at most 16,384 characters. */
  readonly raw: string;

  constructor(
    message: string,
    data: {
      status: number;
      reason: string;
      request: RequestLine;
      raw?: string;
      details?: StatusDetails;
      causes?: readonly StatusCause[];
      retryAfterMs?: number;
      continueToken?: string;
    },
  ) {
    super(message);
    this.status = data.status;
    this.reason = data.reason;
    this.request = data.request;
    this.raw = data.raw ?? message;
    this.causes = data.causes ?? [];
    if (data.details !== undefined) this.details = data.details;
    if (data.retryAfterMs !== undefined) this.retryAfterMs = data.retryAfterMs;
    if (data.continueToken !== undefined) this.continueToken = data.continueToken;
  }
}

/** No response, or an incomplete one: connection refused, reset, or timed out. */
export class NetworkError extends Error {
  override name = "NetworkError";
  readonly timedOut: boolean;
  readonly request: RequestLine;

  constructor(message: string, data: { request: RequestLine; timedOut?: boolean; cause?: unknown }) {
    super(message, data.cause === undefined ? undefined : { cause: data.cause });
    this.request = data.request;
    this.timedOut = data.timedOut ?? false;
  }
}

/** The response is not what the API promises: no JSON, or an event without an object. */
export class MalformedResponseError extends Error {
  override name = "MalformedResponseError";
  readonly request: RequestLine;

  constructor(message: string, data: { request: RequestLine; cause?: unknown }) {
    super(message, data.cause === undefined ? undefined : { cause: data.cause });
    this.request = data.request;
  }
}

/** A response exceeds the size limit of the request. */
export class ResponseTooLargeError extends Error {
  override name = "ResponseTooLargeError";
  readonly limitBytes: number;
  readonly request: RequestLine;

  constructor(data: { request: RequestLine; limitBytes: number }) {
    super(
      `Cannot read the response to ${data.request.verb} ${data.request.path}: longer than ${data.limitBytes} bytes`,
    );
    this.limitBytes = data.limitBytes;
    this.request = data.request;
  }
}

/** How a call to an API server fails; anything else it throws is the reason of its signal, or a bug. */
export type CallError = ApiError | NetworkError | MalformedResponseError | ResponseTooLargeError;

export function isCallError(error: unknown): error is CallError {
  return error instanceof ApiError || error instanceof NetworkError || error instanceof MalformedResponseError ||
    error instanceof ResponseTooLargeError;
}

/** The object (or, for a list, the resource type) is not there. */
export function isNotFound(error: unknown): error is ApiError & { readonly status: 404 } {
  return error instanceof ApiError && error.status === 404;
}

/**
 * The API server does not serve this resource: the CRD is not installed or the version is not served. It responds to
 * such paths with a plain 404 that names no object.
 */
export function isMissingType(error: unknown): error is ApiError & { readonly status: 404 } {
  return isNotFound(error) && error.details?.name === undefined;
}

/** The API server does not know the caller (401), or does not allow it the request (403). */
export function isDenied(error: unknown): error is ApiError & { readonly status: 401 | 403 } {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** The resourceVersion or continue token is too old (410): relist. */
export function isExpired(error: unknown): error is ApiError & { readonly reason: "Expired" } {
  return error instanceof ApiError && error.reason === "Expired";
}

/**
 * Too many requests (429) for this resource, whatever its client: a storage that is being (re)initialized. Where a
 * resource is served, that is a Status with details (apimachinery's `NewTooManyRequests`). What stands in front of all
 * resources (priority and fairness, max-requests-inflight, a server that shuts down) responds in plain text.
 */
export function isBusyResource(error: unknown): error is ApiError & { readonly status: 429 } {
  return error instanceof ApiError && error.status === 429 && error.details !== undefined;
}

/** The object exists already (POST). */
export function isAlreadyExists(error: unknown): error is ApiError & { readonly reason: "AlreadyExists" } {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

/** Another writer changed it, or owns a field that was applied without force; not `AlreadyExists`. */
export function isConflict(error: unknown): error is ApiError & { readonly status: 409 } {
  return error instanceof ApiError && error.status === 409 && error.reason !== "AlreadyExists";
}

/** The same request may succeed later: overload, time-outs, broken connections, internal errors of the server. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  if (!(error instanceof ApiError)) return false;
  return error.status === 429 || (error.status >= 500 && error.status !== 501);
}

/** Makes an error of a `metav1.Status`, from a response or from an `ERROR` event of a watch. */
export function errorFromStatus(status: JsonMap, request: RequestLine, fallback = 500): ApiError {
  const code = ownValue(status, "code");
  const number = typeof code === "number" && code >= 300 && code < 600 ? code : fallback;
  const details = mapAt(status, "details");
  const after = details === undefined ? undefined : ownValue(details, "retryAfterSeconds");
  const metadata = number === 410 ? mapAt(status, "metadata") : undefined;
  const token = metadata === undefined ? undefined : ownValue(metadata, "continue");
  const raw = ownValue(status, "message");
  const causes = details === undefined ? [] : readCauses(details);
  const line = `${request.verb} ${request.path}: HTTP ${number}`;
  return new ApiError(typeof raw === "string" && raw !== "" ? maskSecrets(refusalText(raw, causes)) : line, {
    status: number,
    reason: number === 410 ? "Expired" : textAt(status, "reason") ?? reasonOf(number),
    request,
    causes,
    ...(typeof raw === "string" && raw !== "" ? { raw: shortenMiddle(raw, maxRaw) } : {}),
    ...(details === undefined ? {} : { details: readDetails(details) }),
    ...(typeof token === "string" && token !== "" ? { continueToken: token } : {}),
    ...(typeof after === "number" && after > 0 ? { retryAfterMs: Math.min(after * 1000, maxRetryAfterMs) } : {}),
  });
}

/**
 * Makes an error of an HTTP response that is not 2xx. `body` is what could be read of it; `retryAfter` is the header,
 * in seconds or as a date (RFC 9110, section 10.2.3), compared with `wallMs`.
 */
export function errorFromResponse(
  response: { status: number; body: string; retryAfter: string | null; wallMs: number },
  request: RequestLine,
): ApiError {
  const status = readStatus(response.body);
  const error = status === undefined
    ? new ApiError(plainMessage(response, request), {
      status: response.status,
      reason: reasonOf(response.status),
      request,
    })
    : errorFromStatus({ ...status, code: response.status }, request, response.status);
  const retryAfterMs = readRetryAfter(response.retryAfter, response.wallMs) ?? error.retryAfterMs;
  if (retryAfterMs === undefined) return error;
  return new ApiError(error.message, { ...error, request, retryAfterMs });
}

function readStatus(body: string): JsonMap | undefined {
  if (!body.startsWith("{")) return undefined;
  let value: Json;
  try {
    value = parseJson(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a proxy's error page, or a body cut at its bound
    throw error;
  }
  return isMap(value) && ownValue(value, "kind") === "Status" ? value : undefined;
}

function readRetryAfter(header: string | null, wallMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - wallMs;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, maxRetryAfterMs) : undefined;
}

function readDetails(details: JsonMap): StatusDetails {
  const read: Record<string, string> = {};
  for (const key of ["name", "group", "kind", "uid"] as const) {
    const value = textAt(details, key);
    if (value !== undefined) read[key] = value;
  }
  return read;
}

function readCauses(details: JsonMap): StatusCause[] {
  const causes = ownValue(details, "causes");
  if (!Array.isArray(causes)) return [];
  return causes.slice(0, maxCauses).filter(isMap).map((cause) => ({
    reason: textAt(cause, "reason") ?? "",
    field: textAt(cause, "field") ?? "",
    message: maskSecrets(causeMessage(textAt(cause, "message", Infinity) ?? "", textAt(cause, "field"))),
  }));
}

function plainMessage(response: { status: number; body: string }, request: RequestLine): string {
  // Masked first: what is cut is not recognized.
  const text = shortenMiddle(maskSecrets(response.body.trim()), maxPlain);
  return `${request.verb} ${request.path}: HTTP ${response.status}${text === "" ? "" : `: ${text}`}`;
}

function reasonOf(status: number): string {
  return reasonsByStatus[status] ?? "Unknown";
}

function mapAt(map: JsonMap, key: string): JsonMap | undefined {
  const value = ownValue(map, key);
  return isMap(value) ? value : undefined;
}

function textAt(map: JsonMap, key: string, maxLength = maxWord): string | undefined {
  const value = ownValue(map, key);
  return typeof value === "string" && value !== "" ? shortenMiddle(value, maxLength) : undefined;
}
