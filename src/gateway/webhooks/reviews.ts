import { compileReview, diffPatch, isReviewed, type ReviewedKind, reviewMutations } from "../../admission/review.ts";
import type { Json } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { AdmissionWebhooksPlan } from "../../plan/plan.ts";
import type { FindHolders } from "../unique/find_holders.ts";
import { reviewUnique } from "../unique/review_unique.ts";
import { type AdmissionRequest, maxDepth } from "./admission_request.ts";
import type { AdmissionResult } from "./admission_response.ts";

/** One review, and the key in `spec.crds` of the kind that it was about; absent: no rule concerns it. */
export interface Reviewed {
  readonly crd?: string | undefined;
  readonly result: AdmissionResult;
}

const allowed: AdmissionResult = { allowed: true };
const tooDeep = `cannot be evaluated: it is nested more than ${maxDepth} levels deep`;

/** Applies the rules of a Katalog to the requests of an API server. */
export class Reviews {
  /** `group/version/resource` → kinds; several where several boxes take care of one. */
  readonly #kinds = new Map<string, ReviewedKind[]>();

  readonly #findHolders: FindHolders | undefined;

  /** `findHolders`: for rules `unique`, which pass with a warning without it. */
  constructor(plan: AdmissionWebhooksPlan | undefined, findHolders?: FindHolders) {
    this.#findHolders = findHolders;
    for (const kind of plan?.kinds ?? []) {
      const { group, version, plural } = kind.type;
      const key = `${group}/${version}/${plural}`;
      this.#kinds.set(key, [...this.#kinds.get(key) ?? [], compileReview(kind)]);
    }
  }

  /** `/mutate`: the object with its defaults and overrides, as a patch. Mutation never refuses. */
  mutate(request: AdmissionRequest, wallMs: number): Reviewed {
    const kinds = this.#reviewing(request, "mutates");
    if (kinds.length === 0) return { result: allowed };
    const crd = kinds[0]!.plan.name;
    if (request.isTooDeep) return { crd, result: { allowed: true, warnings: [`mutation is skipped: it ${tooDeep}`] } };
    const sent = request.object!;
    const { object, warnings } = reviewMutations(kinds, sent, wallMs);
    const patch = diffPatch(sent as unknown as Json, object as unknown as Json);
    return { crd, result: { allowed: true, patch, warnings } };
  }

  /** `/validate`: every violated rule of every box that takes care of the object. */
  async validate(request: AdmissionRequest, wallMs: number): Promise<Reviewed> {
    const kinds = this.#reviewing(request, "validates");
    if (kinds.length > 0 && request.isTooDeep) {
      const message = `${objectText(request)} ${tooDeep}`;
      return { crd: kinds[0]!.plan.name, result: { allowed: false, code: 400, message } };
    }
    const verdicts = await Promise.all(kinds.map((kind) => reviewUnique(kind, request, wallMs, this.#findHolders)));
    const denials = verdicts.flatMap((verdict) => verdict.denials);
    const warnings = verdicts.flatMap((verdict) => verdict.warnings);
    const crd = kinds[0]?.plan.name;
    if (denials.length === 0) return { crd, result: { allowed: true, warnings } };
    const message = `${objectText(request)}: ${denials.map(({ text }) => text).join("; ")}`;
    return { crd, result: { allowed: false, code: 400, message, causes: denials, warnings } };
  }

  /** The kinds whose rules concern the object of a request. */
  #reviewing(request: AdmissionRequest, what: "mutates" | "validates"): ReviewedKind[] {
    const { object, operation, subresource, resource: { group, version, resource } } = request;
    if (object === undefined || subresource !== undefined) return [];
    const kinds = this.#kinds.get(`${group}/${version}/${resource}`) ?? [];
    return kinds.filter((kind) =>
      kind.plan[what] && kind.plan.operations.some((reviewed) => reviewed === operation) &&
      isReviewed(kind, withNamespace(object, request.namespace))
    );
  }
}

/** The namespace of a new object may be in the request alone. */
function withNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  if (namespace === undefined || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** `Shop team/one`; a name that is still to be made ends with `*`. */
function objectText({ kind, name, namespace, object }: AdmissionRequest): string {
  const generated = (object?.metadata as { generateName?: unknown } | undefined)?.generateName;
  const called = name ?? object?.metadata.name ?? (typeof generated === "string" ? `${generated}*` : "");
  return `${kind.kind} ${namespace === undefined ? "" : `${namespace}/`}${called}`.trim();
}
