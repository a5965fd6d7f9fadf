import type { Context } from "hono";
import { type JsonMap, stringifyJson } from "../../base/json.ts";
import { BoxBusyError } from "../../box/mod.ts";
import type { Log } from "../../observe/log.ts";
import { QueryError } from "./page.ts";

type Status = 200 | 400 | 403 | 404 | 405 | 414 | 500 | 503;

/** A request whose response is an error. */
export class HttpError extends Error {
  override name = "HttpError";

  constructor(readonly status: 403 | 404 | 405 | 414 | 503, message: string) {
    super(message);
  }
}

/** A JSON response. */
export function json(
  context: Context,
  body: JsonMap,
  status: Status = 200,
  headers: Record<string, string> = {},
): Response {
  return context.body(`${stringifyJson(body)}\n`, status, { "content-type": "application/json", ...headers });
}

/** What an error of a request becomes: `{error}`. An unexpected one is logged with its stack, and said without it. */
export function errorResponse(error: Error, context: Context, log: Log): Response {
  const body = { error: error.message };
  if (error instanceof QueryError) return json(context, body, 400);
  if (error instanceof BoxBusyError) return json(context, body, 503, { "retry-after": "1" });
  if (error instanceof HttpError) {
    const headers: Record<string, string> = {};
    if (error.status === 405) headers["allow"] = "GET, HEAD";
    if (error.status === 503) headers["retry-after"] = "1";
    return json(context, body, error.status, headers);
  }
  log("error", `Unexpected error in the HTTP API: ${error.message}`, {
    path: context.req.path,
    error: error.message,
    stack: error.stack ?? "",
  });
  return json(context, { error: "Unexpected error; the log has its stack" }, 500);
}
