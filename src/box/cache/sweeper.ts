import type { Clock } from "../../base/clock.ts";
import { ApiError, discoverType, isCallError, isNotFound, sleep } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { formerBoxLabel, labels } from "../../k8s/names.ts";
import {
  apiVersionOf,
  compareResourceVersions,
  groupKind,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../../k8s/object.ts";
import type { BoxPlan, WatchPlan } from "../../plan/plan.ts";
import { isFormerStatus, observeChild, type Observer, ownFinalizers, recordedKinds } from "../../reconcile/mod.ts";
import { ownerKindLabel } from "../../resources/mod.ts";
import type { BoxMessage } from "../report/message.ts";
import type { Store } from "./store.ts";
import { type FoundTypes, SweptTypes } from "./swept_types.ts";

export interface SweeperPorts {
  readonly api: ClusterApi;
  readonly plan: BoxPlan;
  /** Those of the box, under former names too. */
  readonly finalizers: readonly string[];
  readonly store: Store;
  readonly observer: Observer;
  /** False: the CRD has no status subresource, so its status is the author's, and nothing in it is a record. */
  readonly hasStatus: () => boolean;
  readonly clock: Clock;
  readonly signal: () => AbortSignal;
  readonly report: (message: BoxMessage) => void;
}

interface LastSweep {
  readonly kinds: string;
  readonly done: Promise<void>;
  /** `Infinity` until it has ended. */
  endMs: number;
}

/** Between two lists of the children that are being cleaned up. */
const againMs = 2_000;
/** After lists that failed. */
const maxWaitMs = 60_000;
/** Lists without a change, after which the rest is left: it is retained, or another box's. */
const maxIdleLists = 3;
const maxLists = 300;
/** A sweep for one CR serves others that need one meanwhile, and within this time after it. */
const freshMs = 1_000;
/** Selects children of former versions, which carry no identity. */
const formerSelector = `${formerBoxLabel},!${labels.ownerKind}`;
/** Tries to find children of former versions before the box starts without. */
const maxTries = 5;

/**
 * Finds children that no watch covers. A box watches the kinds and namespaces in which its Katalog creates children;
 * the last Katalog may have created others. Each CR's status records the kinds (condition `Synced`), so only those are
 * listed, once, after a start; a status without a record, of a former version, means all kinds.
 */
export class Sweeper {
  /** Kinds that are being cleaned up; they stay on record meanwhile. */
  readonly formerKinds = new Set<string>();
  readonly #ports: SweeperPorts;
  readonly #selector: string;
  #add: (key: ObjectKey) => void = () => {};
  #running: Promise<void> | undefined;
  #stopping = new AbortController();
  readonly #carrying = new AbortController();
  #last: LastSweep | undefined;
  readonly #types: SweptTypes;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
    this.#types = new SweptTypes(ports.api, ports.clock, ports.signal);
    const { type } = ports.plan;
    const owner = ownerKindLabel({ apiVersion: apiVersionOf(type), kind: type.kind });
    this.#selector = `${labels.ownerKind}=${owner}`;
  }

  /** Children of former versions carry no identity for the watches to select: one list for each kind finds them. */
  async carryOver({ type, namespaces }: Pick<WatchPlan, "type" | "namespaces">): Promise<void> {
    for (const namespace of namespaces ?? [undefined]) await this.#carryOverFrom(type, namespace, this.#ports.clock);
  }

  async #carryOverFrom(type: ResourceType, namespace: string | undefined, clock: Clock): Promise<void> {
    for (let tries = 1; tries <= maxTries; tries++) {
      try {
        await this.#list(type, formerSelector, namespace, this.#carrying.signal);
        return;
      } catch (error) {
        if (this.#carrying.signal.aborted) return;
        if (!isCallError(error)) throw error;
        if (error instanceof ApiError && error.status === 403) return;
        if (isNotFound(error) && await this.#isUnserved(type)) return;
        if (tries === maxTries) this.#note(`cannot look for ${type.plural} of a former version: ${error.message}`);
        else await sleep(clock, 500 * tries, this.#carrying.signal);
      }
    }
  }

  async #isUnserved(type: ResourceType): Promise<boolean> {
    try {
      return await discoverType(this.#ports.api, type, { signal: this.#carrying.signal }) === undefined;
    } catch (error) {
      if (!isCallError(error) && !this.#carrying.signal.aborted) throw error;
      return false;
    }
  }

  /** The workers run: sweeps children that the last Katalog left behind. `add` is called with their CRs. */
  begin(add: (key: ObjectKey) => void): void {
    this.#add = add;
    this.#stopping = new AbortController();
    const kinds = this.#leftKinds();
    // At once: the first pass writes the record, and must not drop a kind from it that was never swept.
    if (Array.isArray(kinds)) { for (const kind of kinds) this.formerKinds.add(kind); }
    if (kinds !== "none") this.#running = this.#cleanUntilDone(kinds);
  }

  /** Kinds that cannot be listed stay on record, and are tried again; the others do not wait for them. */
  async #cleanUntilDone(kinds: readonly string[] | "all"): Promise<void> {
    const { signal } = this.#stopping;
    const left = new Set<string>();
    let types: readonly ResourceType[] | undefined;
    for (let failures = 0; !signal.aborted; failures++) {
      const waitMs = Math.min(maxWaitMs, againMs * 2 ** Math.min(failures, 10));
      try {
        const found: FoundTypes = types === undefined
          ? await this.#findUnwatched(kinds)
          : { types, unknown: [], failure: undefined };
        if (types === undefined) {
          // What was on record, and is not served any more, is gone.
          for (const kind of left) if (!found.types.some((type) => groupKind(type) === kind)) left.delete(kind);
          for (const kind of found.unknown) left.add(kind);
        }
        types = await this.#clean(found.types, { left, withFormer: kinds === "all", waitMs });
        if (signal.aborted) return;
        if (found.failure !== undefined) {
          types = undefined;
          throw found.failure;
        }
        if (types.length === 0) return;
      } catch (error) {
        if (signal.aborted || this.#ports.signal().aborted) return;
        if (!isCallError(error)) throw error;
        this.#noteFailure(error, waitMs);
      }
      await sleep(this.#ports.clock, waitMs, signal);
    }
  }

  #noteFailure({ message }: Error, waitMs: number): void {
    this.#note(`cannot look for children that the last Katalog made: ${message}; trying again in ${waitMs / 1000} s`);
  }

  /** Ends the lists of `carryOver`. */
  stop(): void {
    this.#carrying.abort();
  }

  /** Stops sweeping. Kinds that were not swept stay on record. */
  async end(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Before the finalizer of a CR is removed: lists its children of all recorded kinds, in all namespaces. */
  async sweepFor(cr: KubeObject): Promise<void> {
    const kinds = (this.#ports.hasStatus() ? recordedKinds(cr) : undefined) ?? "all";
    const id = kinds === "all" ? kinds : kinds.join(",");
    const { clock } = this.#ports;
    if (this.#last?.kinds !== id || clock.nowMs() - this.#last.endMs > freshMs) {
      const last: LastSweep = { kinds: id, done: this.#sweep(kinds), endMs: Infinity };
      this.#last = last;
      last.done.then(() => last.endMs = clock.nowMs(), () => this.#last = undefined);
    }
    await this.#last.done;
  }

  /** A kind that cannot be listed keeps no other from being listed; the first such error is thrown at the end. */
  async #sweep(kinds: readonly string[] | "all"): Promise<void> {
    const found = await this.#types.find(kinds);
    const failures: Error[] = found.failure === undefined ? [] : [found.failure];
    const lost = await this.#listAll(found.types, failures);
    if (lost.size > 0) {
      const again = await this.#findAgain([...lost.keys()]);
      if (again.failure !== undefined) failures.push(again.failure);
      // Of what no status records, one that discovery has and whose list is 404 holds nobody.
      const still = await this.#listAll(again.types, failures);
      if (kinds !== "all") failures.push(...still.values());
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Returns the types whose lists were 404. */
  async #listAll(types: readonly ResourceType[], failures: Error[]): Promise<Map<ResourceType, ApiError>> {
    const lost = new Map<ResourceType, ApiError>();
    for (const type of types) {
      try {
        let list = await this.#listIfAllowed(type, this.#selector);
        if (!(list instanceof ApiError)) list = await this.#listIfAllowed(type, formerSelector);
        if (list instanceof ApiError) lost.set(type, list);
      } catch (error) {
        if (!isCallError(error)) throw error;
        failures.push(error);
      }
    }
    return lost;
  }

  /** Kinds that the statuses record and the Plan does not create. */
  #leftKinds(): readonly string[] | "all" | "none" {
    const { store, plan, finalizers } = this.#ports;
    const hasStatus = this.#ports.hasStatus();
    const made = new Set(plan.children.map(groupKind));
    const left = new Set<string>();
    let recorded = false;
    let handled = false;
    for (const [, cr] of store.crs()) {
      const kinds = hasStatus ? recordedKinds(cr) : undefined;
      for (const kind of kinds ?? []) if (!made.has(kind)) left.add(kind);
      if (kinds !== undefined) recorded = true;
      else if (hasStatus && isFormerStatus(cr)) handled = true;
      // Held for children elsewhere, which the Plan does not create any more.
      if (!plan.finalizer && ownFinalizers(cr, finalizers).length > 0) {
        for (const kind of kinds ?? made) left.add(kind);
      }
    }
    if (handled && !recorded) return "all";
    return left.size === 0 ? "none" : [...left].sort();
  }

  /** Kinds that are watched in all namespaces need no list. */
  async #findUnwatched(kinds: readonly string[] | "all"): Promise<FoundTypes> {
    const watched = new Set(
      this.#ports.plan.watches.filter(({ role, namespaces }) => role === "children" && namespaces === undefined)
        .map(({ type }) => groupKind(type)),
    );
    const wanted = kinds === "all" ? kinds : kinds.filter((kind) => !watched.has(kind));
    const found = await this.#types.find(wanted);
    return { ...found, types: found.types.filter((type) => !watched.has(groupKind(type))) };
  }

  /**
   * Returns those that could not be listed, which are tried again in `waitMs`. `left` collects the kinds that stay on
   * record.
   */
  async #clean(
    types: readonly ResourceType[],
    { left, withFormer, waitMs }: { left: Set<string>; withFormer: boolean; waitMs: number },
  ): Promise<ResourceType[]> {
    const { plan, store } = this.#ports;
    const failed: ResourceType[] = [];
    for (const type of types) {
      const kind = groupKind(type);
      try {
        if (await this.#cleanKind(type, withFormer)) left.delete(kind);
        else left.add(kind);
      } catch (error) {
        if (this.#ports.signal().aborted || !isCallError(error)) throw error;
        this.#noteFailure(error, waitMs);
        failed.push(type);
        left.add(kind);
        this.formerKinds.add(kind);
        continue;
      }
      if (this.#stopping.signal.aborted) return failed;
      if (left.has(kind)) continue; // its children are still there, and a deletion has to see them
      if (!plan.children.some((child) => groupKind(child) === kind)) store.forgetKind(type);
      this.formerKinds.delete(kind);
    }
    // The rest are kinds that are not served, or that a watch covers.
    for (const kind of [...this.formerKinds]) if (!left.has(kind)) this.formerKinds.delete(kind);
    for (const [key] of store.crs()) this.#add(key); // the record is renewed
    return failed;
  }

  /** Reconciles the CRs of the children until none are left; false when they are retained, or another Katalog's. */
  async #cleanKind(type: ResourceType, withFormer: boolean, isSecondTry = false): Promise<boolean> {
    const { clock } = this.#ports;
    let before = "";
    let idle = 0;
    for (let lists = 0; lists < maxLists && !this.#stopping.signal.aborted; lists++) {
      const own = await this.#listIfAllowed(type, this.#selector);
      const former = withFormer && !(own instanceof ApiError)
        ? await this.#listIfAllowed(type, formerSelector)
        : undefined;
      if (own instanceof ApiError || former instanceof ApiError) {
        const { types: [now], failure } = await this.#findAgain([type]);
        if (failure !== undefined) throw failure;
        if (now === undefined) return true;
        const error = own instanceof ApiError ? own : former;
        if (isSecondTry || apiVersionOf(now) === apiVersionOf(type)) throw error;
        return await this.#cleanKind(now, withFormer, true);
      }
      const found = new Set([...own?.keys() ?? [], ...former?.keys() ?? []]);
      if (found.size === 0) return true;
      if (lists === 0) this.formerKinds.add(groupKind(type));
      for (const key of found) this.#enqueueOwner(type, key);
      const now = [...found].sort().join();
      idle = now === before ? idle + 1 : 0;
      before = now;
      // The deletion of the CR still looks for them.
      if (idle >= maxIdleLists) return false;
      await sleep(clock, againMs, this.#stopping.signal);
    }
    return false;
  }

  #enqueueOwner(type: ResourceType, key: ObjectKey): void {
    const { store } = this.#ports;
    const child = store.child(type, key);
    const cr = child === undefined ? undefined : store.crOf(child.owner);
    if (cr !== undefined) this.#add(cr);
  }

  /** `undefined`: not allowed, which is reported. An error: 404, so that the type is another one by now. */
  async #listIfAllowed(
    type: ResourceType,
    selector: string,
  ): Promise<ReadonlyMap<ObjectKey, string> | ApiError | undefined> {
    try {
      return await this.#list(type, selector, undefined);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 405) return undefined;
      const named = new ApiError(`${groupKind(type)}: ${error.message}`, { ...error });
      if (error.status === 404) return named;
      if (error.status !== 403) throw named;
      this.#note(`may not list ${type.plural}, so children of that kind may stay behind: ${error.message}`);
      return undefined;
    }
  }

  /**
   * Looks again for types whose lists were 404: objects are served under another version by now, or their kind is gone,
   * and they are with it. The store forgets those that no watch covers.
   */
  async #findAgain(types: readonly ResourceType[]): Promise<FoundTypes> {
    const { plan, store } = this.#ports;
    this.#types.forget(types);
    const found = await this.#types.find(types.map(groupKind));
    const kept = new Set([...[...found.types, ...plan.children].map(groupKind), ...found.unknown]);
    for (const type of types) if (!kept.has(groupKind(type))) store.forgetKind(type);
    return found;
  }

  async #list(
    type: ResourceType,
    labelSelector: string,
    namespace: string | undefined,
    signal = this.#ports.signal(),
  ): Promise<ReadonlyMap<ObjectKey, string>> {
    const { api, store, observer } = this.#ports;
    const found = new Map<ObjectKey, string>();
    const { resourceVersion } = await api.list(type, { labelSelector, namespace }, (items) => {
      for (const item of items) {
        const child = observeChild(type, item, observer);
        if (!child.managed) continue; // it only carries the labels
        store.foundChild(child);
        found.set(objectKey(item.metadata), child.uid);
      }
    }, { signal });
    for (const child of store.childrenOfKind(type)) {
      const wanted = labelSelector === this.#selector
        ? child.labelled.ownerUid !== undefined
        : child.labelled.ownerUid === undefined;
      // One that was made after the list is not in it.
      const isNewer = compareResourceVersions(child.resourceVersion, resourceVersion) > 0;
      if (wanted && namespace === undefined && !found.has(child.key) && !isNewer) {
        store.dropChild(type, child.key, child.uid);
      }
    }
    return found;
  }

  #note(message: string): void {
    this.#ports.report({ type: "note", box: this.#ports.plan.name, message });
  }
}
