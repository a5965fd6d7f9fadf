import type { Violation } from "../../admission/mod.ts";
import type { PatchOperation } from "../../admission/review.ts";
import { encodeBase64 } from "../../base/base64.ts";
import type { JsonMap } from "../../base/json.ts";
import { stringifyJson } from "../../base/json.ts";
import type { AdmissionRequest } from "./admission_request.ts";

/** The result of a review; becomes an `AdmissionReview` (admission.k8s.io/v1). */
export interface AdmissionResult {
  readonly allowed: boolean;
  /** Of a refusal: HTTP status code and text. */
  readonly code?: number;
  readonly message?: string;
  /** Of a refusal: one for each violated rule, `status.details.causes`. */
  readonly causes?: readonly Violation[];
  readonly patch?: readonly PatchOperation[];
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** The API server drops what exceeds these: longer texts lose their end, and the last warning says how many there were. */
const maxWarning = 256;
const maxWarnings = 16;

/** Length of a text after which it is cut: a message goes into a `Status`, which clients print whole. */
const maxMessage = 8_192;

/** The response to `request`. */
export function admissionReview(request: Pick<AdmissionRequest, "uid">, result: AdmissionResult): JsonMap {
  const { allowed, patch = [], warnings = [], auditAnnotations } = result;
  const response: JsonMap = { uid: request.uid, allowed };
  if (!allowed) response["status"] = statusOf(result);
  if (allowed && patch.length > 0) {
    response["patchType"] = "JSONPatch";
    response["patch"] = encodeBase64(new TextEncoder().encode(stringifyJson(patch)));
  }
  if (warnings.length > 0) response["warnings"] = shortened(warnings);
  if (auditAnnotations !== undefined) response["auditAnnotations"] = { ...auditAnnotations };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}

/** Reasons of a `Status` (k8s.io/apimachinery `metav1.StatusReason`). */
const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  403: "Forbidden",
  413: "RequestEntityTooLarge",
};

function statusOf({ code = 403, message = "", causes = [] }: AdmissionResult): JsonMap {
  const status: JsonMap = {
    status: "Failure",
    code,
    reason: reasons[code] ?? "InternalError",
    message: cut(message, maxMessage),
  };
  if (causes.length > 0) {
    status["details"] = {
      causes: causes.map(({ field, message }) => ({
        reason: "FieldValueInvalid",
        field,
        message: cut(message, maxMessage),
      })),
    };
  }
  return status;
}

function shortened(warnings: readonly string[]): string[] {
  const shown = warnings.slice(0, maxWarnings).map((text) => cut(`orkestra: ${text}`, maxWarning));
  if (warnings.length > maxWarnings) {
    shown[maxWarnings - 1] = `orkestra: and ${warnings.length - maxWarnings + 1} more warnings`;
  }
  return shown;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
