import type { Sandbox } from "../../src/sandbox/mod.ts";
import { RequestFailed, type Stage } from "./stage.ts";

/** Requests of the administrator to a sandbox in this process. */
export function sandboxRequest(sandbox: Sandbox): Stage["request"] {
  return async (method, path, body, contentType = "application/json") => {
    const response = await sandbox.fetch(
      new Request(`http://sandbox${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": contentType } }),
      }),
    );
    const text = await response.text();
    if (!response.ok) throw new RequestFailed(response.status, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
}
