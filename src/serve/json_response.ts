import { type JsonMap, stringifyJson } from "../base/json.ts";

/** A response with a JSON body, one line, with exact integers. `headers` are added to `content-type`. */
export function jsonResponse(
  body: JsonMap,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${stringifyJson(body)}\n`, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
