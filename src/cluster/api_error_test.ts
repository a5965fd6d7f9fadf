import assert from "node:assert/strict";
import {
  ApiError,
  errorFromResponse,
  errorFromStatus,
  isAlreadyExists,
  isBusyResource,
  isCallError,
  isConflict,
  isExpired,
  isMissingType,
  isNotFound,
  isRetryable,
  MalformedResponseError,
  maxRetryAfterMs,
  NetworkError,
  ResponseTooLargeError,
} from "./api_error.ts";

const request = { verb: "GET", path: "/api/v1/pods" };
const wallMs = Date.parse("2026-01-01T00:00:00Z");

function response(status: number, body: unknown, retryAfter: string | null = null): ApiError {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return errorFromResponse({ status, body: text, retryAfter, wallMs }, request);
}

Deno.test("errorFromResponse() reads reason, details and causes of a Status", () => {
  const error = response(422, {
    kind: "Status",
    status: "Failure",
    message: 'Service "a" is invalid: spec.ports: Required value',
    reason: "Invalid",
    details: {
      name: "a",
      kind: "Service",
      causes: [{ reason: "FieldValueRequired", message: "Required value", field: "spec.ports" }],
    },
    code: 422,
  });
  assert.equal(error.status, 422);
  assert.equal(error.reason, "Invalid");
  assert.equal(error.message, 'Service "a" is invalid: spec.ports: Required value');
  assert.deepEqual(error.details, { name: "a", kind: "Service" });
  assert.deepEqual(error.causes, [
    { reason: "FieldValueRequired", field: "spec.ports", message: "Required value" },
  ]);
  assert.equal(error.request, request);
  assert.equal(isRetryable(error), false);
});

const plain: [status: number, reason: string, retryable: boolean][] = [
  [400, "BadRequest", false],
  [401, "Unauthorized", false],
  [403, "Forbidden", false],
  [404, "NotFound", false],
  [409, "Conflict", false],
  [410, "Expired", false],
  [422, "Invalid", false],
  [429, "TooManyRequests", true],
  [500, "InternalError", true],
  [501, "Unknown", false],
  [502, "Unknown", true],
  [503, "ServiceUnavailable", true],
  [504, "Timeout", true],
];
for (const [status, reason, retryable] of plain) {
  Deno.test(`errorFromResponse() takes ${reason} from a plain ${status}`, () => {
    const error = response(status, "<html>nginx</html>");
    assert.equal(error.reason, reason);
    assert.equal(error.message, `GET /api/v1/pods: HTTP ${status}: <html>nginx</html>`);
    assert.equal(isRetryable(error), retryable);
  });
}

Deno.test("errorFromResponse() keeps to the HTTP status where the body says another", () => {
  assert.equal(response(503, { kind: "Status", code: 200, reason: "ServiceUnavailable" }).status, 503);
});

Deno.test("errorFromResponse() survives a body that was cut", () => {
  assert.equal(response(500, '{"kind":"Status","mess').reason, "InternalError");
});

Deno.test("errorFromResponse() prefers the Retry-After header and bounds it", () => {
  const status = { kind: "Status", reason: "TooManyRequests", details: { retryAfterSeconds: 7 } };
  assert.equal(response(429, status).retryAfterMs, 7_000);
  assert.equal(response(429, status, "3").retryAfterMs, 3_000);
  assert.equal(response(503, "", "Thu, 01 Jan 2026 00:00:20 GMT").retryAfterMs, 20_000);
  assert.equal(response(503, "", "Wed, 31 Dec 2025 00:00:00 GMT").retryAfterMs, undefined);
  assert.equal(response(503, "", "soon").retryAfterMs, undefined);
  assert.equal(response(503, "", "99999999999").retryAfterMs, maxRetryAfterMs);
});

Deno.test("errorFromStatus() bounds what a server puts into messages and causes", () => {
  const causes = Array.from({ length: 10_000 }, () => ({ field: "a", message: "b".repeat(10_000) }));
  const error = errorFromStatus({ message: "c".repeat(1_000_000), code: 422, details: { causes } }, request);
  assert.ok(error.message.length < 5_000);
  assert.equal(error.causes.length, 64);
  assert.ok(error.causes[0]!.message.length < 5_000);
});

Deno.test("isMissingType() distinguishes a type that is not served from a missing object", () => {
  const noType = response(404, "404 page not found\n");
  const noObject = response(404, { kind: "Status", reason: "NotFound", details: { name: "a", kind: "pods" } });
  assert.deepEqual([isNotFound(noType), isMissingType(noType)], [true, true]);
  assert.deepEqual([isNotFound(noObject), isMissingType(noObject)], [true, false]);
});

Deno.test("isBusyResource() distinguishes a busy resource from a server that limits its client", () => {
  const busy = { kind: "Status", reason: "TooManyRequests", details: { retryAfterSeconds: 1 }, code: 429 };
  assert.equal(isBusyResource(response(429, busy, "1")), true);
  assert.equal(isBusyResource(response(429, "Too many requests, please try again later.\n", "1")), false);
  assert.equal(isBusyResource(response(429, { ...busy, details: undefined }, "1")), false);
  assert.equal(isBusyResource(response(503, busy, "1")), false);
});

Deno.test("isExpired(), isAlreadyExists() and isConflict() decide on the reason", () => {
  const expired = errorFromStatus({ code: 410, reason: "Gone" }, request);
  const exists = response(409, { kind: "Status", reason: "AlreadyExists" });
  const conflict = response(409, { kind: "Status", reason: "Conflict" });
  const rows = [expired, exists, conflict].map((error) => [
    isExpired(error),
    isAlreadyExists(error),
    isConflict(error),
  ]);
  assert.deepEqual(rows, [[true, false, false], [false, true, false], [false, false, true]]);
});

Deno.test("isRetryable() takes every network error, and nothing that is not an error of ours", () => {
  assert.equal(isRetryable(new NetworkError("cut", { request })), true);
  assert.equal(isRetryable(new TypeError("A bug")), false);
});

Deno.test("isCallError() takes whatever a call may fail with, and neither defects nor the end of a signal", () => {
  const failures = [
    response(500, ""),
    new NetworkError("cut", { request }),
    new MalformedResponseError("No JSON", { request }),
    new ResponseTooLargeError({ request, limitBytes: 10 }),
  ];
  assert.deepEqual(failures.map(isCallError), [true, true, true, true]);
  assert.deepEqual([new TypeError("A bug"), new DOMException("Stopped", "AbortError")].map(isCallError), [
    false,
    false,
  ]);
});
