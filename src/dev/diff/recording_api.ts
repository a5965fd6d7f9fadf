import type { JsonMap } from "../../base/json.ts";
import { mergePatch } from "../../base/merge_patch.ts";
import { ApiError, isNotFound } from "../../cluster/mod.ts";
import type { CallOptions, ClusterApi, Target } from "../../cluster/ports.ts";
import { groupKind, type KubeObject, type ObjectKey, objectKey, type ResourceType } from "../../k8s/object.ts";

/** One write that an operator asked for. */
export interface RecordedWrite {
  readonly box: string;
  readonly action: "create" | "update" | "updateStatus" | "delete";
  readonly type: ResourceType;
  readonly key: ObjectKey;
  /** Absent: there was none. */
  readonly before?: KubeObject;
  /** As the API server would store it. Absent: it would be deleted. */
  readonly after?: KubeObject;
  /** The API server did not compute `after`, since this user may not write: it is what was asked for. */
  readonly isAssumed?: true;
}

/** Objects whose writes are kept; an operator whose first passes write more is shown in part. */
const maxWrites = 20_000;

/** The writes of operators on a client in dry-run mode (`ClientOptions.dryRun`), the first to each object. */
export class WriteRecorder {
  readonly writes = new Map<string, RecordedWrite>();
  /** There were more than are kept. */
  isFull = false;
  /** Number of writes that this user may not even try. */
  assumed = 0;

  /** The client of one box, whose writes are recorded. */
  wrap(box: string, api: ClusterApi & { close(): void }): ClusterApi & { close(): void } {
    return new RecordingApi(box, api, this);
  }

  add(write: RecordedWrite): void {
    if (write.isAssumed === true) this.assumed++;
    const id = JSON.stringify([write.box, groupKind(write.type), write.key, write.action === "updateStatus"]);
    if (this.writes.has(id)) return;
    if (this.writes.size >= maxWrites) this.isFull = true;
    else this.writes.set(id, write);
  }

  /** Would this namespace be there, had the writes been carried out? */
  makesNamespace(name: string): boolean {
    return [...this.writes.values()].some(({ type, key, after }) =>
      groupKind(type) === "Namespace" && key === name && after !== undefined
    );
  }
}

class RecordingApi implements ClusterApi {
  readonly get: ClusterApi["get"];
  readonly list: ClusterApi["list"];
  readonly watch: ClusterApi["watch"];
  readonly raw: ClusterApi["raw"];
  readonly close: () => void;
  readonly #box: string;
  readonly #api: ClusterApi;
  readonly #recorder: WriteRecorder;

  constructor(box: string, api: ClusterApi & { close(): void }, recorder: WriteRecorder) {
    this.#box = box;
    this.#api = api;
    this.#recorder = recorder;
    this.get = (...call) => api.get(...call);
    this.list = (...call) => api.list(...call);
    this.watch = (...call) => api.watch(...call);
    this.raw = (...call) => api.raw(...call);
    this.close = () => api.close();
  }

  async apply(
    type: ResourceType,
    object: KubeObject,
    options: Parameters<ClusterApi["apply"]>[2],
  ): Promise<KubeObject> {
    const before = options.onlyIf === "absent" ? undefined : await this.#read(type, object.metadata, options);
    const action = options.subresource === "status" ? "updateStatus" : before === undefined ? "create" : "update";
    return await this.#write({ action, type, object, before }, () => this.#api.apply(type, object, options));
  }

  async create(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<KubeObject> {
    return await this.#write(
      { action: "create", type, object, before: undefined },
      () => this.#api.create(type, object, options),
    );
  }

  /** Who may not write may not ask either: it is assumed to be possible, as every write is. */
  async createDryRun(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<void> {
    try {
      await this.#api.createDryRun(type, object, options);
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
  }

  /** Events, which nobody has to read of what did not happen. */
  async post(): Promise<void> {
    return await Promise.resolve();
  }

  async mergePatch(
    type: ResourceType,
    target: Target & { subresource?: string },
    patch: JsonMap,
    options?: CallOptions,
  ): Promise<KubeObject> {
    const before = await this.#read(type, target, options);
    const object = mergePatch(before as unknown as JsonMap ?? {}, patch) as unknown as KubeObject;
    const action = target.subresource === "status" ? "updateStatus" : "update";
    return await this.#write(
      { action, type, object, before },
      () => this.#api.mergePatch(type, target, patch, options),
    );
  }

  async delete(type: ResourceType, target: Target, options?: Parameters<ClusterApi["delete"]>[2]): Promise<void> {
    const before = await this.#read(type, target, options);
    let isAssumed = false;
    try {
      await this.#api.delete(type, target, options);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      isAssumed = true;
    }
    if (before === undefined) return;
    this.#add({ action: "delete", type, key: objectKey(before.metadata), before }, isAssumed);
  }

  /** `object`: what is assumed to be stored where this user may not write. */
  async #write(
    { action, type, object, before }: Pick<RecordedWrite, "action" | "type"> & {
      readonly object: KubeObject;
      readonly before: KubeObject | undefined;
    },
    send: () => Promise<KubeObject>,
  ): Promise<KubeObject> {
    let after: KubeObject;
    let isAssumed = false;
    try {
      after = await send();
    } catch (error) {
      if (!isForbidden(error) && !this.#wouldHaveNamespace(error)) throw error;
      isAssumed = isForbidden(error);
      after = assumed(before, object);
    }
    const known = before === undefined ? {} : { before };
    this.#add({ action, type, key: objectKey(after.metadata), ...known, after }, isAssumed);
    return after;
  }

  #add(write: Omit<RecordedWrite, "box" | "isAssumed">, isAssumed: boolean): void {
    this.#recorder.add({ box: this.#box, ...write, ...isAssumed ? { isAssumed } : {} });
  }

  #wouldHaveNamespace(error: unknown): boolean {
    return isNotFound(error) && error.details?.kind === "namespaces" &&
      this.#recorder.makesNamespace(error.details.name ?? "");
  }

  async #read(type: ResourceType, target: Target, { signal }: CallOptions = {}): Promise<KubeObject | undefined> {
    try {
      return await this.#api.get(type, target, signal === undefined ? {} : { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** What admission refuses (a quota, a policy) has the same status and reason as what RBAC does, which names the user. */
function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403 && /is forbidden: User "/.test(error.raw);
}

/** What would be stored: the declared fields over those that are there. */
function assumed(before: KubeObject | undefined, object: KubeObject): KubeObject {
  const { metadata, ...rest } = mergePatch(
    (before ?? {}) as unknown as JsonMap,
    object as unknown as JsonMap,
  ) as unknown as
    & KubeObject
    & JsonMap;
  return {
    ...rest,
    metadata: {
      ...metadata,
      uid: before?.metadata.uid ?? crypto.randomUUID(),
      resourceVersion: before?.metadata.resourceVersion ?? "0",
    },
  } as KubeObject;
}
