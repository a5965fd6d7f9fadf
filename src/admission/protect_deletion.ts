import { isLabelled, overrideAnnotation, overrideReason, protectionLabel } from "../k8s/protection.ts";
import { isMap, type Json, ownValue } from "../base/json.ts";
import {
  isCollector,
  isGateway,
  isRuntime,
  mayOverride,
  type Protection,
  type ProtectionRequest,
  resourceKey,
} from "./protection.ts";
import { allowed, described, nameOf, overridden, refused, type Verdict } from "./verdict.ts";

/** The resource of CustomResourceDefinitions, by `resourceKey`. */
export const definitionsKey = "customresourcedefinitions.apiextensions.k8s.io";

/** What a request is about, as far as protection knows it. */
export type Subject =
  | { readonly what: "cr"; readonly kind: string; readonly strict: boolean }
  | { readonly what: "definition" | "own" }
  | { readonly what: "other" };

/** Kinds of the Katalog, its CRDs and our own objects by name: nothing else is protected (ruling 76). */
export function subjectOf(protection: Protection, request: ProtectionRequest): Subject {
  const key = resourceKey(request.resource);
  const name = nameOf(request);
  if (key === definitionsKey) return { what: protection.definitions.has(name) ? "definition" : "other" };
  const own = protection.own.get(key);
  if (own?.names.has(name) === true && (!own.namespaced || request.namespace === protection.installation.namespace)) {
    return { what: "own" };
  }
  const kind = protection.kinds.get(key);
  return kind === undefined ? { what: "other" } : { what: "cr", kind: kind.kind, strict: kind.strict };
}

/**
 * A DELETE, of one object or of each in a collection. Refused for the CRDs of the Katalog and our own objects, by name,
 * and for CRs that carry the label. Collector, namespace controller and Runtime always pass: they carry out what was
 * decided on another object, which was protected itself. The Gateway passes on our own objects, which it repairs.
 */
export function decideDeletion(protection: Protection, request: ProtectionRequest): Verdict {
  const subject = subjectOf(protection, request);
  const { userInfo, oldObject, subResource } = request;
  if (subject.what === "other" || (subResource ?? "") !== "") return allowed;
  if (isCollector(userInfo) || isRuntime(userInfo, protection.installation)) return allowed;
  if (subject.what === "own" && isGateway(userInfo, protection.installation)) return allowed;
  if (isBeingDeleted(oldObject)) return allowed;
  // Without the object nothing says that the label is off; every API server since 1.15 sends it.
  const isKnown = isMap(oldObject);
  if (subject.what === "cr" && isKnown && !isLabelled(oldObject)) return allowed;
  const reason = overrideReason(oldObject);
  if (reason !== undefined && mayOverride(userInfo, protection)) return overridden(request, "delete", reason);
  const what = described(request, subject.what === "cr" ? subject.kind : undefined);
  switch (subject.what) {
    case "cr":
      return refused(
        `${what} is protected against deletion`,
        subject.strict
          ? "strict mode: the label cannot be removed; set deletionProtection.strictMode or protectCRs to false in the " +
            `Katalog, or let a listed identity set the annotation ${overrideAnnotation} to the reason and delete it`
          : `remove the label ${protectionLabel}, then delete it`,
      );
    case "definition":
      return refused(
        `${what} is protected against deletion: all of its objects would go with it`,
        "set deletionProtection.protectCRD to false in the Katalog, start the Gateway with it, then delete it",
      );
    case "own":
      return refused(
        `${what} belongs to Ork and is protected against deletion`,
        "set security.deletionProtection.enabled to false in the Katalog, start the Gateway with it, then delete it",
      );
    default:
      return subject satisfies never;
  }
}

/**
 * Once it is being deleted, nothing holds an object up (ruling 77). The API server alone writes the timestamp: on
 * UPDATE it stands in the old object, and what a client sends on CREATE is dropped.
 */
export function isBeingDeleted(oldObject: Json | undefined): boolean {
  const metadata = isMap(oldObject) ? ownValue(oldObject, "metadata") : undefined;
  return isMap(metadata) && typeof ownValue(metadata, "deletionTimestamp") === "string";
}
