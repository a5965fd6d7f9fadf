import { decideOverride, decideStrictMode } from "./protect_changes.ts";
import { decideDeletion } from "./protect_deletion.ts";
import { decideNamespace } from "./protect_namespaces.ts";
import type { Protection, ProtectionDecision, ProtectionRequest } from "./protection.ts";
import { all, allowed } from "./verdict.ts";

export {
  compileProtection,
  type Protection,
  type ProtectionDecision,
  type ProtectionRequest,
  type UserInfo,
} from "./protection.ts";

/** The paths of the Gateway that are for protection. */
export type ProtectionPath = "/deletion-protection" | "/strict-mode-protection" | "/namespace-protection";

/**
 * One admission decision of protection, as the webhook of this path asks for it. Pure and total: a request that is
 * none of protection's business is allowed, and objects may hold anything.
 *
 * - `/deletion-protection`: DELETE, and what prepares one on CREATE and UPDATE: override annotation, owner references.
 * - `/strict-mode-protection`: CREATE and UPDATE: the label too.
 * - `/namespace-protection`: CREATE and UPDATE of CRs, by namespace.
 */
export function decideProtection(
  protection: Protection,
  path: ProtectionPath,
  request: ProtectionRequest,
): ProtectionDecision {
  switch (path) {
    case "/deletion-protection":
      return request.operation === "DELETE" ? decideDeletion(protection, request) : decideOverride(protection, request);
    case "/strict-mode-protection":
      return request.operation === "DELETE"
        ? allowed
        : all([decideOverride(protection, request), decideStrictMode(protection, request)]);
    case "/namespace-protection":
      return decideNamespace(protection, request);
    default:
      return path satisfies never;
  }
}
