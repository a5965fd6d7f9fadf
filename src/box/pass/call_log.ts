import type { ApplyGuard } from "../../cluster/mod.ts";
import type { CallOptions, ClusterApi, DeleteOptions, Target } from "../../cluster/ports.ts";
import type { Json, JsonMap } from "../../base/json.ts";
import { type KubeObject, type ObjectKey, objectKey, type ResourceType } from "../../k8s/object.ts";

/** One request for one object, as it is reported: never with what was sent or received. */
export interface CallRecord {
  readonly verb: "get" | "apply" | "create" | "dry-run create" | "patch" | "delete";
  readonly kind: string;
  readonly key: ObjectKey;
  readonly subresource?: string | undefined;
  /** Status code; absent: no response came. */
  readonly code?: number | undefined;
}

/** Calls of one pass that are kept, the first ones; the others are counted. */
const maxCalls = 12;

/** The client of one pass: passes every call on, and keeps which were made. Lists and watches are no calls of a pass. */
export class CallLog implements ClusterApi {
  readonly #api: ClusterApi;
  readonly #pass: string;
  #calls: CallRecord[] | undefined;
  #omitted = 0;

  /** `pass`: the pass whose client it is. */
  constructor(api: ClusterApi, pass: string) {
    this.#api = api;
    this.#pass = pass;
  }

  /** In the order in which they were made. */
  get calls(): readonly CallRecord[] {
    return this.#calls ?? [];
  }

  /** Number of calls that were made beyond those. */
  get omitted(): number {
    return this.#omitted;
  }

  get(type: ResourceType, target: Target, options?: CallOptions): Promise<KubeObject> {
    return this.#api.get(type, target, this.#noted(options, "get", type, target));
  }

  apply(
    type: ResourceType,
    object: KubeObject,
    options: { force: boolean; subresource?: "status"; onlyIf?: ApplyGuard | undefined } & CallOptions,
  ): Promise<KubeObject> {
    const { metadata } = object;
    return this.#api.apply(type, object, {
      ...options,
      ...this.#noted(options, "apply", type, metadata, options.subresource),
    });
  }

  create(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<KubeObject> {
    return this.#api.create(type, object, this.#noted(options, "create", type, object.metadata));
  }

  createDryRun(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<void> {
    return this.#api.createDryRun(type, object, this.#noted(options, "dry-run create", type, object.metadata));
  }

  mergePatch(
    type: ResourceType,
    target: Target & { subresource?: string },
    patch: JsonMap,
    options?: CallOptions,
  ): Promise<KubeObject> {
    return this.#api.mergePatch(type, target, patch, this.#noted(options, "patch", type, target, target.subresource));
  }

  delete(type: ResourceType, target: Target, options?: DeleteOptions & CallOptions): Promise<void> {
    return this.#api.delete(type, target, { ...options, ...this.#noted(options, "delete", type, target) });
  }

  post(...call: Parameters<ClusterApi["post"]>): Promise<void> {
    return this.#api.post(...call);
  }

  list(...call: Parameters<ClusterApi["list"]>): Promise<{ resourceVersion: string }> {
    return this.#api.list(...call);
  }

  watch(...call: Parameters<ClusterApi["watch"]>): Promise<{ resourceVersion: string }> {
    return this.#api.watch(...call);
  }

  raw(...call: Parameters<ClusterApi["raw"]>): Promise<Json> {
    return this.#api.raw(...call);
  }

  #noted(
    options: CallOptions | undefined,
    verb: CallRecord["verb"],
    { kind }: ResourceType,
    target: Target,
    subresource?: string,
  ): CallOptions {
    const calls = this.#calls ??= [];
    if (calls.length >= maxCalls) {
      this.#omitted++;
      return { ...options, pass: this.#pass };
    }
    const call: { -readonly [F in keyof CallRecord]: CallRecord[F] } = { verb, kind, key: objectKey(target) };
    if (subresource !== undefined) call.subresource = subresource;
    calls.push(call);
    // A request that is sent again, after a 401 or a 429, counts with its last response.
    return {
      ...(options?.signal === undefined ? {} : { signal: options.signal }),
      onStatus: (code) => call.code = code,
      pass: this.#pass,
    };
  }
}
