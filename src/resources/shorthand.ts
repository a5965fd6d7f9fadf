import type { JsonMap } from "../base/json.ts";
import type { RecordShape } from "../base/shape.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import type { SourceContent } from "./copy.ts";

/** One kind of resource list (`deployments`, `custom`, …): how an entry of it looks and what it becomes. */
export interface Shorthand {
  /** The key in `onCreate` and `onReconcile`. */
  readonly key: string;
  /** The kind that it makes; `undefined` for `custom`, where each entry says. */
  readonly type?: ResourceType;
  /** Default name `<cr>-<suffix>`, `<cr>` where that is ""; `undefined`: a name must be given (ruling 18). */
  readonly defaultSuffix?: string;
  /** The suffix of entries with a certain field, in place of that. */
  readonly suffixWith?: Readonly<Record<string, string>>;
  /** All fields of an entry, the ones common to all kinds included, but `when`, `or` and `forEach` (the loader's). */
  readonly shape: RecordShape;
  /**
   * What `onReconcile` means for this kind: `apply` keeps it as declared; `make` makes it again when it is gone and
   * never changes it in place (ruling 43).
   */
  readonly upkeep: "apply" | "make";
  /** With `apply`: what the API server does not let be changed is deleted and recreated. */
  readonly replaces?: true;
  /** Its Pods are selected by Services: Deployment, ReplicaSet, StatefulSet (ruling 45); see `Workload` for `custom`. */
  readonly workload: boolean;
  /** The field that names an object of the same kind to copy from, where there is one; besides, `toNamespaces`. */
  readonly copies?: string;
  /** The full Kubernetes object. Throws `EntryError`. */
  expand(entry: RenderedEntry, context: ExpandContext): KubeObject;
}

/** An entry whose templates are rendered: values typed by the shape, empty and absent texts dropped. */
export interface RenderedEntry {
  /** Never empty: the declared name or the default one. */
  readonly name: string;
  /** `undefined` for cluster-scoped children. */
  readonly namespace?: string;
  readonly fields: JsonMap;
}

/** What an entry must know of its surroundings. */
export interface ExpandContext {
  readonly owner: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    /** `undefined` for a cluster-scoped CR. */
    readonly namespace?: string;
    readonly uid: string;
  };
  /** The child outlives its CR: it gets no owner reference (ruling 62). */
  readonly retain?: boolean;
  /** Content of the object that the entry copies from. */
  readonly source?: SourceContent | undefined;
  /** The workloads that the box declares for this CR: what a Service may select (ruling 45). */
  readonly workloads: readonly Workload[];
}

/** Kinds of `custom` entries whose Pods a Service may be for; see `groupKind`. */
export const customWorkloadKinds: readonly string[] = [
  "Deployment.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "ReplicaSet.apps",
];

/** A Deployment, StatefulSet and the like that the box declares for the CR. */
export interface Workload {
  readonly name: string;
  readonly namespace?: string;
  readonly shorthand: string;
  /** Its condition does not hold, so it counts for the Service of its name alone. */
  readonly isOff?: boolean;
  /** `spec.selector.matchLabels` of a `custom` entry; `undefined` where it cannot be evaluated. */
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
}

/** An entry cannot be expanded: `path` is the field within the entry (`probes.liveness.port`), "" for the entry. */
export class EntryError extends Error {
  override name = "EntryError";
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
