import type { Clock } from "../../base/clock.ts";
import type { JsonMap } from "../../base/json.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { badRequest, forbidden } from "../faults.ts";
import { type Any, listOf } from "../kinds/fields.ts";
import { namedOf, type Objects } from "../objects.ts";
import type { ResourceVersion } from "../resource.ts";
import { scaleOf, withScale } from "../scale.ts";
import type { Review } from "../steps.ts";
import {
  admissionRequest,
  internalError,
  patchedObject,
  readVerdict,
  refusal,
  reviewText,
  type Verdict,
} from "./admission_review.ts";
import { callWebhook, WebhookCallError } from "./call.ts";
import type { Caller } from "./caller.ts";
import type { Conversions } from "./conversions.ts";
import { matchConditions } from "./match_conditions.ts";
import { isSelected, matchedVersion } from "./matching.ts";
import type { WebhookPorts } from "./port.ts";

const group = "admissionregistration.k8s.io";
const configurations = {
  mutate: `mutatingwebhookconfigurations.${group}`,
  validate: `validatingwebhookconfigurations.${group}`,
} as const;

/** Webhooks that one request waits for in each phase; more are an error, whatever their policy. */
const maxWebhooks = 200;
/** All mutating webhooks of one request together: the API server's own limit of a request. */
const maxTotalMs = 60_000;
/** Objects have 1.5 MiB at most in etcd; a patch is in base64, and may replace what it likes. */
const maxResponseBytes = 8 * 1024 * 1024;

/** Who asks, and where warnings for that client go. */
export interface Requester {
  readonly caller: Caller;
  readonly warn: (text: string) => void;
}

/** One webhook that is to be called for a request. */
interface Invocation {
  readonly webhook: Any;
  /** The version that its rules are about. */
  readonly at: ResourceVersion;
}

/** Puts writes before the webhooks that are registered in the store (`plugin/webhook/{mutating,validating}`). */
export class Admission {
  readonly #objects: Objects;
  readonly #ports: WebhookPorts;
  readonly #conversions: Conversions;
  readonly #clock: Clock;
  readonly #log: (text: string) => void;

  constructor(
    objects: Objects,
    ports: WebhookPorts,
    conversions: Conversions,
    clock: Clock,
    log: (text: string) => void,
  ) {
    this.#objects = objects;
    this.#conversions = conversions;
    this.#ports = ports;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Returns the object as mutating webhooks leave it; `undefined` where no webhook is asked. Rejects with `ApiFault`
   * where one refuses, or cannot be called and `failurePolicy` is `Fail`.
   */
  review(review: Review, requester: Requester): Promise<KubeObject | undefined> | undefined {
    const invocations = this.#invocations(review);
    if (invocations.length === 0) return undefined;
    if (invocations.length > maxWebhooks) {
      throw internalError(
        `${invocations.length} webhooks match the request, and the sandbox calls ${maxWebhooks} at most`,
      );
    }
    return review.do === "mutate"
      ? this.#mutate(review, invocations, requester)
      : this.#validate(review, invocations, requester);
  }

  #invocations(review: Review): Invocation[] {
    const { type, namespace, operation } = review;
    // Webhooks must not be able to prevent their own repair (`rules.IsExemptAdmissionConfigurationResource`).
    if (type.group === group) return [];
    const { store } = this.#objects;
    const registered = store.collection(configurations[review.do]);
    if (registered.size === 0) return [];
    let place: KubeObject | undefined;
    if (namespace !== "") {
      place = store.collection("namespaces.").get(objectKey({ name: namespace }));
      // What is to be created in no namespace, or one that goes, is refused anyway.
      const isMissing = place === undefined || place.metadata.deletionTimestamp !== undefined;
      if (operation === "CREATE" && isMissing) return [];
    }
    return registered.list().flatMap((configuration) =>
      listOf(configuration["webhooks"]).flatMap((webhook) => {
        const at = matchedVersion(webhook, review);
        return at !== undefined && isSelected(webhook, review, place) ? [{ webhook, at }] : [];
      })
    );
  }

  /**
   * One after the other. A webhook with `reinvocationPolicy: IfNeeded` is called once more where a later one has
   * changed the object.
   */
  async #mutate(
    review: Review,
    invocations: readonly Invocation[],
    requester: Requester,
  ): Promise<KubeObject | undefined> {
    let object = review.object;
    const endMs = this.#clock.nowMs() + maxTotalMs;
    const called: Invocation[] = [];
    const again = new Set<Invocation>();
    const call = async (invocation: Invocation): Promise<boolean> => {
      const now = object === undefined ? review : { ...review, object };
      const verdict = await this.#call(now, invocation, requester, endMs - this.#clock.nowMs());
      if (verdict?.patch === undefined || object === undefined) return false;
      const patched = patchedObject(await this.#shownAt(review, object, invocation.at), verdict.patch);
      object = review.subresource === "scale"
        ? withScale(review.type, object, patched as unknown as JsonMap) as unknown as KubeObject
        : await this.#convert(patched, review.type);
      return true;
    };
    for (const invocation of invocations) {
      if (await call(invocation)) { for (const earlier of called.splice(0)) again.add(earlier); }
      if (invocation.webhook.reinvocationPolicy === "IfNeeded") called.push(invocation);
    }
    for (const invocation of invocations) if (again.has(invocation)) await call(invocation);
    return object;
  }

  /** All at once; the first refusal in the order of the webhooks is the one that counts. */
  async #validate(review: Review, invocations: readonly Invocation[], requester: Requester): Promise<undefined> {
    const calls = invocations.map((invocation) => this.#call(review, invocation, requester, maxTotalMs));
    const results = await Promise.allSettled(calls);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** `undefined`: the webhook was not called, or its failure is ignored. */
  async #call(
    review: Review,
    { webhook, at }: Invocation,
    { caller, warn }: Requester,
    leftMs: number,
  ): Promise<Verdict | undefined> {
    const { name, failurePolicy, sideEffects, timeoutSeconds, clientConfig } = webhook;
    const ignores = failurePolicy === "Ignore";
    const { object, oldObject } = review;
    const shown = {
      ...review,
      ...object === undefined ? {} : { object: await this.#shownAt(review, object, at) },
      ...oldObject === undefined ? {} : { oldObject: await this.#shownAt(review, oldObject, at) },
    };
    const request = admissionRequest(shown, at, caller);
    const matched = matchConditions(webhook, request, this.#log);
    if (matched.kind === "passed over") return undefined;
    if (matched.kind === "failed") {
      if (ignores) return undefined;
      throw forbidden(namedOf(review.type), review.name, matched.message);
    }
    if (review.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun") {
      throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
    }
    let verdict: Verdict;
    try {
      const timeoutMs = Math.min(Number(timeoutSeconds ?? 10) * 1000, leftMs);
      if (timeoutMs <= 0) throw new WebhookCallError("failed to call webhook: context deadline exceeded");
      const call = { clientConfig, body: reviewText(request), timeoutMs, maxResponseBytes };
      const reply = await callWebhook(this.#ports, this.#clock, call);
      verdict = readVerdict(reply, request["uid"], review.do === "mutate");
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      const message = `failed calling webhook ${JSON.stringify(name)}: ${error.message}`;
      if (!ignores) throw internalError(message);
      this.#log(`${message}; it is ignored`);
      return undefined;
    }
    for (const text of verdict.warnings) warn(text);
    if (!verdict.allowed) throw refusal(name, verdict.result);
    return verdict;
  }

  /** An object of a review as a webhook sees it. */
  async #shownAt({ type, subresource }: Review, object: KubeObject, at: ResourceVersion): Promise<KubeObject> {
    if (subresource === "scale") return scaleOf(type, object) as unknown as KubeObject;
    return await this.#convert(object, at);
  }

  async #convert(object: KubeObject, to: ResourceVersion): Promise<KubeObject> {
    const { resource } = to;
    if (object.apiVersion === to.apiVersion) return object;
    if (resource.conversion === undefined) return resource.convert(object as never, to) as unknown as KubeObject;
    const [converted] = await this.#conversions.convert([object], to);
    return resource.conversion.fitted(converted!, to);
  }
}
