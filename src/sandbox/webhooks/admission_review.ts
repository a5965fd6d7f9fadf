import { isMap, type Json, type JsonMap, parseJson, stringifyJson } from "../../base/json.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { errorText } from "../../base/error_text.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { ApiFault, type Cause } from "../faults.ts";
import { jsonPatch } from "../patch/json_patch.ts";
import type { ResourceVersion } from "../resource.ts";
import type { Review } from "../steps.ts";
import { WebhookCallError } from "./call.ts";
import { type Caller, userInfoOf } from "./caller.ts";

/** `request` of an AdmissionReview, at the version that a webhook is to see; fields that are empty are left out. */
export function admissionRequest(review: Review, at: ResourceVersion, caller: Caller): JsonMap {
  const { type, operation, subresource, name, namespace, object, oldObject, dryRun } = review;
  const kindOf = ({ group, version, resource }: ResourceVersion): JsonMap =>
    subresource === "scale"
      ? { group: "autoscaling", version: "v1", kind: "Scale" }
      : { group, version, kind: resource.kind };
  const resourceOf = ({ group, version, resource }: ResourceVersion): JsonMap => ({
    group,
    version,
    resource: resource.plural,
  });
  // The path of a request for a Namespace names it twice (`request.RequestInfo`).
  const place = type.resource.kind === "Namespace" && type.group === "" ? name : namespace;
  return {
    uid: crypto.randomUUID(),
    kind: kindOf(at),
    resource: resourceOf(at),
    ...(subresource === "" ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: kindOf(type),
    requestResource: resourceOf(type),
    ...(name === "" ? {} : { name }),
    ...(place === "" ? {} : { namespace: place }),
    operation,
    userInfo: userInfoOf(caller),
    object: (object ?? null) as Json,
    oldObject: (oldObject ?? null) as Json,
    dryRun,
    options: { apiVersion: "meta.k8s.io/v1", kind: optionsOf[operation], ...(dryRun ? { dryRun: ["All"] } : {}) },
  };
}

const optionsOf = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" } as const;

export function reviewText(request: JsonMap): string {
  return stringifyJson({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

/** What a webhook decided. */
export interface Verdict {
  readonly allowed: boolean;
  /** A Status; only its documented fields are read. */
  readonly result?: JsonMap | undefined;
  readonly patch?: Json | undefined;
  readonly warnings: readonly string[];
}

/** More warnings of one webhook are left out. */
const maxWarnings = 100;

/**
 * Reads the response to a request (`webhookrequest.VerifyAdmissionResponse`). Throws `WebhookCallError` where it is
 * none.
 */
export function readVerdict(reply: Json, uid: Json | undefined, mutating: boolean): Verdict {
  const response = isMap(reply) ? reply["response"] : undefined;
  if (!isMap(reply) || reply["apiVersion"] !== "admission.k8s.io/v1" || reply["kind"] !== "AdmissionReview") {
    const found = isMap(reply) ? `${String(reply["apiVersion"])}, Kind=${String(reply["kind"])}` : "no map";
    throw unreadable(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${found}`);
  }
  if (!isMap(response)) throw unreadable("webhook response was absent");
  if (response["uid"] !== uid) {
    throw unreadable(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response["uid"] ?? "")}`);
  }
  if (typeof response["allowed"] !== "boolean") throw unreadable("response.allowed is no boolean");
  const { status, warnings } = response;
  const texts = Array.isArray(warnings) ? warnings.filter((text) => typeof text === "string") : [];
  return {
    allowed: response["allowed"],
    result: isMap(status) ? status : undefined,
    patch: readPatch(response, mutating),
    warnings: texts.slice(0, maxWarnings),
  };
}

function readPatch({ patch, patchType }: JsonMap, mutating: boolean): Json | undefined {
  const [given, typed] = [patch !== undefined && patch !== null && patch !== "", patchType ?? undefined];
  if (!mutating) {
    if (given) throw unreadable("validating webhook may not return response.patch");
    if (typed !== undefined) throw unreadable("validating webhook may not return response.patchType");
    return undefined;
  }
  if (given && typed === undefined) throw unreadable("webhook returned response.patch but not response.patchType");
  if (!given && typed !== undefined) throw unreadable("webhook returned response.patchType but not response.patch");
  if (!given) return undefined;
  if (typed !== "JSONPatch") throw unreadable(`response.patchType is ${JSON.stringify(typed)}, not "JSONPatch"`);
  try {
    return parseJson(new TextDecoder().decode(decodeBase64(String(patch))));
  } catch (error) {
    throw unreadable(`response.patch is no JSON in base64: ${errorText(error)}`);
  }
}

function unreadable(why: string): WebhookCallError {
  return new WebhookCallError(`received invalid webhook response: ${why}`);
}

/** The object with a patch of a webhook. Throws `ApiFault` 500, whatever the failure policy, as the API server does. */
export function patchedObject(object: KubeObject, patch: Json): KubeObject {
  let result: Json;
  try {
    result = jsonPatch(object as unknown as Json, patch);
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    throw internalError(error.hint === "" ? error.message : error.hint);
  }
  if (isMap(result) && isMap(result["metadata"])) return result as unknown as KubeObject;
  throw internalError("the patch of a webhook does not leave an object");
}

/** `apierrors.NewInternalError` */
export function internalError(message: string): ApiFault {
  return new ApiFault(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message } as Cause] });
}

/** A refusal in the words of the API server (`webhookerrors.ToStatusErr`): code 400 where the webhook names none. */
export function refusal(webhook: string, result: JsonMap | undefined): ApiFault {
  const { code, reason, message, details } = result ?? {};
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = [message, reason].find((text) => typeof text === "string" && text !== "");
  const refused = typeof code === "number" && code >= 400 && code <= 599 ? code : 400;
  return new ApiFault(
    refused,
    typeof reason === "string" ? reason : "",
    why === undefined ? `${denied} without explanation` : `${denied}: ${String(why)}`,
    isMap(details) ? details as ConstructorParameters<typeof ApiFault>[3] : undefined,
  );
}
