import { errorText } from "../../base/error_text.ts";
import type { Clock } from "../../base/clock.ts";
import { ApiError, type Informer, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { isSelected } from "../../input/mod.ts";
import {
  apiVersionOf,
  groupKind,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
  splitApiVersion,
} from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { BoxPlan, WatchPlan } from "../../plan/plan.ts";
import { isSameOwned, observeChild, type ObservedChild, type Observer, ownFinalizers } from "../../reconcile/mod.ts";
import type { LearnedSchema } from "../context.ts";
import { guard } from "../guard.ts";
import type { TriggeringObject } from "../queue/trigger.ts";
import type { BoxMessage } from "../report/message.ts";
import { lacksStatus, noStatusNote } from "./definition_status.ts";
import { type KindHandlers, KindWatcher } from "./kind_watcher.ts";
import type { Sources } from "./sources.ts";
import type { Store } from "./store.ts";
import type { Sweeper } from "./sweeper.ts";
import { TriggerWatch } from "./trigger_watch.ts";

/** What watches report. Called from the first event on, which is before all caches have synced. */
export interface WatchHandlers {
  /** A CR is in the store, or another state of it. `isNew`: it differs in more than passes write. */
  crStored(key: ObjectKey, cr: KubeObject, isNew: boolean): void;
  /** A CR has left the store. `deleted`: with its last state, where an event said so. */
  crGone(key: ObjectKey, deleted: boolean): void;
  /** Called for every deletion, also of a CR that was not in the store. */
  crDeleted(uid: string | undefined): void;
  childChanged(child: ObservedChild): void;
  /** An object of `operatorBox.watch` or `watchEvents` is a reason to look at CRs. */
  triggered(crs: readonly ObjectKey[] | "all", object: TriggeringObject): void;
  /** What a pass decides on has changed, though no object has. */
  inputsChanged(): void;
  /** The same, and every CR needs a pass for it. */
  kindsChanged(): void;
  /** All CRs are in the store. */
  crsListed(): void;
  /** The API server does not serve the kind of the CRs. */
  crsUnserved(error: string): void;
  /** The CRD is another one, or has another generation. */
  schemaChanged(): void;
  /** A kind cannot be watched, or not any more; it is tried again. */
  watchFailed(type: ResourceType, isOfCrs: boolean, error: string | undefined): void;
  /** A handler threw. */
  defect(error: unknown): void;
}

export interface WatchesPorts {
  readonly plan: BoxPlan;
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Name of the reporting controller in Events. */
  readonly component: string;
  readonly report: (message: BoxMessage) => void;
  readonly store: Store;
  readonly observer: Observer;
  /** Those of the box, under former names too. */
  readonly finalizers: readonly string[];
  readonly learned: LearnedSchema;
  readonly bounded: <T>(run: () => T) => T;
  readonly sources: Sources;
  readonly sweeper: Sweeper;
  readonly handlers: WatchHandlers;
}

const definitions: ResourceType = builtInType("CustomResourceDefinition")!;

/**
 * How long the CRD's watch is refused until that is reported: an API server that has just started refuses everything until
 * it has read the roles.
 */
const refusedMs = 1_000;

/** The watches of a box, as its Plan has them: they fill the store, and report what has changed in it. */
export class Watches {
  /** All caches have synced. Rejects when stopped before. */
  readonly settled: Promise<void>;
  /** All CRs are in the store, or their kind is not served and there are none. Rejects when stopped before. */
  readonly crsSettled: Promise<void>;
  readonly #ports: WatchesPorts;
  readonly #watchers: KindWatcher[] = [];
  readonly #triggers: KindWatcher[] = [];
  /** groupKind → the type under which it is served now. */
  readonly #served = new Map<string, ResourceType>();
  /** groupKind of a kind of child → why its objects cannot be read. */
  readonly #unseen = new Map<string, string>();
  /** groupKinds of children that were not served, are served now, and are not listed yet. */
  readonly #listing = new Set<string>();
  /** When the CRs were listed first: the API server is not what keeps a kind of child from being read. */
  #crsListedMs: number | undefined;
  #crsServed = false;
  #definition: Informer | undefined;

  constructor(ports: WatchesPorts) {
    this.#ports = ports;
    const settled: Promise<void>[] = [];
    const crsSettled: Promise<void>[] = [];
    for (const watch of ports.plan.watches) {
      switch (watch.role) {
        case "crs":
          crsSettled.push(this.#watchCrs(watch));
          break;
        case "definition":
          this.#watchDefinition();
          break;
        case "children":
          settled.push(...this.#watchChildren(watch));
          break;
        case "trigger":
          // Nothing waits for these: what they tell is why to look, not what is seen.
          this.#watchTrigger(watch);
          break;
        case "source":
          settled.push(ports.sources.open(watch));
          break;
        default:
          watch.role satisfies never;
      }
    }
    this.crsSettled = Promise.all(crsSettled).then(() => {});
    this.settled = Promise.all([...settled, this.crsSettled]).then(() => {});
    this.settled.catch(() => {/* rejects when stopped before; a handler is optional */});
  }

  /** The kind of the CRs is served, and all of them are in the store. */
  get crsServed(): boolean {
    return this.#crsServed;
  }

  /** The type under which the API server serves a kind; `undefined`: it serves none. */
  served(type: ResourceType): ResourceType | undefined {
    return this.#served.get(groupKind(type));
  }

  /** Why the objects of a kind of child cannot be read; `undefined`: they can, or there are none. */
  unseen(type: ResourceType): string | undefined {
    return this.#unseen.get(groupKind(type));
  }

  /** The same for a deletion, which leaves nothing behind: not before all objects are listed. */
  unseenByDeletion(type: ResourceType): string | undefined {
    // Of the CRs' own kind, the watch of the CRs may have found it before that of the children has.
    const isHidden = this.#ports.store.isHidden(type) && this.served(type) !== undefined;
    const isListing = this.#listing.has(groupKind(type)) || isHidden;
    return this.unseen(type) ??
      (isListing ? `cannot read ${type.plural} of ${apiVersionOf(type)} yet: they are being listed` : undefined);
  }

  /** To be called when the API server reports that it does not serve a kind. */
  notServed(type: ResourceType): void {
    this.#watchers.find((watcher) => watcher.isOf(type))?.recheck();
  }

  async stop(): Promise<void> {
    const watchers = [...this.#watchers, ...this.#triggers].map((watcher) => watcher.stop());
    await Promise.all([...watchers, this.#definition?.stop()]);
  }

  /** `operatorBox.watch` and `watchEvents`. */
  #watchTrigger(watch: WatchPlan): void {
    const { plan: box, api, clock, random, component, store, bounded, report, handlers } = this.#ports;
    const plan = box.triggers?.find(({ id }) => id === watch.trigger);
    if (plan === undefined) throw new TypeError(`No trigger ${watch.trigger}`);
    const { type, namespaces, fieldSelector } = watch;
    const trigger = new TriggerWatch(plan, {
      crType: box.type,
      wallMs: () => clock.wallMs(),
      bounded,
      isOwn: (object) =>
        store.hasWritten(type, object.metadata.resourceVersion ?? "") ||
        (plan.event !== undefined && object["reportingController"] === component),
      crOf: ({ apiVersion, kind, namespace, name }) => {
        const { group } = splitApiVersion(apiVersion);
        const child = store.child({ ...type, group, kind }, objectKey({ namespace, name }));
        return child === undefined ? undefined : store.crOf(child.owner);
      },
      fired: (crs, object) => handlers.triggered(crs, object),
    });
    const watcher = new KindWatcher(
      api,
      type,
      { namespaces, fieldSelector: selectorText(fieldSelector) },
      {
        upsert: (object) => trigger.upsert(object),
        removed: (object) => trigger.removed(object),
        replaced: (keys, _version, namespace) => trigger.replaced(keys, namespace),
        restarted: () => {},
        state: (state, detail) => {
          const error = detail === undefined ? undefined : errorText(detail.error);
          if (state === "retrying") handlers.watchFailed(type, false, undefined);
          report({ type: "informer", box: box.name, kind: type.kind, state, error, inMs: detail?.inMs });
        },
        failed: (error) => handlers.defect(error),
        served: () => trigger.listed(),
        missing: () => {
          trigger.replaced(new Set(), undefined);
          trigger.listed();
        },
        unseen: () => {},
      },
      { clock, random, streamsState: true },
      { builtIn: isBuiltIn(type), readableSinceMs: () => this.#crsListedMs },
    );
    this.#triggers.push(watcher);
  }

  #watchCrs(watch: WatchPlan): Promise<void> {
    const { plan, store, finalizers, handlers } = this.#ports;
    // The selectors are applied here: the deletion of a CR that left the selection must still be seen.
    const wide = plan.labelSelector !== undefined || plan.fieldSelector !== undefined;
    return this.#watch(watch, {
      upsert: (cr) => {
        const key = objectKey(cr.metadata);
        if (wide && !isSelected(plan, cr) && ownFinalizers(cr, finalizers).length === 0) {
          if (store.removeCr(cr)) handlers.crGone(key, false);
          return;
        }
        const before = store.cr(key);
        if (store.putCr(cr)) handlers.crStored(key, cr, before === undefined || isNewToPasses(before, cr));
      },
      removed: (cr) => {
        handlers.crDeleted(cr.metadata.uid);
        if (store.removeCr(cr)) handlers.crGone(objectKey(cr.metadata), true);
      },
      replaced: (keys, resourceVersion, namespace) => {
        for (const key of store.replaceCrs(keys, resourceVersion, namespace)) handlers.crGone(key, false);
      },
      // Without selectors in the watch, a response may show a CR that left the selection; only its event is handled.
      ...(wide ? {} : { isKnown: (version: string) => store.hasWritten(plan.type, version) }),
    }).settled;
  }

  #watchChildren(watch: WatchPlan): Promise<void>[] {
    const { store, observer, handlers } = this.#ports;
    const { type, namespaces } = watch;
    const depth = observer.depthOf(type);
    const { settled } = this.#watch(watch, {
      upsert: (object) => {
        if (store.isOld(type, object.metadata)) return;
        const child = observeChild(type, object, observer);
        const before = store.putChild(child);
        if (before === false) return;
        if (before !== undefined && depth === "none" && isSame(before, child)) return;
        handlers.childChanged(child);
        if (before !== undefined && before.owner !== child.owner) handlers.childChanged(before);
      },
      removed: (object) => {
        const { metadata } = object;
        const { finished } = observeChild(type, object, observer);
        store.noteEnd(type, objectKey(metadata), finished);
        const child = store.removeChild(type, objectKey(metadata), metadata.resourceVersion ?? "");
        if (child !== undefined) handlers.childChanged(child);
      },
      replaced: (keys, resourceVersion, namespace) => {
        for (const child of store.replaceChildren(type, keys, resourceVersion, namespace)) handlers.childChanged(child);
      },
      isKnown: (version) => store.hasWritten(type, version),
    });
    // The kind is seen with what former versions made of it, or cannot be.
    const carried = this.#carryOver({ type, namespaces });
    return [settled, settled.then(() => this.unseen(type) === undefined ? carried : undefined)];
  }

  #watch(
    watch: WatchPlan,
    store: Pick<KindHandlers, "upsert" | "removed" | "replaced"> & {
      /** True for states from responses to own writes. */
      isKnown?: (resourceVersion: string) => boolean;
    },
  ): KindWatcher {
    const { type, role, namespaces, labelSelector, fieldSelector } = watch;
    const { plan: { name: box }, api, clock, random, report, handlers } = this.#ports;
    const { isKnown, ...rest } = store;
    const watcher = new KindWatcher(
      api,
      type,
      { namespaces, labelSelector: selectorText(labelSelector), fieldSelector: selectorText(fieldSelector) },
      {
        ...rest,
        restarted: () => this.#ports.store.restart(type),
        state: (state, detail) => {
          const error = detail === undefined ? undefined : errorText(detail.error);
          if (state === "retrying") handlers.watchFailed(type, role === "crs", error);
          report({ type: "informer", box, kind: type.kind, state, error, inMs: detail?.inMs });
        },
        failed: (error) => handlers.defect(error),
        // A pass needs the type of its CR at once; nothing is decided on children before all of their kind are listed.
        found: (found) => {
          if (role !== "crs") {
            if (this.#ports.store.isHidden(type)) this.#listing.add(groupKind(type));
            return;
          }
          this.#served.set(groupKind(type), found);
          handlers.inputsChanged();
        },
        served: (found) => {
          const wasHidden = role !== "crs" && this.#showKind(type);
          this.#kindServed({ type, namespaces }, found, wasHidden);
          if (role === "crs") this.#crsListed();
        },
        missing: () => this.#kindMissing(type, role === "crs"),
        unseen: (error) => this.#kindUnseen(type, error),
      },
      { clock, random, streamsState: true, ...(isKnown === undefined ? {} : { isKnown }) },
      { builtIn: isBuiltIn(type), readableSinceMs: role === "children" ? () => this.#crsListedMs : undefined },
    );
    this.#watchers.push(watcher);
    return watcher;
  }

  async #carryOver(watch: Pick<WatchPlan, "type" | "namespaces">): Promise<void> {
    const { sweeper, handlers } = this.#ports;
    await guard(() => sweeper.carryOver(watch), (error) => handlers.defect(error));
  }

  /** All children of the kind are known. Returns false when nothing was hidden of them. */
  #showKind(type: ResourceType): boolean {
    const { store } = this.#ports;
    const wasHidden = store.isHidden(type);
    this.#listing.delete(groupKind(type));
    store.showKind(type);
    return wasHidden;
  }

  #kindServed(
    { type, namespaces }: Pick<WatchPlan, "type" | "namespaces">,
    found: ResourceType,
    wasHidden: boolean,
  ): void {
    const { handlers } = this.#ports;
    const wasServed = this.served(type) !== undefined;
    const wasUnseen = this.unseen(type) !== undefined;
    this.#served.set(groupKind(type), found);
    handlers.inputsChanged();
    const seen = (): void => {
      this.#unseen.delete(groupKind(type));
      if (!wasServed || wasUnseen || wasHidden) handlers.kindsChanged();
    };
    if (wasUnseen) void this.#carryOver({ type, namespaces }).then(seen);
    else seen();
  }

  #crsListed(): void {
    const { clock, handlers } = this.#ports;
    this.#crsListedMs ??= clock.nowMs();
    const isNew = !this.#crsServed;
    this.#crsServed = true;
    handlers.crsListed();
    if (isNew) handlers.kindsChanged();
  }

  /** Entries that depend on the kind fail, and nothing is decided on its objects. */
  #kindUnseen(type: ResourceType, error: unknown): void {
    const isNew = this.unseen(type) === undefined;
    this.#unseen.set(groupKind(type), `cannot read ${type.plural} of ${apiVersionOf(type)}: ${errorText(error)}`);
    if (isNew) this.#ports.handlers.kindsChanged();
  }

  #kindMissing(type: ResourceType, isOfCrs: boolean): void {
    const { plan, store, report, handlers } = this.#ports;
    const wasUnseen = this.#unseen.delete(groupKind(type));
    if (!isOfCrs) this.#listing.delete(groupKind(type));
    // Children of the CRs' own kind have a watch of their own: the other one says where the kind is served.
    const isOwnKind = !isOfCrs && groupKind(type) === groupKind(plan.type);
    const wasServed = isOwnKind || this.#served.delete(groupKind(type));
    const error = `the API server does not serve ${type.kind} of ${apiVersionOf(type)}; install its CRD`;
    if (isOfCrs) {
      this.#crsServed = false;
      handlers.crsUnserved(error);
      for (const key of store.replaceCrs(new Set(), "9".repeat(20))) handlers.crGone(key, false);
      // They may be there again, as they were.
      store.restart(type);
    } else store.hideKind(type);
    if (wasServed || wasUnseen) handlers.kindsChanged();
    report({ type: "informer", box: plan.name, kind: type.kind, state: "retrying", error, inMs: 5_000 });
  }

  /** The schema of the CRs may change at any time; what was learned of it is forgotten then. */
  #watchDefinition(): void {
    const { plan, api, clock, random, learned, report, handlers } = this.#ports;
    const { type } = plan;
    if (isBuiltIn(type)) return;
    const name = `${type.plural}.${type.group}`;
    let seen: string | undefined;
    let refusal: { readonly sinceMs: number; reported: boolean } | undefined;
    this.#definition = startInformer(api, definitions, { fieldSelector: `metadata.name=${name}` }, {
      upsert: (definition) => {
        const { metadata } = definition;
        const version = `${metadata.uid} ${metadata.generation}`;
        if (metadata.name !== name || version === seen) return;
        if (seen !== undefined) handlers.schemaChanged();
        seen = version;
        // Not only once a write of the status fails: until then, what its author wrote would count as a record.
        if (learned.hasStatus && lacksStatus(definition, type.version)) {
          learned.hasStatus = false;
          report({ type: "note", box: plan.name, message: noStatusNote(type) });
        }
        for (const watcher of this.#watchers) watcher.recheck();
      },
      removed: () => {},
      restarted: () => {},
      replaced: () => {},
      state: (state, detail) => {
        const error = detail?.error;
        const isRefused = error instanceof ApiError && error.status === 403;
        if (state === "watching" || (error !== undefined && !isRefused)) refusal = undefined;
        if (!isRefused) return;
        refusal ??= { sinceMs: clock.nowMs(), reported: false };
        if (refusal.reported || clock.nowMs() - refusal.sinceMs < refusedMs) return;
        refusal.reported = true;
        const message = `cannot watch the CRD ${name}: ${errorText(error)}; a change of its schema is noticed only ` +
          "when a status is written";
        report({ type: "note", box: plan.name, message });
      },
      failed: (error) => handlers.defect(error),
    }, { clock, random, streamsState: true, maxForbiddenMs: 60_000 });
  }
}

function isBuiltIn(type: ResourceType): boolean {
  return builtInType(type.kind, type.group)?.version === type.version;
}

/** Differs in an input of a pass: not only in what passes write. */
function isNewToPasses(before: KubeObject, after: KubeObject): boolean {
  const [a, b] = [before.metadata, after.metadata];
  return a.uid !== b.uid || a.generation !== b.generation || a.deletionTimestamp !== b.deletionTimestamp ||
    JSON.stringify(a.labels) !== JSON.stringify(b.labels) ||
    JSON.stringify(a.annotations) !== JSON.stringify(b.annotations);
}

/** Nothing that a decision depends on differs: only parts of the object that nothing reads. */
function isSame(before: ObservedChild, child: ObservedChild): boolean {
  return before.uid === child.uid && before.owner === child.owner && before.deleting === child.deleting &&
    before.applied === child.applied && before.controller?.uid === child.controller?.uid &&
    before.labelled.ownerUid === child.labelled.ownerUid && before.labelled.ownerKind === child.labelled.ownerKind &&
    before.declaredBy === child.declaredBy && before.place === child.place && before.adopted === child.adopted &&
    before.replicas === child.replicas && before.lastScale === child.lastScale &&
    before.managed === child.managed && before.finished === child.finished && before.retained === child.retained &&
    before.readiness.state === child.readiness.state &&
    (child.readiness.state !== "failed" || before.readiness.message === child.readiness.message) &&
    isSameOwned(before.owned, child.owned) && isSameOwned(before.ownedStatus, child.ownedStatus);
}

function selectorText(selector: Readonly<Record<string, string>> | undefined): string | undefined {
  return selector === undefined
    ? undefined
    : Object.entries(selector).map(([key, value]) => `${key}=${value}`).join(",");
}
