import { heldText, type Holder, mayHoldSecret, type UniqueView } from "../../admission/mod.ts";
import { type ReviewedKind, type ReviewResult, reviewValidation } from "../../admission/review.ts";
import type { ExternalView } from "../../input/mod.ts";
import { parseFieldPath } from "../../base/field_path.ts";
import type { Json } from "../../base/json.ts";
import { objectKey } from "../../k8s/object.ts";
import type { AdmissionRequest } from "../webhooks/admission_request.ts";
import type { FindHolders, HoldersResponse } from "./find_holders.ts";

/**
 * Reviews the object of a request by the validation rules of a kind. What rules `unique` ask for is collected in a first
 * round and found out at once; a second round decides. Without such rules that count there is one round and no wait. Rejects with `CallNeeded` where `external` does
 * not know the result of a call.
 */
export async function reviewUnique(
  kind: ReviewedKind,
  request: AdmissionRequest,
  wallMs: number,
  find: FindHolders | undefined,
  external?: ExternalView,
): Promise<ReviewResult> {
  const object = request.object!;
  if (find === undefined) return reviewValidation(kind, object, wallMs, undefined, external);
  const questions = new Map<string, { readonly field: string; readonly value: string }>();
  const asking: UniqueView = {
    holderOf(field, value) {
      questions.set(field, { field, value });
      return undefined;
    },
  };
  const first = reviewValidation(kind, object, wallMs, asking, external);
  if (questions.size === 0) return first;
  const { name: crd } = kind.plan;
  const responses = new Map(
    await Promise.all([...questions.values()].map(async ({ field, value }) => {
      const isSecret = mayHoldSecret({ name: field, path: parseFieldPath(field)! });
      const response = isSecret
        ? { unknown: "it may be a secret, so only the Runtime checks it" }
        : await find({ crd, field, value });
      return [field, response] as const;
    })),
  );
  return reviewValidation(kind, object, wallMs, {
    holderOf: (field, value) => decide(responses.get(field)!, request, { field, value }),
  }, external);
}

/**
 * A value that is new to the object must be free. One that it has already is judged as the Runtime does, so that the
 * oldest object can be changed although others have its value.
 */
function decide(
  response: HoldersResponse,
  { operation, object, oldObject, name = object?.metadata.name, namespace }: AdmissionRequest,
  { field, value }: { readonly field: string; readonly value: string },
): Holder | undefined | { readonly unknown: string } {
  if ("unknown" in response) return response;
  const { holders } = response;
  const key = name === undefined || name === "" ? undefined : objectKey({ name, namespace });
  const own = holders.findIndex((holder) => objectKey(holder) === key);
  const isKept = operation === "UPDATE" && heldText(oldObject as Json, parseFieldPath(field)!) === value;
  if (!isKept) return holders[own === 0 ? 1 : 0];
  if (own === 0) return undefined;
  // Its own change may not be known to the Runtime yet; with two others before it, it is younger than both.
  return own === 1 || holders.length > 1 ? holders[0] : undefined;
}
