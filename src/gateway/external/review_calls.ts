import type { Clock } from "../../base/clock.ts";
import { canonicalJson, type Json, type JsonMap } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { safeMethods } from "../../conditions/mod.ts";
import type { HttpCaller } from "../../external/mod.ts";
import { CallNeeded, type ExternalView, notCalled, resultOf } from "../../input/mod.ts";
import { objectKey } from "../../k8s/object.ts";
import type { Log } from "../../observe/log.ts";
import type { ExternalCallPlan } from "../../plan/plan.ts";
import type { AdmissionRequest } from "../webhooks/admission_request.ts";
import type { WebhookMetrics } from "../webhooks/webhook_metrics.ts";

export interface ReviewCallsOptions {
  readonly caller: Pick<HttpCaller, "call">;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<WebhookMetrics, "called">;
  /** How long the API server waits for a review. */
  readonly timeoutSeconds: number;
}

/** Part of the time of a review that is left to everything but calls. */
const margin = 0.2;
/** Results that are kept for `cacheFor`, and the characters of their bodies. */
const maxCached = 256;
const maxCachedSize = 8 * 1024 * 1024;

interface Cached {
  readonly result: JsonMap;
  readonly size: number;
  readonly untilMs: number;
}

/**
 * The HTTP calls of reviews. A review is evaluated again with the result of each call that it needs: rules stay pure. All
 * of them end within the time that the API server waits; a call that fails is logged, and the review continues.
 */
export class ReviewCalls {
  readonly #options: ReviewCallsOptions;
  /** Oldest first. */
  readonly #cached = new Map<string, Cached>();
  #size = 0;

  constructor(options: ReviewCallsOptions) {
    this.#options = options;
  }

  /** Evaluates a review, which throws or rejects with `CallNeeded`, until it has all results that it needs. */
  async run<T>(request: AdmissionRequest, review: (view: ExternalView) => T | Promise<T>): Promise<T> {
    const endMs = this.#options.clock.nowMs() + this.#options.timeoutSeconds * 1000 * (1 - margin);
    /** A call is made once, whatever it renders to afterwards. */
    const results = new Map<ExternalCallPlan, JsonMap>();
    const view: ExternalView = {
      continues: true,
      find(plan) {
        const result = results.get(plan);
        return result && { result };
      },
    };
    for (;;) {
      try {
        return await review(view);
      } catch (error) {
        if (!(error instanceof CallNeeded)) throw error;
        results.set(error.plan, await this.#resultOf(error, request, endMs));
      }
    }
  }

  async #resultOf({ plan, request }: CallNeeded, review: AdmissionRequest, endMs: number): Promise<JsonMap> {
    const { caller, clock, log, metrics } = this.#options;
    if (review.dryRun && !safeMethods.some((method) => method === plan.method)) {
      return notCalled(`A dry run makes no ${plan.method} call`);
    }
    const key = sha256Hex(canonicalJson([plan.at, request as unknown as Json]));
    const cached = this.#cached.get(key);
    if (cached !== undefined && cached.untilMs > clock.nowMs()) return cached.result;
    const leftMs = endMs - clock.nowMs();
    const outcome = leftMs > 0
      ? await caller.call(plan, request, { withinMs: leftMs })
      : { statusCode: 0, headers: {}, body: "", error: "No time is left of the review", durationSeconds: 0 };
    const result = resultOf(outcome);
    const error = String(result["error"]);
    metrics.called(plan.name, error !== "", outcome.durationSeconds);
    if (error === "") this.#keep(key, plan, result, outcome.body.length);
    else {
      log("warn", `The external call "${plan.name}" failed: ${error}`, {
        event: "review.external",
        uid: review.uid,
        call: plan.name,
        resource: review.resource.resource,
        object: objectKey({ name: review.name ?? "", namespace: review.namespace }),
        error,
      });
    }
    return result;
  }

  #keep(key: string, { cacheForMs }: ExternalCallPlan, result: JsonMap, size: number): void {
    if (cacheForMs === undefined) return;
    this.#drop(key);
    this.#cached.set(key, { result, size, untilMs: this.#options.clock.nowMs() + cacheForMs });
    this.#size += size;
    for (const oldest of this.#cached.keys()) {
      if (this.#cached.size <= maxCached && this.#size <= maxCachedSize) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#size -= this.#cached.get(key)?.size ?? 0;
    this.#cached.delete(key);
  }
}
