import type { Clock } from "../base/clock.ts";
import { isMap, type Json, type JsonMap, parseJson, stringifyJson } from "../base/json.ts";
import { fieldManager as orkestra } from "../k8s/names.ts";
import { groupKind, type KubeObject, type ResourceType } from "../k8s/object.ts";
import { isNotFound, MalformedResponseError, type RequestLine } from "./api_error.ts";
import { alreadyThere, guarded, refusesVersion } from "./apply_guard.ts";
import type { ClusterConfig } from "./config.ts";
import { budgeted, type CallBudget, defaultBudget } from "./budget.ts";
import type { CredentialMeans } from "./credentials.ts";
import type { Fence } from "./fence.ts";
import type { Fetch } from "./http_client.ts";
import { listPages } from "./list.ts";
import type { CallOptions, ClusterApi, DeleteOptions, Target } from "./ports.ts";
import { collectionPath, objectPath, withQuery } from "./resource_path.ts";
import { createServerTransport } from "./server_transport.ts";
import type { HttpRequest, Transport } from "./transport.ts";
import type { WarnedRequest } from "./warnings.ts";
import { knownEvent, readEvent, watchPath } from "./watch.ts";

export interface ClientOptions extends Omit<CredentialMeans, "clock"> {
  /** `<binary>/<version>`. */
  readonly userAgent: string;
  /** The field manager; `orkestra` when absent. */
  readonly fieldManager?: string;
  readonly clock: Clock;
  /** 0 ≤ n < 1; spreads the ends of watches. */
  readonly random: () => number;
  /** In place of connections: tests, and servers in the same process. */
  readonly fetch?: Fetch;
  /**
   * Called with the `Warning` headers of responses: deprecated versions, unknown fields; the same text may come often.
   * And, once per kind, that the server cannot create by apply without the risk of a takeover.
   */
  readonly onWarning?: (text: string, request: WarnedRequest) => void;
  readonly limits?: Partial<ClientLimits>;
  /** Limits of requests to the API server; `defaultBudget` when absent. */
  readonly budget?: CallBudget;
  /** Holds back writes, Events included, and those in flight; none is held back when absent. */
  readonly fence?: Fence | undefined;
  /**
   * Called with each response, and each request that got none (without a code): the HTTP verb, `WATCH` for watches, the
   * status code, and the ms from sending it until the response began.
   */
  readonly onRequest?: ((verb: string, code: number | undefined, ms: number) => void) | undefined;
  /** Called for each write, Events aside, that the fence refused or aborted. */
  readonly onFenced?: (() => void) | undefined;
  /**
   * Nothing is written: every request but reads carries `dryRun=All`, so the API server does all of it but the storing
   * (Kubernetes: "API concepts, dry-run").
   */
  readonly dryRun?: boolean;
  /** Called when the API server asks to back off: no request is sent for `ms`. */
  readonly onPause?: (ms: number) => void;
}

/** Limits of every request. */
export interface ClientLimits {
  /** Of a request for one object; longer than the default time-outs of two admission webhooks. */
  readonly requestMs: number;
  /** Of one page of a list, and until a watch starts. */
  readonly pageMs: number;
  /** Idle time after which a watch is abandoned. kube-apiserver sends a bookmark every one or two minutes. */
  readonly idleMs: number;
  /** Of the response body for one object. */
  readonly objectBytes: number;
  /** Of a page of a list; larger pages are requested in parts. */
  readonly pageBytes: number;
  /** Of one event of a watch. */
  readonly eventBytes: number;
}

const defaultLimits: ClientLimits = {
  requestMs: 30_000,
  pageMs: 60_000,
  idleMs: 180_000,
  objectBytes: 16 * 1024 * 1024,
  pageBytes: 64 * 1024 * 1024,
  eventBytes: 16 * 1024 * 1024,
};

/** The watch may outlive the `timeoutSeconds` of its request by at most this. */
const watchGraceMs = 10_000;

/** Opens a client. Nothing is sent before the first call. Throws `ConfigError` for credentials it cannot use. */
export function createClusterApi(config: ClusterConfig, options: ClientOptions): ClusterApi & { close(): void } {
  const limits = { ...defaultLimits, ...options.limits };
  const { fieldManager = orkestra } = options;
  const direct = createServerTransport(config, options);
  const sent = options.dryRun === true ? dryRunning(direct) : direct;
  const transport = budgeted(sent, options.budget ?? defaultBudget, options);

  async function send(request: Omit<HttpRequest, "timeoutMs">, page = false): Promise<string> {
    return await transport.text({
      ...request,
      timeoutMs: page ? limits.pageMs : limits.requestMs,
      maxBytes: page ? limits.pageBytes : limits.objectBytes,
    });
  }

  async function json(request: Omit<HttpRequest, "timeoutMs">, page = false): Promise<Json> {
    const text = await send(request, page);
    try {
      return parseJson(text);
    } catch (cause) {
      throw garbled(request, "no JSON", cause);
    }
  }

  async function map(request: Omit<HttpRequest, "timeoutMs">, page = false): Promise<JsonMap> {
    const value = await json(request, page);
    if (isMap(value)) return value;
    throw garbled(request, "no object");
  }

  async function object(request: Omit<HttpRequest, "timeoutMs">): Promise<KubeObject> {
    const value = await map(request);
    const { metadata } = value;
    if (isMap(metadata) && typeof metadata["name"] === "string") return value as unknown as KubeObject;
    throw garbled(request, "no object with a name in its metadata");
  }

  function creation(type: ResourceType, desired: KubeObject, call: CallOptions | undefined, dryRun?: "All") {
    return {
      verb: "POST",
      path: withQuery(collectionPath(type, namespaceOf(type, targetOf(desired))), { fieldManager, dryRun }),
      contentType: "application/json",
      body: stringifyJson(desired),
      ...optionsOf(call),
    } as const;
  }

  /** Kinds for which the server refuses to create an object that has a resourceVersion. */
  const asksFirst = new Set<string>();

  async function applyIfAbsent(
    type: ResourceType,
    desired: KubeObject,
    request: Omit<HttpRequest, "timeoutMs" | "body">,
  ): Promise<KubeObject> {
    const kind = groupKind(type);
    const line = { verb: request.verb, path: request.path };
    if (!asksFirst.has(kind)) {
      try {
        return await object({ ...request, body: stringifyJson(guarded(desired, "absent")) });
      } catch (error) {
        if (!refusesVersion(error)) throw error;
        asksFirst.add(kind);
        options.onWarning?.(
          `this API server cannot create ${kind} objects by a conditional apply: the client looks for each before the ` +
            "first apply, and takes over one that another client creates in between",
          line,
        );
      }
    }
    try {
      await object({ ...optionsOf(request), verb: "GET", path: objectPath(type, targetOf(desired)) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return await object({ ...request, body: stringifyJson(desired) });
    }
    throw alreadyThere(type, desired.metadata.name, line);
  }

  return {
    // Every method is async, so that an unusable address is a rejection like any other.
    async get(type, target, call) {
      return await object({ verb: "GET", path: objectPath(type, target), ...optionsOf(call) });
    },

    async list(type, query, onPage, call) {
      const get = (path: string) => map({ verb: "GET", path, ...optionsOf(call) }, true);
      return await listPages(get, type, query, onPage, call);
    },

    async watch(type, query, onEvent, call) {
      const { path, timeoutSeconds } = watchPath(type, query, options.random);
      const line = { verb: "GET", path } as const;
      let { resourceVersion = "" } = query;
      await transport.lines({
        ...line,
        ...optionsOf(call),
        timeoutMs: limits.pageMs,
        idleMs: Math.min(limits.idleMs, timeoutSeconds * 1000 + watchGraceMs),
        maxLineBytes: limits.eventBytes,
        ...(call?.onOpen === undefined ? {} : { onOpen: call.onOpen }),
      }, (text) => {
        const event = knownEvent(text, call?.isKnown) ?? readEvent(text, line);
        onEvent(event);
        resourceVersion = "object" in event ? event.object.metadata.resourceVersion! : event.resourceVersion;
      });
      return { resourceVersion };
    },

    async apply(type, desired, { force, subresource, onlyIf, ...call }) {
      const query = { fieldManager, force: force || undefined };
      const request = {
        verb: "PATCH",
        path: withQuery(objectPath(type, { ...targetOf(desired), subresource }), query),
        contentType: "application/apply-patch+yaml", // JSON is YAML
        ...optionsOf(call),
      } as const;
      if (onlyIf === "absent") return await applyIfAbsent(type, desired, request);
      return await object({
        ...request,
        body: stringifyJson(onlyIf === undefined ? desired : guarded(desired, onlyIf)),
      });
    },

    async create(type, desired, call) {
      return await object(creation(type, desired, call));
    },

    async createDryRun(type, desired, call) {
      await send(creation(type, desired, call, "All"));
    },

    async post(type, desired, call) {
      await send(creation(type, desired, call));
    },

    async mergePatch(type, target, patch, call) {
      return await object({
        verb: "PATCH",
        path: withQuery(objectPath(type, target), { fieldManager }),
        contentType: "application/merge-patch+json",
        body: stringifyJson(patch),
        ...optionsOf(call),
      });
    },

    async delete(type, target, call) {
      await send({
        verb: "DELETE",
        path: objectPath(type, target),
        contentType: "application/json",
        body: stringifyJson(deleteBody(call)),
        ...optionsOf(call),
      });
    },

    async raw(path, call) {
      if (!path.startsWith("/")) throw new TypeError(`Cannot use "${path}" as a path: it must begin with a slash`);
      return await json({ verb: "GET", path, ...optionsOf(call) }, true);
    },

    close: () => transport.close(),
  };
}

/**
 * Below everything that makes requests, so that none is forgotten. For DELETE the API server reads the query only where
 * there is no body, so there it stands in both.
 */
function dryRunning(transport: Transport): Transport {
  return {
    ...transport,
    text(request) {
      const { verb, path, body } = request;
      if (verb === "GET") return transport.text(request);
      const dry = { ...request, path: `${path}${path.includes("?") ? "&" : "?"}dryRun=All` };
      if (verb !== "DELETE" || body === undefined) return transport.text(dry);
      return transport.text({ ...dry, body: stringifyJson({ ...parseJson(body) as JsonMap, dryRun: ["All"] }) });
    },
  };
}

function garbled({ verb, path }: RequestLine, what: string, cause?: unknown): MalformedResponseError {
  return new MalformedResponseError(`${verb} ${path}: the response is ${what}`, { request: { verb, path }, cause });
}

function targetOf(object: KubeObject): Target {
  return object.metadata;
}

function namespaceOf(type: ResourceType, target: Target): string | undefined {
  if (type.namespaced && target.namespace === undefined) {
    throw new TypeError(`Cannot create ${type.kind} "${target.name}": it needs a namespace`);
  }
  return target.namespace;
}

function optionsOf(call: Pick<HttpRequest, "signal" | "onStatus" | "pass" | "traceparent"> | undefined): CallOptions {
  if (call === undefined) return {};
  const { signal, onStatus, pass, traceparent } = call;
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(onStatus === undefined ? {} : { onStatus }),
    ...(pass === undefined ? {} : { pass }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function deleteBody(options: DeleteOptions | undefined): JsonMap {
  const preconditions: JsonMap = {};
  if (options?.uid !== undefined) preconditions["uid"] = options.uid;
  if (options?.resourceVersion !== undefined) preconditions["resourceVersion"] = options.resourceVersion;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
    ...(options?.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
  };
}
