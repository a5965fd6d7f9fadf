import { Hono } from "hono";
import type { Clock } from "../../base/clock.ts";
import type { Json } from "../../base/json.ts";
import type { Log } from "../../observe/log.ts";
import { readTraceparent, type Tracer } from "../../observe/trace/mod.ts";
import { type Handler, jsonResponse, type Peer } from "../../serve/mod.ts";
import {
  BodyBudget,
  BodyError,
  bodyErrorResponse,
  BodyNodesError,
  maxAdmissionBytes,
  maxAdmissionContainers,
  maxConversionBytes,
  maxConversionContainers,
  readJsonBody,
} from "../https/mod.ts";
import { type AdmissionRequest, readAdmissionReview, ReviewError } from "./admission_request.ts";
import { admissionPaths } from "../registration/admission_webhooks.ts";
import { conversionPath } from "../registration/crd_conversion.ts";
import { conversionResponse, readConversionReview } from "./conversion_review.ts";
import type { Conversions } from "./conversions.ts";
import { type AdmissionResult, admissionReview } from "./admission_response.ts";
import { describeReview } from "./describe_review.ts";
import { logReview } from "./log_review.ts";
import type { ReviewCounts } from "./review_counts.ts";
import type { Reviewed } from "./reviewed.ts";
import type { WebhookMetrics } from "./webhook_metrics.ts";

export interface WebhookAppOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: WebhookMetrics;
  /** What the HTTP API shows of reviews; absent: nothing. */
  readonly counts?: ReviewCounts | undefined;
  /** Records reviews in traces; absent: traces are off. */
  readonly tracer?: Tracer | undefined;
  /** Path → what decides there; paths that the Katalog does not need are absent. */
  readonly admission: Readonly<
    Record<string, (request: AdmissionRequest, wallMs: number) => Reviewed | Promise<Reviewed>>
  >;
  /** What converts objects; absent: conversion is not served. */
  readonly convert?: Conversions | undefined;
  /** Reviews in flight beyond which a request gets 503, and the API server follows the failure policy. */
  readonly maxInFlight?: number;
}

/** Bounds the memory of bodies of some KiB, which most have; `maxLargeBytes` that of all larger ones. */
const defaultMaxInFlight = 256;
const maxLargeBytes = 64 * 1024 * 1024;

/** What the listener puts beside a request. */
type Env = { Bindings: { peer: Peer } };

/**
 * The webhooks, as the API server calls them. Responses: 200 with a review, 400 for a body that is none, 404 for a path
 * that the Katalog does not need, 405, 408, 413, 415, 503. Every error has a body `{error}`. Never throws.
 */
export function webhookApp(options: WebhookAppOptions): Handler {
  const { clock, log, metrics, counts, tracer, admission, maxInFlight = defaultMaxInFlight } = options;
  const app = new Hono<Env>();
  const limits = {
    clock,
    maxBytes: maxAdmissionBytes,
    maxContainers: maxAdmissionContainers,
    budget: new BodyBudget(maxLargeBytes),
  };
  let inFlight = 0;

  app.use(async (_context, next) => {
    if (inFlight >= maxInFlight) return failure(503, "Too many reviews at a time", { "retry-after": "1" });
    inFlight++;
    try {
      await next();
    } finally {
      inFlight--;
    }
    return undefined;
  });

  for (const [path, decide] of Object.entries(admission)) {
    const webhook = path.slice(1);
    app.post(path, async (context) => {
      if (!isJson(context.req.header("content-type"))) {
        return failure(415, "Send an AdmissionReview as application/json");
      }
      const startMs = clock.nowMs();
      const span = tracer?.begin(`review ${webhook}`, "server", {
        "ork.webhook": webhook,
      }, readTraceparent(context.req.header("traceparent")));
      let failed = true;
      try {
        let body: Json;
        try {
          body = await readJsonBody(context.req.raw, limits);
        } catch (error) {
          if (!(error instanceof BodyNodesError) || error.uid === undefined) throw error;
          metrics.malformed(error.status);
          return jsonResponse(admissionReview({ uid: error.uid }, tooManyNodes(path)));
        }
        const request = readAdmissionReview(body);
        const readMs = clock.nowMs();
        const reviewed = await decide(request, clock.wallMs());
        const { result } = reviewed;
        const nowMs = clock.nowMs();
        metrics.reviewed(webhook, request, reviewed, { ms: nowMs - startMs, decidedMs: nowMs - readMs });
        counts?.reviewed(webhook, request, reviewed);
        logReview(log, webhook, request, reviewed, span?.context.traceId);
        if (span !== undefined) describeReview(span, request, reviewed);
        failed = false;
        return jsonResponse(admissionReview(request, result));
      } finally {
        span?.end({ failed });
      }
    });
    app.all(path, () => failure(405, "Send a review with POST", { allow: "POST" }));
  }
  if (options.convert !== undefined) addConversion(app, options.convert, options);
  app.notFound(() => failure(404, "There is no such webhook: the Katalog does not need it"));
  app.onError((error, context) => {
    if (error instanceof BodyError) {
      metrics.malformed(error.status);
      return bodyErrorResponse(error, context.env.peer);
    }
    if (error instanceof ReviewError) {
      metrics.malformed(400);
      return failure(400, error.message);
    }
    metrics.malformed(500);
    log("error", `Unexpected error in a webhook: ${error.message}`, {
      event: "http.error",
      path: context.req.path,
      error: error.message,
      stack: error.stack ?? "",
    });
    return failure(500, "Unexpected error; the log of the Gateway has its stack");
  });
  return (request, peer) => app.fetch(request, { peer });
}

/** An error would be admitted under `failurePolicy: Ignore`, so it is a refusal; mutation never refuses. */
function tooManyNodes(path: string): AdmissionResult {
  const message = `cannot be evaluated: it has more than ${maxAdmissionContainers} maps and lists`;
  return path === admissionPaths.mutate
    ? { allowed: true, warnings: [`mutation is skipped: the object ${message}`] }
    : { allowed: false, code: 413, message: `The object ${message}` };
}

/** A list is one review of up to 64 MiB, so few are held at a time. */
const maxConversions = 8;

function addConversion(app: Hono<Env>, conversions: Conversions, { clock, log, metrics }: WebhookAppOptions): void {
  const limits = {
    clock,
    maxBytes: maxConversionBytes,
    maxContainers: maxConversionContainers,
    budget: new BodyBudget(2 * maxConversionBytes),
  };
  let inFlight = 0;
  app.post(conversionPath, async (context) => {
    if (!isJson(context.req.header("content-type"))) {
      return failure(415, "Send a ConversionReview as application/json");
    }
    if (inFlight >= maxConversions) {
      return failure(503, "Too many conversions at a time", { "retry-after": "1" });
    }
    inFlight++;
    const ended = metrics.converting();
    try {
      const startMs = clock.nowMs();
      const request = readConversionReview(
        await readJsonBody(context.req.raw, limits),
      );
      const readMs = clock.nowMs();
      const result = conversions.convert(request);
      const nowMs = clock.nowMs();
      metrics.converted(conversions.describe(request, result), nowMs - startMs, nowMs - readMs);
      if ("failure" in result) {
        log("error", `convert: ${result.failure}`, {
          event: "review.conversion",
          desired: request.desiredApiVersion,
          error: result.failure,
          uid: request.uid,
        });
      }
      return jsonResponse(conversionResponse(request, result));
    } finally {
      ended();
      inFlight--;
    }
  });
  app.all(conversionPath, () => failure(405, "Send a review with POST", { allow: "POST" }));
}

/** `application/json`, with any parameters. */
function isJson(type: string | undefined): boolean {
  return type !== undefined && type.split(";")[0]!.trim().toLowerCase() === "application/json";
}

/** An error that ends its connection: whatever else is on the way there is not read. */
function failure(status: number, error: string, headers: Record<string, string> = {}): Response {
  return jsonResponse({ error }, status, { ...headers, connection: "close" });
}
