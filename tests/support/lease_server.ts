import type { Json, JsonMap } from "../../src/base/json.ts";
import { ApiError, NetworkError } from "../../src/cluster/api_error.ts";
import type { ClusterApi, ListQuery, WatchEvent } from "../../src/cluster/ports.ts";
import type { KubeObject } from "../../src/k8s/object.ts";

/** `cut`: nothing arrives, in either direction. `deaf`: requests are carried out, and their responses do not come. */
export type Link = "open" | "cut" | "deaf";

/** One client's connection to the server, and what a test does to it. */
export interface LeaseClient {
  readonly api: ClusterApi;
  readonly link: Link;
  /** Whatever hangs is broken off when the link opens again. */
  setLink(link: Link): void;
}

/** An API server that knows Leases of one namespace, in memory: for elections on a fake clock. */
export class LeaseServer {
  readonly leases = new Map<string, KubeObject>();
  /** Writes that were carried out, oldest first. */
  readonly writes: { readonly client: string; readonly spec: JsonMap }[] = [];
  #version = 0;
  readonly #watches = new Set<
    { readonly shows: (lease: KubeObject) => boolean; readonly onEvent: (event: WatchEvent) => void }
  >();

  client(name: string): LeaseClient {
    let link: Link = "open";
    const hanging = new Set<(error: Error) => void>();

    /** What gets no response: rejects when the caller gives up, or the connection breaks. */
    const hang = async (signal: AbortSignal | undefined): Promise<never> => {
      const { promise, reject } = Promise.withResolvers<never>();
      const give = (): void => reject(signal!.reason);
      if (signal?.aborted) give();
      signal?.addEventListener("abort", give, { once: true });
      hanging.add(reject);
      try {
        return await promise;
      } finally {
        signal?.removeEventListener("abort", give);
        hanging.delete(reject);
      }
    };

    const call = async <T>(signal: AbortSignal | undefined, run: () => T): Promise<T> => {
      signal?.throwIfAborted();
      if (link === "cut") return await hang(signal);
      // A request takes a turn of the event loop, and meets what was done meanwhile.
      await Promise.resolve();
      const result = attempt(run);
      if (link !== "open") return await hang(signal);
      if ("error" in result) throw result.error;
      return result.value;
    };

    return {
      get link() {
        return link;
      },
      setLink(wanted) {
        link = wanted;
        const broken = new NetworkError("The connection was reset", { request: line });
        if (link === "open") { for (const reject of [...hanging]) reject(broken); }
      },
      api: {
        get: (_type, { name }, options) => call(options?.signal, () => this.#current(name)),
        create: (_type, object, options) =>
          call(options?.signal, () => {
            if (this.leases.has(object.metadata.name)) throw refusal(409, "AlreadyExists");
            return this.#put(name, { ...object, metadata: { ...object.metadata, uid: `uid-${this.#version}` } });
          }),
        mergePatch: (_type, target, patch, options) =>
          call(options?.signal, () => {
            const { metadata, spec } = patch as { metadata: JsonMap; spec: JsonMap };
            const current = this.#current(target.name);
            const { uid, resourceVersion } = current.metadata;
            if ((metadata["resourceVersion"] ?? resourceVersion) !== resourceVersion) throw refusal(409, "Conflict");
            if ((metadata["uid"] ?? uid) !== uid) throw refusal(409, "Conflict");
            const merged: Record<string, Json> = { ...current["spec"] as JsonMap, ...spec };
            for (const key of Object.keys(merged)) if (merged[key] === null) delete merged[key];
            return this.#put(name, { ...current, spec: merged });
          }),
        watch: async (_type, query, onEvent, options) => {
          const watch = { shows: (lease: KubeObject) => link === "open" && isSelected(lease, query), onEvent };
          await call(options?.signal, () => {
            for (const lease of this.leases.values()) {
              if (watch.shows(lease)) onEvent({ type: "ADDED", object: lease });
            }
            onEvent({ type: "BOOKMARK", resourceVersion: String(this.#version), endsState: true });
            this.#watches.add(watch);
          });
          try {
            return await hang(options?.signal);
          } finally {
            this.#watches.delete(watch);
          }
        },
        list: (_type, query, onPage, options) =>
          call(options?.signal, () => {
            onPage([...this.leases.values()].filter((lease) => isSelected(lease, query)));
            return { resourceVersion: String(this.#version) };
          }),
        apply: () => Promise.reject(new Error("A Lease is not applied")),
        createDryRun: () => Promise.reject(new Error("A Lease is created")),
        post: () => Promise.reject(new Error("A Lease is created")),
        delete: (_type, { name }, options) =>
          call(options?.signal, () => {
            this.#current(name);
            this.remove(name);
          }),
        raw: () => Promise.reject(new Error("Nothing is discovered")),
      },
    };
  }

  /** An administrator changes a Lease. */
  edit(name: string, spec: JsonMap): void {
    const lease = this.#current(name);
    this.#put("admin", { ...lease, spec: { ...lease["spec"] as JsonMap, ...spec } });
  }

  remove(name: string): void {
    const object = this.#current(name);
    this.leases.delete(name);
    this.#version++;
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#send({ type: "DELETED", object: gone });
  }

  #current(name: string): KubeObject {
    const lease = this.leases.get(name);
    if (lease === undefined) throw refusal(404, "NotFound");
    return lease;
  }

  #put(client: string, object: KubeObject): KubeObject {
    const { name } = object.metadata;
    const isNew = !this.leases.has(name);
    this.#version++;
    const lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.leases.set(name, lease);
    this.writes.push({ client, spec: object["spec"] as JsonMap });
    this.#send({ type: isNew ? "ADDED" : "MODIFIED", object: lease });
    return lease;
  }

  #send(event: WatchEvent & { object: KubeObject }): void {
    for (const { shows, onEvent } of this.#watches) if (shows(event.object)) onEvent(event);
  }
}

function isSelected({ metadata }: KubeObject, { fieldSelector, labelSelector }: ListQuery): boolean {
  if (fieldSelector !== undefined && fieldSelector !== `metadata.name=${metadata.name}`) return false;
  const [key, value] = labelSelector?.split("=") ?? [];
  return key === undefined || metadata.labels?.[key] === value;
}

function attempt<T>(run: () => T): { value: T } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

const line = { verb: "PATCH", path: "/lease" };

function refusal(status: number, reason: string): ApiError {
  return new ApiError(reason, { status, reason, request: line });
}
