import { type Context, Hono } from "hono";
import type { Clock } from "../../base/clock.ts";
import type { JsonMap } from "../../base/json.ts";
import type { BoxQuery, BoxResult } from "../../box/mod.ts";
import { type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import type { Log } from "../../observe/log.ts";
import { expositionType, type MetricsSnapshot } from "../../observe/metrics/mod.ts";
import { jsonResponse } from "../../serve/mod.ts";
import { type BoxView, detail, healthOf, viewOf } from "./box_view.ts";
import { respondCross } from "./cross_view.ts";
import { crView, eventsView, failingView, holdersView, pageView, passesView } from "./cr_view.ts";
import { entryOf } from "./documents.ts";
import { instantQuery } from "./instant_query.ts";
import { katalogView, overall } from "./katalog_view.ts";
import { type BuildInfo, MetricsPage, type ProcessUsage } from "./metrics_page.ts";
import { readHoldersQuery, readPageQuery } from "./page.ts";
import { healthProbe, type ProbeResult, readinessProbe, startupProbe } from "./probes.ts";
import type { ProcessState, Served } from "./process_state.ts";
import { errorResponse, HttpError } from "./respond.ts";

export interface HttpApiOptions {
  readonly state: ProcessState;
  readonly clock: Clock;
  readonly log: Log;
  readonly build: BuildInfo;
  readonly usage: () => ProcessUsage;
  /** Further metrics of the process, of those in `metricSpecs`. */
  readonly more?: (() => MetricsSnapshot) | undefined;
}

/** Requests in flight; probes do not count. */
const maxInFlight = 32;
/** Longest path and query. */
const maxUrl = 4096;
/** Names of Kubernetes' objects; anything else is the name of none. */
const objectName = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/;

/**
 * The read-only HTTP API: probes, metrics, and what the process knows of its CRDs and CRs. Every response comes from
 * memory: no request leads to one to the API server, none waits longer for a box than its query may take, and none is
 * larger than a page. Bodies of requests are never read. Never throws.
 */
export function httpApi(options: HttpApiOptions): (request: Request) => Promise<Response> {
  const { state, clock, log } = options;
  const page = new MetricsPage(options.build, options.usage, clock.wallMs(), options.more);
  const app = new Hono();
  let inFlight = 0;

  const viewIn = ({ boxes, documents: { sources } }: Served, plan: BoxPlan): BoxView =>
    viewOf(plan, boxes.get(plan.name)!, sources[plan.name], clock.wallMs());
  const views = (): BoxView[] => {
    const { served } = state;
    return served === undefined ? [] : served.plan.boxes.map((box) => viewIn(served, box));
  };
  const served = (): Served => {
    if (state.served === undefined) throw new HttpError(503, "The process is starting: its Katalog is being loaded");
    return state.served;
  };
  /** The box that a path names; a CRD whose endpoint is switched off is as absent as any other (ruling 90). */
  const boxOf = (context: Context, endpoint: "health" | "info"): BoxView => {
    const known = served();
    const given = context.req.param("crd") ?? "";
    const box = known.plan.boxes.find(({ name }) => name.toLowerCase() === given);
    if (box === undefined || !box.endpoints[endpoint]) {
      throw new HttpError(404, `There is no CRD "${given.slice(0, 63)}" here; /katalog lists those that there are`);
    }
    return viewIn(known, box);
  };
  const ask = async <W extends BoxResult["what"]>(
    { plan: { name } }: BoxView,
    query: BoxQuery & { readonly what: W },
  ): Promise<BoxResult & { readonly what: W }> =>
    await served().boxes.get(name)!.query(query) as BoxResult & { readonly what: W };

  const probe = (result: ProbeResult): Response => {
    const { status, reason } = result;
    const said = status === 200 ? "ok" : status === 500 ? "unhealthy" : "unavailable";
    return jsonResponse({ status: said, ...(reason === undefined ? {} : { reason }) }, status);
  };

  /** What is checked before any path. */
  const refusalOf = ({ method, url }: Request, isProbe: boolean): HttpError | undefined => {
    if (method !== "GET" && method !== "HEAD") return new HttpError(405, `Cannot ${method}: this API is read-only`);
    if (url.length > maxUrl) return new HttpError(414, `The URL is longer than ${maxUrl} characters`);
    if (!isProbe && inFlight >= maxInFlight) return new HttpError(503, "Too many requests at a time");
    return undefined;
  };
  app.use(async (context, next) => {
    const isProbe = probes.has(context.req.path);
    const refusal = refusalOf(context.req.raw, isProbe);
    if (refusal !== undefined) throw refusal;
    if (!isProbe) inFlight++;
    try {
      await next();
    } finally {
      if (!isProbe) inFlight--;
    }
  });

  app.get("/startup", () => probe(startupProbe(state)));
  for (const path of ["/health", "/livez"]) app.get(path, () => probe(healthProbe(state)));
  app.get("/ready", () => probe(readinessProbe(state, views())));
  app.get("/metrics", (context) => context.body(page.print(state, views()), 200, { "content-type": expositionType }));

  app.get("/api/v1/query", (context) => {
    const result = instantQuery(
      context.req.query("query"),
      (name) => page.samples(name, state, views()),
      clock.wallMs(),
    );
    return jsonResponse(result, result["status"] === "success" ? 200 : 400);
  });

  app.get("/katalog", () => {
    const all = views();
    const ready = readinessProbe(state, all).status === 200;
    const body = katalogView(served(), all, { version: options.build.version, ready, files: state.files });
    return jsonResponse(body, overall(all) === "degraded" ? 503 : 200);
  });
  for (const form of ["raw", "enriched"] as const) {
    app.get(`/katalog/${form}`, () => jsonResponse(served().documents[form]));
    app.get(`/katalog/:crd/${form}`, (context) => {
      const { plan: { name } } = boxOf(context, "info");
      const entry = entryOf(served().documents[form], name);
      if (entry === undefined) throw new HttpError(404, `The Katalog has no entry "${name}" in this form`);
      return jsonResponse(entry as JsonMap);
    });
  }
  app.get("/katalog/:crd/schema", (context) => {
    const { plan: { name, type } } = boxOf(context, "info");
    const schema = served().documents.schemas?.[name];
    if (schema === undefined) {
      throw new HttpError(404, `The Katalog names no schema of ${type.kind} (crdFile, apiTypes.schema)`);
    }
    const { group, version, kind, plural, namespaced } = type;
    return jsonResponse({ crd: name, group, version, kind, plural, namespaced, schema });
  });
  app.get("/katalog/:crd", (context) => {
    return jsonResponse(detail(boxOf(context, "info")));
  });
  app.get("/katalog/:crd/health", (context) => {
    const view = boxOf(context, "health");
    return jsonResponse(healthOf(view), view.state === "degraded" ? 503 : 200);
  });

  app.get("/katalog/:crd/failing", async (context) => {
    const view = boxOf(context, "info");
    const failing = await ask(view, { what: "failing" });
    return jsonResponse(failingView(view.plan.name, failing, view.leads, clock.wallMs()));
  });

  app.get("/katalog/:crd/cr", async (context) => {
    const view = boxOf(context, "info");
    const given = (name: string) => context.req.query(name);
    if (given("view") !== undefined) return respondCross(context, view, served().boxes.get(view.plan.name)?.published);
    const lookup = readHoldersQuery(given, view.plan);
    if (lookup !== undefined) {
      const { page } = await ask(view, { what: "holders", ...lookup });
      if (page === undefined) throw new HttpError(503, `Not all ${view.plan.type.kind} objects are known yet`);
      return jsonResponse(holdersView(view.plan.name, lookup.field, page, clock.wallMs()));
    }
    const query = readPageQuery(given, view.plan);
    const { page } = await ask(view, { what: "crs", ...query });
    return jsonResponse(pageView(view.plan.name, page, clock.wallMs()));
  });
  /** Of what other Runtimes may read; `undefined`: the Katalog does not say that they may, or it is not there. */
  const publishedSpec = ({ plan: { name, crossServed } }: BoxView, key: ObjectKey) =>
    crossServed === true ? served().boxes.get(name)?.published?.object(key)?.spec : undefined;
  /** `undefined`: there is no such CR. */
  const crOf = async (view: BoxView, key: ObjectKey): Promise<Response | undefined> => {
    const { cr } = await ask(view, { what: "cr", key });
    if (cr === undefined) return undefined;
    return jsonResponse(crView(view.plan, cr, publishedSpec(view, key), clock.wallMs()));
  };
  const eventsOf = async (view: BoxView, target: Target): Promise<Response> => {
    const { events } = await ask(view, { what: "events", key: objectKey(target) });
    if (events === undefined) throw noSuchCr(view, target);
    return jsonResponse(eventsView(target, events, clock.wallMs()));
  };
  const passesOf = async (view: BoxView, target: Target): Promise<Response> => {
    const { passes } = await ask(view, { what: "passes", key: objectKey(target) });
    if (passes === undefined) throw noSuchCr(view, target);
    return jsonResponse(passesView(target, passes, view.leads, clock.wallMs()));
  };
  /** What there is below the path of a CR. */
  const below: Readonly<Record<string, typeof eventsOf>> = { events: eventsOf, passes: passesOf };
  app.get("/katalog/:crd/cr/:name", async (context) => {
    const view = boxOf(context, "info");
    const target = targetOf(view, context.req.param("name"));
    const response = await crOf(view, objectKey(target));
    if (response === undefined) throw noSuchCr(view, target);
    return response;
  });
  app.get("/katalog/:crd/cr/:first/:second", async (context) => {
    const view = boxOf(context, "info");
    const { first, second } = context.req.param();
    if (view.plan.type.namespaced) {
      const target = targetOf(view, second, first);
      const response = await crOf(view, objectKey(target));
      if (response !== undefined) return response;
      if (!Object.hasOwn(below, second)) throw noSuchCr(view, target);
    } else if (!Object.hasOwn(below, second)) throw noSuchPath();
    return await below[second]!(view, targetOf(view, first));
  });
  for (const [path, respond] of Object.entries(below)) {
    app.get(`/katalog/:crd/cr/:ns/:name/${path}`, async (context) => {
      const view = boxOf(context, "info");
      const { ns, name } = context.req.param();
      if (!view.plan.type.namespaced) throw noSuchPath();
      return await respond(view, targetOf(view, name, ns));
    });
  }

  app.notFound(() => {
    throw noSuchPath();
  });
  app.onError((error, context) => errorResponse(error, context, log));

  return async (request) => {
    const response = await app.fetch(request);
    page.responded(response.status);
    response.headers.set("cache-control", "no-store");
    response.headers.set("x-content-type-options", "nosniff");
    // A client of a process that stops must not keep the connection.
    if (state.isStopping) response.headers.set("connection", "close");
    return response;
  };
}

interface Target {
  readonly name: string;
  readonly namespace: string | undefined;
}

const probes: ReadonlySet<string> = new Set(["/startup", "/health", "/livez", "/ready"]);

/** A name alone is in the namespace that the box watches, else in `default`. */
function targetOf({ plan }: BoxView, name: string, namespace?: string): Target {
  const target = plan.type.namespaced
    ? { name, namespace: namespace ?? plan.namespace ?? "default" }
    : { name, namespace: undefined };
  const isName = [name, namespace].every((part) => part === undefined || objectName.test(part));
  if (!isName) throw new HttpError(404, "No object has such a name");
  return target;
}

function noSuchCr({ plan: { type } }: BoxView, target: Target): HttpError {
  return new HttpError(404, `There is no ${type.kind} ${objectKey(target)} in the cache`);
}

function noSuchPath(): HttpError {
  return new HttpError(404, "There is no such path; begin with /katalog");
}
