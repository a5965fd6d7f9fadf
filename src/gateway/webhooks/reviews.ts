import {
  compileReview,
  diffPatch,
  isReviewed,
  type ReviewedKind,
  reviewMutations,
  type ReviewResult,
} from "../../admission/review.ts";
import type { FieldChange } from "../../admission/mod.ts";
import { mutateScale, validateScale } from "../../admission/scale.ts";
import type { Json, JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { AdmissionWebhooksPlan } from "../../plan/plan.ts";
import type { ExternalView } from "../../input/mod.ts";
import type { ReviewCalls } from "../external/review_calls.ts";
import type { FindHolders } from "../unique/find_holders.ts";
import { reviewUnique } from "../unique/review_unique.ts";
import type { Reviewed } from "./reviewed.ts";
import { type AdmissionRequest, maxDepth } from "./admission_request.ts";
import type { AdmissionResult } from "./admission_response.ts";

const allowed: AdmissionResult = { allowed: true };
const tooDeep = `cannot be evaluated: it is nested more than ${maxDepth} levels deep`;

/** Applies the rules of a Katalog to the requests of an API server. */
export class Reviews {
  /** `group/version/resource` → kinds; several where several boxes take care of one. */
  readonly #kinds = new Map<string, ReviewedKind[]>();

  readonly #findHolders: FindHolders | undefined;
  readonly #external: ReviewCalls | undefined;

  /**
   * `findHolders`: for rules `unique`, which pass with a warning without it; `external`: makes HTTP calls, each of which
   * counts as failed without it.
   */
  constructor(plan: AdmissionWebhooksPlan | undefined, findHolders?: FindHolders, external?: ReviewCalls) {
    this.#findHolders = findHolders;
    this.#external = external;
    for (const kind of plan?.kinds ?? []) {
      const { group, version, plural } = kind.type;
      const key = `${group}/${version}/${plural}`;
      this.#kinds.set(key, [...this.#kinds.get(key) ?? [], compileReview(kind)]);
    }
  }

  /** `/mutate`: the object with its defaults and overrides, as a patch. Mutation never refuses. */
  async mutate(request: AdmissionRequest, wallMs: number): Promise<Reviewed> {
    if (request.subresource === "scale") return this.#mutateScale(request, wallMs);
    const kinds = this.#reviewing(request, "mutates");
    if (kinds.length === 0) return { result: allowed };
    const crd = kinds[0]!.plan;
    if (request.isTooDeep) return { crd, result: { allowed: true, warnings: [`mutation is skipped: it ${tooDeep}`] } };
    const sent = request.object!;
    const { object, warnings, changes } = await this.#withCalls(
      kinds.some(({ plan }) => plan.external.mutation.length > 0),
      request,
      (view) => reviewMutations(kinds, sent, wallMs, view),
    );
    const patch = diffPatch(sent as unknown as Json, object as unknown as Json);
    return { crd, result: { allowed: true, patch, warnings }, changes };
  }

  /** `/validate`: every violated rule of every box that takes care of the object. */
  async validate(request: AdmissionRequest, wallMs: number): Promise<Reviewed> {
    if (request.subresource === "scale") return this.#validateScale(request, wallMs);
    const kinds = this.#reviewing(request, "validates");
    if (kinds.length > 0 && request.isTooDeep) {
      const message = `${objectText(request)} ${tooDeep}`;
      return { crd: kinds[0]!.plan, result: { allowed: false, code: 400, message } };
    }
    const verdicts = await Promise.all(kinds.map((kind) => {
      const { mutation, validation } = kind.plan.external;
      return this.#withCalls(
        mutation.length + validation.length > 0,
        request,
        (view) => reviewUnique(kind, request, wallMs, this.#findHolders, view),
      );
    }));
    return reviewed(kinds, verdicts, objectText(request));
  }

  /** Makes the calls that a review needs, one after the other. */
  async #withCalls<T>(
    hasCalls: boolean,
    request: AdmissionRequest,
    review: (view: ExternalView | undefined) => T | Promise<T>,
  ): Promise<T> {
    if (!hasCalls || this.#external === undefined) return await review(undefined);
    return await this.#external.run(request, review);
  }

  /** The replicas of a Scale with the overrides of its kind. */
  #mutateScale(request: AdmissionRequest, wallMs: number): Reviewed {
    const kinds = this.#scaled(request).filter(({ plan }) => plan.scale!.mutates);
    if (kinds.length === 0) return { result: allowed };
    const sent = request.object! as unknown as JsonMap;
    const warnings: string[] = [];
    const changes: FieldChange[] = [];
    let scale = sent;
    for (const kind of kinds) {
      const mutated = mutateScale(kind, scale, wallMs);
      scale = mutated.scale;
      warnings.push(...mutated.warnings);
      changes.push(...mutated.changes);
    }
    const result = { allowed: true, patch: diffPatch(sent, scale), warnings };
    return { crd: kinds[0]!.plan, result, changes };
  }

  #validateScale(request: AdmissionRequest, wallMs: number): Reviewed {
    const kinds = this.#scaled(request).filter(({ plan }) => plan.scale!.validation.length > 0);
    if (kinds.length === 0) return { result: allowed };
    const verdicts = kinds.map((kind) => validateScale(kind, request.object! as unknown as JsonMap, wallMs));
    return reviewed(kinds, verdicts, objectText({ ...request, kind: kinds[0]!.plan.type }));
  }

  /** The kinds with rules about the replicas of the object whose Scale a request changes. */
  #scaled({ object, operation, namespace, resource, isTooDeep }: AdmissionRequest): ReviewedKind[] {
    // A Scale has a type: the API server lets none through that is nested.
    if (object === undefined || operation !== "UPDATE" || isTooDeep) return [];
    return this.#kindsOf(resource).filter(({ plan }) =>
      plan.scale !== undefined && (plan.namespace === undefined || plan.namespace === namespace)
    );
  }

  #kindsOf({ group, version, resource }: AdmissionRequest["resource"]): readonly ReviewedKind[] {
    return this.#kinds.get(`${group}/${version}/${resource}`) ?? [];
  }

  /** The kinds whose rules concern the object of a request. */
  #reviewing(request: AdmissionRequest, what: "mutates" | "validates"): ReviewedKind[] {
    const { object, operation, subresource, resource } = request;
    if (object === undefined || subresource !== undefined) return [];
    return this.#kindsOf(resource).filter((kind) =>
      kind.plan[what] && kind.plan.operations.some((reviewed) => reviewed === operation) &&
      isReviewed(kind, withNamespace(object, request.namespace))
    );
  }
}

/** What the rules of kinds say of an object; of none, that it is admitted. */
function reviewed(kinds: readonly ReviewedKind[], verdicts: readonly ReviewResult[], object: string): Reviewed {
  const [first] = kinds;
  if (first === undefined) return { result: allowed };
  const broken = verdicts.flatMap((verdict) => verdict.broken);
  return { crd: first.plan, result: resultOf(verdicts, object), broken };
}

function resultOf(verdicts: readonly ReviewResult[], object: string): AdmissionResult {
  const denials = verdicts.flatMap((verdict) => verdict.denials);
  const warnings = verdicts.flatMap((verdict) => verdict.warnings);
  if (denials.length === 0) return { allowed: true, warnings };
  const message = `${object}: ${denials.map(({ text }) => text).join("; ")}`;
  return { allowed: false, code: 400, message, causes: denials, warnings };
}

/** The namespace of a new object may be in the request alone. */
function withNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  if (namespace === undefined || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** `Shop team/one`; a name that is still to be made ends with `*`. */
function objectText(
  { kind, name, namespace, object }: Pick<AdmissionRequest, "name" | "namespace" | "object"> & {
    readonly kind: { readonly kind: string };
  },
): string {
  const generated = (object?.metadata as { generateName?: unknown } | undefined)?.generateName;
  const called = name ?? object?.metadata.name ?? (typeof generated === "string" ? `${generated}*` : "");
  return `${kind.kind} ${namespace === undefined ? "" : `${namespace}/`}${called}`.trim();
}
