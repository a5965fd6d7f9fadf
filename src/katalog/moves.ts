/**
 * Every other home that keys have had, and other forms of their values: the one table of moves. The loader carries it
 * out before anything is checked, so nothing after it knows that other layouts exist.
 *
 * `at` names the maps or values that a move looks at, with `*` for any key or list item, from an entry of `spec.crds`
 * on. Moves are carried out in this order. One use gives one warning; both places filled is an error.
 */
export type Move =
  /** Keys of the map at `at` go to the map at `to`; "" is the entry of `spec.crds` itself. */
  | {
    readonly kind: "keys";
    readonly at: string;
    readonly keys: readonly string[];
    readonly to: string;
    /** The new name of the one key. */
    readonly as?: string;
  }
  /** The map at `at` is an old home: its keys go to several maps, with one warning for all. */
  | {
    readonly kind: "block";
    readonly at: string;
    readonly to: Readonly<Record<string, readonly string[]>>;
    /** Keys of the old home that are documented, and not carried out. */
    readonly later?: readonly string[];
  }
  /** A key has another name in the same map. */
  | { readonly kind: "rename"; readonly at: readonly string[]; readonly from: string; readonly to: string }
  /** A value has another form. */
  | { readonly kind: "form"; readonly at: readonly string[]; readonly form: Form };

/** Of the document itself, where `at` and `to` are paths from its top; carried out before those of the entries. */
export const documentMoves: readonly Move[] = [
  { kind: "keys", at: "security", keys: ["gatewayEndpoint"], to: "gateway", as: "endpoint" },
];

/** `pairs`: a list of `{key, value}` becomes a map. `variables`: a map of `NAME: {value}` becomes Kubernetes' list. */
export type Form = "pairs" | "variables";

const blocks = [
  "operatorBox.onCreate",
  "operatorBox.onReconcile",
  "operatorBox.onDelete",
  "operatorBox.onDelete.groups.*",
];
const entries = blocks.map((block) => `${block}.*.*`);

/** Every map of an entry of `spec.crds` that takes `when` and `or`. */
const gated = [
  ...blocks,
  ...entries,
  "operatorBox.status.fields.*",
  "operatorBox.reconciler.requeue",
  "operatorBox.reconciler.queue.behaviour.*",
  "operatorBox.autoscale.conditions",
  "operatorBox.preReconcile.*",
  "operatorBox.watch.*.enqueueGate",
  "operatorBox.watchEvents.*.enqueueGate",
  "operatorBox.cleanup",
  "operatorBox.events.*",
  ...entries.flatMap((entry) => ["scaleUp", "scaleDown"].map((way) => `${entry}.autoscale.${way}.conditions`)),
  "validation.rules.*",
  "mutation.rules.*",
  "validation.external.*",
  "mutation.external.*",
];

export const moves: readonly Move[] = [
  // The five sections of operatorBox: observe, preReconcile, runtime, reconcile, emit.
  {
    kind: "block",
    at: "operatorBox.reconcile",
    to: {
      "operatorBox.reconciler": [
        "workers",
        "resync",
        "queue",
        "requeue",
        "profile",
        "default",
        "hooks",
        "constructor",
        "remote",
        "include",
      ],
      "operatorBox": ["onCreate", "onReconcile", "onDelete", "providers"],
      "": ["normalize", "imports", "forceConflict"],
    },
  },
  { kind: "block", at: "operatorBox.emit", to: { "operatorBox": ["status", "events"] } },
  { kind: "keys", at: "operatorBox.observe", keys: ["events"], to: "operatorBox", as: "watchEvents" },
  {
    kind: "block",
    at: "operatorBox.observe",
    to: { "operatorBox": ["cross", "watch"] },
    later: ["include"],
  },
  {
    kind: "block",
    at: "operatorBox.runtime",
    to: {
      "operatorBox": ["autoscale", "finalizers", "cleanup", "rollBackOnError", "rollback"],
      "": [
        "removeFinalizers",
        "deletionProtection",
        "restrictedNamespaces",
        "allowedNamespaces",
        "ignoreStatusPatch",
        "ignoreObservedGeneration",
      ],
    },
  },
  // Admission as one block of the entry.
  { kind: "block", at: "admission", to: { "": ["validation", "mutation", "conversion", "webhooks"] } },
  // The oldest layout: tuning on the entry itself.
  {
    kind: "keys",
    at: "",
    keys: ["workers", "resync", "queue", "requeue", "profile"],
    to: "operatorBox.reconciler",
  },
  { kind: "keys", at: "operatorBox", keys: ["hooks", "constructor"], to: "operatorBox.reconciler" },
  { kind: "rename", at: ["operatorBox"], from: "anyOf", to: "or" },
  { kind: "keys", at: "operatorBox", keys: ["when", "or"], to: "operatorBox.preReconcile.reconcileGate" },
  { kind: "rename", at: [""], from: "idp", to: "serve" },
  {
    kind: "rename",
    at: ["operatorBox.reconciler.hooks", "operatorBox.reconciler.constructor"],
    from: "resources",
    to: "managedResources",
  },
  // Older spellings.
  { kind: "rename", at: gated, from: "anyOf", to: "or" },
  { kind: "rename", at: blocks, from: "replicasets", to: "replicaSets" },
  {
    kind: "form",
    at: [
      "labels",
      "labelSelector",
      ...entries.flatMap((entry) =>
        ["labels", "annotations", "selector", "nodeSelector", "metadata.labels", "metadata.annotations"].map((key) =>
          `${entry}.${key}`
        )
      ),
    ],
    form: "pairs",
  },
  { kind: "form", at: entries.map((entry) => `${entry}.env`), form: "variables" },
];
