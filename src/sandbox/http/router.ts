import type { Clock } from "../../base/clock.ts";
import { stringifyJson } from "../../base/json.ts";
import { readAt } from "../conversion.ts";
import { ApiFault, methodNotAllowed, noSuchResource, notFound } from "../faults.ts";
import { internal, type Objects } from "../objects.ts";
import type { RequestLog } from "../request_log.ts";
import type { Resource } from "../resource.ts";
import { discover, serverVersion } from "./discovery.ts";
import {
  type Call,
  handleCreate,
  handleDelete,
  handleDeleteCollection,
  handleGet,
  handleList,
  handlePatch,
  handleUpdate,
  jsonResponse,
  matcherOf,
  namespaceOf,
  renderingOf,
} from "./handlers.ts";
import { openApi } from "./openapi.ts";
import { parseResourcePath, type ResourceRequest } from "./request.ts";
import { openWatch, type Watch } from "./watch.ts";
import { Warnings } from "./warnings.ts";
import { callerOf } from "../webhooks/caller.ts";
import { type Asked, carryOut } from "../webhooks/carry_out.ts";

/** Routes requests to handlers; knows the paths and the open watches. */
export class Router {
  readonly #watches = new Map<Watch, Resource>();
  readonly #ended: (() => void)[] = [];
  #stopped = false;

  /**
   * `onFault` is called with bugs of the sandbox itself, which clients see as code 500. Without `asked` no webhook is
   * called.
   */
  constructor(
    readonly objects: Objects,
    readonly clock: Clock,
    readonly log: RequestLog,
    readonly onFault: (error: unknown) => void,
    readonly asked: Asked | undefined,
  ) {
    // Watchers of a resource that is gone, or has been replaced, have to start again.
    objects.registry.onRemoved((resource) => {
      for (const [watch, watched] of [...this.#watches]) if (watched === resource) watch.stop();
    });
  }

  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    let info: ResourceRequest | undefined;
    let response: Response;
    const warnings = new Warnings();
    try {
      if (this.#stopped) throw new ApiFault(503, "ServiceUnavailable", "the sandbox has been stopped");
      info = parseResourcePath(request.method, url);
      response = info === undefined ? this.#other(request, url) : await this.#resource(request, info, warnings);
    } catch (error) {
      response = this.#failure(error);
    }
    for (const warning of warnings.headers()) response.headers.append("warning", warning);
    this.log.add({
      verb: info?.verb ?? request.method.toLowerCase(),
      group: info?.group ?? "",
      resource: info?.plural ?? "",
      subresource: info?.subresource ?? "",
      namespace: info?.namespace ?? "",
      name: info?.name ?? "",
      userAgent: request.headers.get("user-agent") ?? "",
      watch: info?.verb === "watch",
      status: response.status,
      url: url.pathname + url.search,
    });
    return response;
  }

  /** Ends every watch and stops serving. */
  stop(): Promise<void> {
    this.#stopped = true;
    const done = this.#watches.size === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#ended.push(resolve));
    for (const watch of [...this.#watches.keys()]) watch.stop();
    return done;
  }

  #resource(request: Request, info: ResourceRequest, warnings: Warnings): Response | Promise<Response> {
    const type = this.objects.registry.find(info.group, info.version, info.plural);
    if (type === undefined || (info.namespace !== "" && !type.resource.namespaced)) {
      return this.objects.registry.hasGroup(info.group) ? this.#failure(noSuchResource()) : pageNotFound();
    }
    const served = info.subresource === "" || (info.subresource === "status" && type.hasStatus) ||
      (info.subresource === "scale" && type.scale !== undefined);
    if (!served) return this.#foreignSubresource(info);
    if (type.deprecation !== undefined) warnings.add(type.deprecation);
    const requester = { caller: callerOf(request.headers), warn: warnings.add };
    const call: Call = {
      objects: this.objects,
      clock: this.clock,
      request,
      info,
      type,
      warnings,
      carryOut: (steps) => carryOut(steps, this.asked, requester),
    };
    const anywhere = info.namespace === "" && type.resource.namespaced;
    if (info.verb === undefined || (anywhere && info.verb !== "list" && info.verb !== "watch")) {
      throw methodNotAllowed();
    }
    switch (info.verb) {
      case "get":
        return handleGet(call);
      case "list":
        return handleList(call);
      case "watch":
        return this.#watch(call);
      case "create":
        return handleCreate(call);
      case "update":
        return handleUpdate(call);
      case "patch":
        return handlePatch(call);
      case "delete":
        return handleDelete(call);
      case "deletecollection":
        return handleDeleteCollection(call);
      default:
        return info.verb satisfies never;
    }
  }

  #foreignSubresource(info: ResourceRequest): Response {
    if (info.plural === "pods" && ["log", "exec", "attach", "portforward", "proxy"].includes(info.subresource)) {
      const message = `the sandbox runs no containers: pods/${info.subresource} is not available`;
      throw new ApiFault(501, "NotImplemented", message);
    }
    if (
      this.objects.registry.find(info.group, info.version, info.plural)?.resource.custom === true && info.name !== ""
    ) {
      throw notFound({ group: info.group, plural: info.plural, kind: "" }, info.name);
    }
    throw noSuchResource();
  }

  #watch(call: Call): Response {
    const rendering = renderingOf(call);
    const { objects, type, info, request } = call;
    const matcher = matcherOf(call);
    const watch: Watch = openWatch({
      type,
      collection: objects.collection(type),
      namespace: namespaceOf(call),
      query: info.query,
      matcher,
      rendering,
      read: (stored) => call.carryOut(readAt(type, stored)),
      onFault: this.onFault,
      clock: this.clock,
      signal: request.signal,
      onEnd: () => {
        // A watch that is over at once has not been added yet, nor has it a name.
        for (const each of this.#watches.keys()) if (each.ended) this.#watches.delete(each);
        if (this.#watches.size === 0) { for (const resolve of this.#ended.splice(0)) resolve(); }
      },
    });
    if (!watch.ended) this.#watches.set(watch, type.resource);
    return new Response(watch.body, {
      headers: { "content-type": "application/json", "cache-control": "no-cache, private" },
    });
  }

  #other(request: Request, url: URL): Response {
    if (request.method !== "GET" && request.method !== "HEAD") return pageNotFound();
    const path = url.pathname;
    if (/^\/(?:healthz|livez|readyz)(?:\/[a-z-]+)?$/.test(path)) return new Response("ok");
    if (path === "/version" || path === "/version/") return jsonResponse(200, stringifyJson(serverVersion));
    if (path === "/") {
      return jsonResponse(200, stringifyJson({ paths: ["/api", "/apis", "/healthz", "/openapi/v3", "/version"] }));
    }
    const accept = request.headers.get("accept") ?? "";
    const aggregated = /g=apidiscovery\.k8s\.io/.test(accept) && /as=APIGroupDiscoveryList/.test(accept) &&
      /v=v2(?:[;,]|$)/.test(accept);
    const document = openApi(this.objects.registry, path);
    if (document !== undefined) return jsonResponse(200, document);
    const body = discover(this.objects.registry, path, aggregated);
    if (body === undefined) return pageNotFound();
    const response = jsonResponse(200, body);
    if (aggregated && (path === "/api" || path === "/apis")) {
      response.headers.set("content-type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    }
    return response;
  }

  #failure(error: unknown): Response {
    if (error instanceof ApiFault) {
      const response = jsonResponse(error.code, stringifyJson(error.toStatus()));
      const retry = error.details?.retryAfterSeconds;
      if (retry !== undefined) response.headers.set("retry-after", String(retry));
      return response;
    }
    this.onFault(error);
    const text = error instanceof Error ? error.message : String(error);
    return jsonResponse(500, stringifyJson(internal(text).toStatus()));
  }
}

function pageNotFound(): Response {
  return new Response("404 page not found\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
