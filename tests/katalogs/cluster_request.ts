import type { ControlPlane } from "../support/control_plane.ts";
import { RequestFailed, type Stage } from "./stage.ts";

/** Requests of the administrator to a real API server. */
export function clusterRequest(plane: ControlPlane): Stage["request"] {
  return async (method, path, body, contentType = "application/json") => {
    const response = await plane.adminFetch(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": contentType } }),
    });
    const text = await response.text();
    if (!response.ok) throw new RequestFailed(response.status, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
}
