import type { Log } from "../../observe/log.ts";
import type { AdmissionRequest } from "./admission_request.ts";
import type { Reviewed } from "./reviewed.ts";

/**
 * Logs refusals, and overrides with what they are audited with. Of the object nothing but its name. `trace`: the id of
 * the trace that the review is recorded in.
 */
export function logReview(
  log: Log,
  webhook: string,
  { uid, name = "", namespace = "", operation, userInfo, resource, dryRun }: AdmissionRequest,
  { crd, result }: Reviewed,
  trace: string | undefined,
): void {
  const { allowed, code = 403, message = "", auditAnnotations } = result;
  if (allowed && auditAnnotations === undefined) return;
  const what = `${operation} of ${resource.resource} ${name}`;
  const user = userInfo.username;
  const fields = {
    webhook,
    crd: crd?.name,
    uid,
    trace,
    operation,
    resource: resource.resource,
    user,
    name,
    namespace,
    dryRun,
  };
  if (!allowed) {
    return log("info", `${webhook}: refused ${what}: ${message}`, { event: "review.refused", ...fields, code });
  }
  const audit = { ...auditAnnotations };
  log("info", `${webhook}: override allowed ${what}`, { event: "review.overridden", ...fields, audit });
}
