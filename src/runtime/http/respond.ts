import type { Context } from "hono";
import { BoxBusyError } from "../../box/mod.ts";
import type { Log } from "../../observe/log.ts";
import { jsonResponse } from "../../serve/mod.ts";
import { QueryError } from "./page.ts";

/** A request whose response is an error. */
export class HttpError extends Error {
  override name = "HttpError";

  constructor(readonly status: 403 | 404 | 405 | 414 | 503, message: string) {
    super(message);
  }
}

/** What an error of a request becomes: `{error}`. An unexpected one is logged with its stack, and said without it. */
export function errorResponse(error: Error, context: Context, log: Log): Response {
  const body = { error: error.message };
  if (error instanceof QueryError) return jsonResponse(body, 400);
  if (error instanceof BoxBusyError) return jsonResponse(body, 503, { "retry-after": "1" });
  if (error instanceof HttpError) {
    const headers: Record<string, string> = {};
    if (error.status === 405) headers["allow"] = "GET, HEAD";
    if (error.status === 503) headers["retry-after"] = "1";
    return jsonResponse(body, error.status, headers);
  }
  log("error", `Unexpected error in the HTTP API: ${error.message}`, {
    event: "http.error",
    path: context.req.path,
    error: error.message,
    stack: error.stack ?? "",
  });
  return jsonResponse({ error: "Unexpected error; the log has its stack" }, 500);
}
