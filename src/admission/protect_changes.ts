import { equalJson, isMap, type Json, ownValue } from "../base/json.ts";
import { isLabelled, overrideAnnotation, overrideOf, overrideReason, protectionLabel } from "../k8s/protection.ts";
import { isBeingDeleted, type Subject, subjectOf } from "./protect_deletion.ts";
import { isCollector, isRuntime, mayOverride, type Protection, type ProtectionRequest } from "./protection.ts";
import { all, allowed, described, overridden, refused, type Verdict } from "./verdict.ts";

/**
 * A CREATE or UPDATE, as far as it prepares a deletion: the override annotation and owner references, in both modes.
 * Sub-resources change neither, but for `status` of Kubernetes' own kinds.
 */
export function decideOverride(protection: Protection, request: ProtectionRequest): Verdict {
  const subject = subjectOf(protection, request);
  if (!isChange(request) || subject.what === "other") return allowed;
  const verdicts = [decideOwners(protection, request, subject)];
  if (subject.what === "cr") verdicts.push(decideAnnotation(protection, request, subject));
  return all(verdicts);
}

/** In strict mode the label can neither be removed nor be given another value (ruling 27). */
export function decideStrictMode(protection: Protection, request: ProtectionRequest): Verdict {
  const subject = subjectOf(protection, request);
  if (!isChange(request) || subject.what !== "cr" || !subject.strict) return allowed;
  const { userInfo, object, oldObject } = request;
  if (!isLabelled(oldObject) || isLabelled(object)) return allowed;
  // The Runtime takes it off only where its Katalog says so, which may be newer than this one.
  if (isCollector(userInfo) || isRuntime(userInfo, protection.installation)) return allowed;
  const reason = overrideReason(object) ?? overrideReason(oldObject);
  if (reason !== undefined && mayOverride(userInfo, protection)) return overridden(request, "remove-label", reason);
  return refused(
    `the label ${protectionLabel} of ${described(request, subject.kind)} cannot be removed or changed in strict mode`,
    "set deletionProtection.strictMode or protectCRs to false in the Katalog, or let a listed identity set the " +
      `annotation ${overrideAnnotation} to the reason and remove it`,
  );
}

/** Those that are listed alone may bring, change or remove the override, with the label or without (ruling 74). */
function decideAnnotation(
  protection: Protection,
  request: ProtectionRequest,
  { kind }: Extract<Subject, { what: "cr" }>,
): Verdict {
  const [before, after] = [overrideBefore(request), overrideOf(request.object)];
  if (before === after) return allowed;
  if (mayOverride(request.userInfo, protection)) {
    const use = before === undefined ? "set" : after === undefined ? "remove" : "change";
    return overridden(request, use, after ?? before ?? "");
  }
  return refused(
    `the annotation ${overrideAnnotation} of ${described(request, kind)} may be written by identities alone that ` +
      "security.deletionProtection.override lists",
    "leave it as it is, or ask one of them",
  );
}

/** CREATE has nothing before, whatever stands in `oldObject`. */
function overrideBefore({ operation, oldObject }: ProtectionRequest): string | undefined {
  return operation === "CREATE" ? undefined : overrideOf(oldObject);
}

/**
 * An owner reference lets the garbage collector, which always passes, delete the object: on what is protected only the
 * Runtime and listed identities add one, or change what one says (ruling 75). A new object may have owners: it is the
 * requester's own, and the label protects from then on. Where the label goes in the same change, that is judged.
 */
function decideOwners(protection: Protection, request: ProtectionRequest, subject: Subject): Verdict {
  const { operation, userInfo, object, oldObject, installation } = {
    ...request,
    installation: protection.installation,
  };
  if (operation === "CREATE") return allowed;
  if (subject.what === "cr" && (!isLabelled(oldObject) || (!isLabelled(object) && !subject.strict))) return allowed;
  if (isCollector(userInfo) || isRuntime(userInfo, installation)) return allowed;
  const before = ownersOf(oldObject);
  if (ownersOf(object).every((owner) => before.some((known) => equalJson(known, owner)))) return allowed;
  if (mayOverride(userInfo, protection)) {
    const reason = overrideReason(object) ?? overrideReason(oldObject) ?? "";
    return overridden(request, "set-owner", reason);
  }
  return refused(
    `an owner reference cannot be added to ${described(request, subject.what === "cr" ? subject.kind : undefined)}, ` +
      "which is protected against deletion: the garbage collector would delete it with its owner",
    "leave metadata.ownerReferences as it is, or ask an identity that security.deletionProtection.override lists",
  );
}

function ownersOf(object: Json | undefined): readonly Json[] {
  const metadata = isMap(object) ? ownValue(object, "metadata") : undefined;
  const owners = isMap(metadata) ? ownValue(metadata, "ownerReferences") : undefined;
  return Array.isArray(owners) ? owners : [];
}

function isChange({ operation, subResource, oldObject }: ProtectionRequest): boolean {
  if (subResource !== undefined && subResource !== "" && subResource !== "status") return false;
  return operation === "CREATE" || (operation === "UPDATE" && !isBeingDeleted(oldObject));
}
