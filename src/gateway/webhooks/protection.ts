import { decideProtection, type Protection, type ProtectionPath } from "../../admission/protect.ts";
import type { Json } from "../../base/json.ts";
import type { AdmissionRequest } from "./admission_request.ts";
import type { Reviewed } from "./reviewed.ts";

const paths: readonly ProtectionPath[] = [
  "/deletion-protection",
  "/strict-mode-protection",
  "/namespace-protection",
];

/** Path → what decides there. */
export function protectionPaths(protection: Protection): Record<string, (request: AdmissionRequest) => Reviewed> {
  return Object.fromEntries(paths.map((path) => [path, (request) => ({ result: decide(protection, path, request) })]));
}

function decide(protection: Protection, path: ProtectionPath, request: AdmissionRequest): Reviewed["result"] {
  const { allowed, code, message, auditAnnotations } = decideProtection(protection, path, {
    ...request,
    subResource: request.subresource,
    object: request.object as unknown as Json | undefined,
    oldObject: request.oldObject as unknown as Json | undefined,
  });
  const audit = Object.keys(auditAnnotations).length === 0 ? {} : { auditAnnotations };
  return allowed ? { allowed, ...audit } : { allowed, code, message, ...audit };
}
