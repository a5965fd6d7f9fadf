import type { Json } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { ConditionPlan, Gate, TextPlan } from "./condition.ts";

/*
 * Records with templates and conditions that a Katalog declares and a plan carries as they are. They are here because
 * both know this folder, and a box must be able to import them without the loader.
 */

/** `operatorBox.reconciler`, defaults filled in. */
export interface ReconcilerPlan {
  readonly workers: number;
  readonly resyncMs: number;
  readonly failureThreshold: number;
  readonly retryBackoff?: {
    readonly initialMs: number;
    readonly maxMs: number;
    readonly multiplier: number;
    readonly maxAttempts: number;
  } | undefined;
  readonly queueBehaviour?: QueueBehaviourPlan | undefined;
  readonly requeue?: { readonly after: TextPlan } & Gate | undefined;
}

/** `operatorBox.reconciler.queue.behaviour`, and the depth that it refers to. Gates see the CR as it is stored. */
export interface QueueBehaviourPlan {
  /** Keys that wait for a worker; at least 1. */
  readonly maxDepth: number;
  /** At `maxDepth`. */
  readonly onLimit?: { readonly drop: boolean } & Gate | undefined;
  /** At `percent` of `maxDepth`; always drops. */
  readonly onThreshold?: { readonly percent: number } & Gate | undefined;
}

/** What of the load of a box conditions of `operatorBox.autoscale` may read under `metrics`. */
export const loadNames = [
  "queueDepth",
  "workersBusyPercent",
  "workersIdlePercent",
  "reconcileDurationP95Ms",
  "errorRatePercent",
] as const;

export type LoadName = typeof loadNames[number];

/** `operatorBox.autoscale`: settings of the box while the conditions hold; absent ones stay as declared. */
export interface AutoscalePlan extends Gate {
  readonly intervalMs: number;
  readonly cooldownMs: number;
  readonly workers?: number;
  readonly resyncMs?: number;
  /** Of `queueBehaviour`. */
  readonly maxDepth?: number;
  readonly at: string;
}

/** `autoscale` of a workload: when its number of Pods changes. The numbers are among the fields of its entry. */
export interface ScalingPlan {
  /** Absent: no step of this kind. */
  readonly scaleUp?: Gate | undefined;
  /** Not considered while the conditions of `scaleUp` hold. */
  readonly scaleDown?: Gate | undefined;
}

/** One item of `operatorBox.cross`: the objects of another box that are read under `.cross.<as>`. */
export interface CrossPlan {
  /** Key under `.cross`. */
  readonly as: string;
  /** The source: the key in `spec.crds` of the box whose objects are read; with `source`, its `key`. */
  readonly box: string;
  /** Where the box is, when another Runtime runs it; absent: it is one of the Plan. */
  readonly source?: CrossSourcePlan | undefined;
  /** `all`: `.items` holds every object that is selected. */
  readonly strategy: "first" | "all";
  /** Either this or `matchLabels`. */
  readonly name?: TextPlan | undefined;
  /** Absent: the namespace of the CR. `*`, with `matchLabels`: all namespaces. */
  readonly namespace?: TextPlan | undefined;
  readonly matchLabels?: Readonly<Record<string, TextPlan>> | undefined;
  readonly at: string;
}

/** A box of another Runtime, whose objects are read over its HTTP API. Equal keys have equal fields. */
export interface CrossSourcePlan {
  /** `queue@http://ork-runtime.shop:8080`: no name of a box, and what messages show. */
  readonly key: string;
  /** Base URL of the HTTP API, without a slash at its end. */
  readonly url: string;
  /** Its key in the `spec.crds` of that Runtime. */
  readonly crd: string;
  /** From one poll to the next. */
  readonly intervalMs: number;
  /** Sent as a bearer token: a key of a Secret, or a file; absent: none. */
  readonly auth?: CrossAuthPlan | undefined;
  /** PEM file with the CAs that are trusted besides those of the system. */
  readonly caFile?: string | undefined;
}

export type CrossAuthPlan =
  | { readonly kind: "secret"; readonly namespace: string; readonly name: string; readonly key: string }
  | { readonly kind: "file"; readonly path: string };

/** Methods that change nothing at a server (RFC 9110 section 9.2.1); a dry run makes no others. */
export const safeMethods = ["GET", "HEAD"] as const;

export type ExternalMethod = (typeof safeMethods)[number] | "POST" | "PUT" | "PATCH" | "DELETE";

/** One item of a list `external`: an HTTP call whose result is read under `.external.<name>`. */
export interface ExternalCallPlan extends Gate {
  /** Key under `.external`; one of its entry of `spec.crds` alone. */
  readonly name: string;
  /** `validation.external[0]`: names the call in messages. */
  readonly id: string;
  readonly method: ExternalMethod;
  readonly url: TextPlan;
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, TextPlan>>;
  readonly body?: TextPlan | undefined;
  /** Status codes of a call that succeeded; empty: 200 to 299. */
  readonly expectedStatus: readonly number[];
  /** Of one try. */
  readonly timeoutMs: number;
  /** Tries of one call. */
  readonly retry: {
    readonly initialMs: number;
    readonly maxMs: number;
    readonly multiplier: number;
    /** The first one included; 1: no other. */
    readonly maxAttempts: number;
  };
  /** A failed call has a result as well, and what does not need it continues. */
  readonly continueOnError: boolean;
  /** How long a result is used again; absent: until the resync. */
  readonly cacheForMs?: number | undefined;
  /** A key of a Secret whose value is sent; absent: none. */
  readonly auth?: ExternalAuthPlan | undefined;
  /** Only the Gateway makes it. */
  readonly admissionOnly?: true | undefined;
  readonly at: string;
}

export interface ExternalAuthPlan {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  /** In lower case; in `authorization` the value stands after `Bearer`. */
  readonly header: string;
}

/** The calls of one entry of `spec.crds`, each list in the order in which it is made. */
export interface ExternalPlan {
  /** Before the rules of `mutation`. */
  readonly mutation: readonly ExternalCallPlan[];
  /** Before the rules of `validation`. */
  readonly validation: readonly ExternalCallPlan[];
  /** Before the children: those of `onReconcile`, then those of `onCreate`. */
  readonly children: readonly ExternalCallPlan[];
}

/** A dot path under `spec` and the template of its value. */
export interface NormalizePlan {
  readonly path: readonly string[];
  readonly value: TextPlan;
}

/** One rule of `mutation`. */
export interface MutationPlan extends Gate {
  /** Dot path on the CR. */
  readonly field: TextPlan;
  readonly mode: "default" | "override";
  /** A text is a template; everything else is taken as it is. */
  readonly value: Json;
  readonly valueType?: "string" | "int" | "float" | "bool" | undefined;
  /** Only the Gateway applies it. */
  readonly admissionOnly?: true | undefined;
  readonly at: string;
}

/** One rule of `validation`. */
export interface ValidationPlan extends Gate {
  readonly check: ConditionPlan;
  readonly message: TextPlan;
  readonly action: "deny" | "warn";
  /** Only the Gateway checks it. */
  readonly admissionOnly?: true | undefined;
}

/** One item of `operatorBox.status.fields`. */
export interface StatusFieldPlan extends Gate {
  readonly path: readonly string[];
  readonly value: TextPlan;
  /** `keep`: as the template gives it (ruling 13); `auto`: numbers and booleans are recognised in text. */
  readonly type: "keep" | "string" | "int" | "float" | "bool" | "auto";
  readonly clearOnFalse: boolean;
}

/** `operatorBox.cleanup`: the CR is deleted when its conditions hold. */
export interface CleanupPlan extends Gate {
  /** How long they must have held; 0: at once. */
  readonly afterMs: number;
  readonly at: string;
}

/** One item of `operatorBox.events`: an Event on the CR, besides those that every box writes. */
export interface EmittedEventPlan extends Gate {
  readonly name: string;
  readonly type: "Normal" | "Warning";
  readonly reason: TextPlan;
  readonly message: TextPlan;
  readonly on: readonly ("always" | "success" | "failure")[];
}

/** What of a CR may have changed since it was last reconciled, as gates ask for it. */
export const sentinelNames = [
  "generationChanged",
  "labelsChanged",
  "annotationsChanged",
  "finalizersChanged",
  "ownerReferenceChanged",
  "namespaceChanged",
  "uidChanged",
  "deletionStarted",
] as const;

export type SentinelName = typeof sentinelNames[number];

export interface SentinelGate extends Gate {
  /** At least one of these must be so, where there are any. */
  readonly sentinels: readonly SentinelName[];
  /** A gate that cannot be evaluated is open, or closed. */
  readonly failsClosed: boolean;
}

/** `operatorBox.preReconcile.enqueueGate` or `reconcileGate`: nothing is done for a CR while it is closed. */
export interface PassGatePlan extends SentinelGate {
  readonly name: "enqueueGate" | "reconcileGate";
}

/** Texts that fields of an Event have, by dot path. */
export type EventMatch = Readonly<Record<string, string>>;

/** `operatorBox.watch` and `watchEvents`: objects whose changes make CRs be looked at. */
export interface TriggerPlan {
  /** `watch[0]`, `watchEvents.crashed`. */
  readonly id: string;
  readonly type: ResourceType;
  /** Only in this namespace. */
  readonly namespace?: string;
  /** Only the one of this name. */
  readonly name?: string;
  /** Only these Events; in a gate they are read under `.events.<name>`. */
  readonly event?: { readonly name: string; readonly match: EventMatch };
  readonly on: readonly ("create" | "update" | "delete")[];
  /** Which CR; `owner`: that which the object belongs to, or is about, and all where there is none. */
  readonly route:
    | { readonly by: "owner" }
    | { readonly by: "label"; readonly label: string }
    | { readonly by: "name"; readonly name: string; readonly namespace?: string };
  /** A change is passed over while it is closed. */
  readonly gate?: SentinelGate;
  readonly at: string;
}
