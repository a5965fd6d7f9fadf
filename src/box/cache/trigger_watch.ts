import { type CompiledGate, compileGate } from "../../conditions/mod.ts";
import {
  groupKind,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
  splitApiVersion,
  splitKey,
  valueAt,
} from "../../k8s/object.ts";
import type { JsonMap } from "../../base/json.ts";
import type { TriggerPlan } from "../../plan/plan.ts";
import { isOpen } from "../../reconcile/mod.ts";
import { Sentinels } from "./sentinels.ts";

/** What an object refers to. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface TriggerPorts {
  readonly crType: ResourceType;
  readonly wallMs: () => number;
  /** The box itself wrote this state of the object. */
  readonly isOwn: (object: KubeObject) => boolean;
  /** The CR of which an object is a child. */
  readonly crOf: (child: Reference) => ObjectKey | undefined;
  /** A CR is to be looked at, or all of them. */
  readonly fired: (
    crs: readonly ObjectKey[] | "all",
    object: { readonly type: ResourceType; readonly key: ObjectKey },
  ) => void;
  /** Runs the evaluation of a gate within the time limit. */
  readonly bounded: <T>(run: () => T) => T;
}

type Routes = readonly ObjectKey[] | "all";

interface Known {
  readonly version: string | undefined;
  readonly uid: string | undefined;
  readonly routes: Routes;
}

/**
 * One item of `operatorBox.watch` or `watchEvents`. It keeps the version of each object and whom it concerns, so that
 * what changed while the watch was interrupted is seen in the next list.
 */
export class TriggerWatch {
  readonly #plan: TriggerPlan;
  readonly #ports: TriggerPorts;
  readonly #gate: CompiledGate | undefined;
  readonly #sentinels: Sentinels | undefined;
  readonly #known = new Map<ObjectKey, Known>();
  #isListed = false;

  constructor(plan: TriggerPlan, ports: TriggerPorts) {
    this.#plan = plan;
    this.#ports = ports;
    this.#gate = plan.gate === undefined ? undefined : compileGate(plan.gate);
    this.#sentinels = plan.gate === undefined ? undefined : new Sentinels();
  }

  /** All objects are known: from now on each change counts. */
  listed(): void {
    this.#isListed = true;
  }

  upsert(object: KubeObject): void {
    if (!this.#matches(object)) return;
    const { resourceVersion: version, uid } = object.metadata;
    const key = objectKey(object.metadata);
    const before = this.#known.get(key);
    if (before !== undefined && before.version === version) return;
    const routes = this.#routesOf(object);
    this.#known.set(key, { version, uid, routes });
    if (this.#isListed && !this.#ports.isOwn(object)) {
      const change = before?.uid === uid ? "update" : "create";
      this.#changed(change, key, object, union(before?.routes ?? [], routes));
    }
    this.#sentinels?.reconciled(object);
  }

  removed(object: KubeObject): void {
    const key = objectKey(object.metadata);
    const before = this.#known.get(key);
    if (before !== undefined) this.#removed(key, object, before);
  }

  /** `namespace`: the only one that was listed. */
  replaced(keys: ReadonlySet<ObjectKey>, namespace: string | undefined): void {
    for (const [key, before] of [...this.#known]) {
      if (keys.has(key) || (namespace !== undefined && splitKey(key).namespace !== namespace)) continue;
      this.#removed(key, undefined, before);
    }
  }

  #removed(key: ObjectKey, object: KubeObject | undefined, { routes }: Known): void {
    this.#known.delete(key);
    this.#changed("delete", key, object, routes);
    this.#sentinels?.forget(key);
  }

  /** `object`: undefined where it is not known any more; no gate can look at it. */
  #changed(change: TriggerPlan["on"][number], key: ObjectKey, object: KubeObject | undefined, routes: Routes): void {
    const { on, type } = this.#plan;
    if (!on.includes(change) || routes.length === 0) return;
    if (object !== undefined && !this.#isOpen(object)) return;
    this.#ports.fired(routes, { type, key });
  }

  #isOpen(object: KubeObject): boolean {
    const { gate: plan, event } = this.#plan;
    if (plan === undefined || this.#gate === undefined || this.#sentinels === undefined) return true;
    const data = object as unknown as JsonMap;
    const named = event === undefined ? data : { ...data, events: { [event.name]: data } };
    const gate = { plan, gate: this.#gate };
    const sentinels = this.#sentinels.of(object);
    return this.#ports.bounded(() => isOpen(gate, named, sentinels, this.#ports.wallMs())).open;
  }

  #matches(object: KubeObject): boolean {
    const { name, event } = this.#plan;
    if (name !== undefined && object.metadata.name !== name) return false;
    const data = object as unknown as JsonMap;
    return Object.entries(event?.match ?? {}).every(([path, text]) => valueAt(data, path.split(".")) === text);
  }

  #routesOf(object: KubeObject): Routes {
    const { route } = this.#plan;
    const { metadata } = object;
    switch (route.by) {
      case "label": {
        const value = metadata.labels?.[route.label];
        return value === undefined || value === "" ? [] : [this.#keyOf(value, metadata.namespace)];
      }
      case "name":
        return [this.#keyOf(route.name, route.namespace ?? metadata.namespace)];
      case "owner": {
        const subjects = this.#plan.event === undefined
          ? [{ ...metadata, apiVersion: object.apiVersion, kind: object.kind }]
          : [object["regarding"], object["related"]];
        const found = [
          ...(metadata.ownerReferences ?? []).filter((owner) => this.#isCr(owner)).map(({ name }) =>
            this.#keyOf(name, metadata.namespace)
          ),
          ...subjects.flatMap((subject) => this.#about(subject as Partial<Reference> | undefined)),
        ];
        return found.length === 0 ? "all" : [...new Set(found)];
      }
      default:
        return route satisfies never;
    }
  }

  /** The CR that is referred to, or whose child is. */
  #about(subject: Partial<Reference> | undefined): ObjectKey[] {
    const { apiVersion, kind, name, namespace } = subject ?? {};
    if (apiVersion === undefined || kind === undefined || name === undefined) return [];
    if (this.#isCr({ apiVersion, kind })) return [this.#keyOf(name, namespace)];
    const owner = this.#ports.crOf({ apiVersion, kind, name, namespace });
    return owner === undefined ? [] : [owner];
  }

  #isCr({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
    return groupKind({ group: splitApiVersion(apiVersion).group, kind }) === groupKind(this.#ports.crType);
  }

  #keyOf(name: string, namespace: string | undefined): ObjectKey {
    return objectKey({ name, namespace: this.#ports.crType.namespaced ? namespace : undefined });
  }
}

function union(a: Routes, b: Routes): Routes {
  return a === "all" || b === "all" ? "all" : [...new Set([...a, ...b])];
}
