import type { Span } from "../../observe/trace/mod.ts";
import type { AdmissionRequest } from "./admission_request.ts";
import type { Reviewed } from "./reviewed.ts";

/** Puts into the span of a review what it was about: of the object its name, of the user nothing. A refusal is no failure. */
export function describeReview(
  span: Span,
  { uid, operation, resource, namespace = "", name = "", dryRun }: AdmissionRequest,
  { crd, result: { allowed, patch = [], code = 200 } }: Reviewed,
): void {
  if (crd !== undefined) span.set("ork.box", crd.name);
  span.set("ork.review.uid", uid);
  span.set("ork.review.operation", operation);
  span.set("ork.review.resource", `${resource.resource}.${resource.group}`);
  span.set("ork.object.key", namespace === "" ? name : `${namespace}/${name}`);
  span.set("ork.review.dry_run", dryRun);
  span.set("ork.review.allowed", allowed);
  span.set("ork.review.patches", patch.length);
  if (!allowed) span.set("ork.review.code", code);
}
