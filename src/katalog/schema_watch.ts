import type { RecordShape, Shape } from "../base/shape.ts";
import { sentinelNames } from "../conditions/mod.ts";
import { gateFields } from "./schema_conditions.ts";
import { flag, laterKeys, leftOutKeys, list, map, oneOf, plainText, record } from "./schema_words.ts";

const failPolicy = oneOf(
  "What a gate is whose conditions cannot be evaluated: `open` (the default), or `closed`",
  ["open", "closed"],
);

const sentinel = oneOf("", sentinelNames);

/** `preReconcile.enqueueGate` and `reconcileGate`. */
function passGate(doc: string): RecordShape {
  return record(doc, {
    sentinels: list("At least one of these must be so; each is declared beside the gate", sentinel),
    ...gateFields,
    failPolicy,
    eventAware: flag("Accepted and not needed: sentinels compare with the last reconcile, so no change is lost"),
    ...laterKeys("external"),
  });
}

/** `operatorBox.preReconcile`. */
export const preReconcile: RecordShape = record("When nothing is done for a CR", {
  sentinels: list(
    "What gates may ask for, and their conditions read as `{{ generationChanged }}`: what has changed since the CR was last reconciled",
    sentinel,
  ),
  enqueueGate: passGate(
    "While it is closed, nothing is done for the CR, and its status stays; its deletion is never held up",
  ),
  reconcileGate: passGate(
    "As `enqueueGate`, after `cleanup`: a CR that is due for its cleanup is deleted all the same",
  ),
  ...laterKeys("external"),
});

export const changes = ["create", "update", "delete"] as const;

const change = oneOf("", changes);

/** What a watch of objects and one of Events have in common. */
const routing: Record<string, Shape> = {
  keyFrom: record("Which CR is looked at", {
    label: plainText(
      "Label of the watched object whose value is the name of the CR, which is in the same namespace",
      "labelKey",
    ),
    name: plainText("Name of the CR", "dnsSubdomain"),
    namespace: plainText("With `name`: its namespace; that of the watched object when absent", "dnsLabel"),
  }, { exclusive: [["label", "name"], ["label", "namespace"]], oneOfFields: [["label", "name"]] }),
  enqueueGate: record("While it is closed, a change is passed over; conditions read the watched object", {
    sentinels: list("At least one of these must be so of the watched object, since its last change", sentinel),
    ...gateFields,
    failPolicy,
    ...laterKeys("external"),
  }),
};

/** An item of `operatorBox.watch`. */
export const watchItem: RecordShape = record("Objects whose changes make CRs be looked at", {
  apiVersion: plainText("API version of the objects, `v1` or `apps/v1`"),
  kind: plainText("Kind of the objects"),
  namespace: plainText("Only in this namespace; everywhere when absent", "dnsLabel"),
  name: plainText("Only the one with this name", "dnsSubdomain"),
  on: list("Which changes; all when absent", change),
  ...routing,
  include: plainText("Instead of all other keys: a file, relative to this one, whose list `watch` is put here"),
  ...leftOutKeys("caches have no indexes: nothing but a gate reads what is watched", "index"),
}, { required: ["apiVersion", "kind"] });

const subject = (doc: string): RecordShape =>
  record(doc, {
    apiVersion: plainText("", undefined),
    kind: plainText("", undefined),
    name: plainText("", undefined),
    namespace: plainText("", undefined),
  });

/** Fields of an Event that are compared with a text. */
export const eventFields = ["reason", "action", "type", "reportingController", "reportingInstance"] as const;

/** `operatorBox.watchEvents`. */
export const watchEvents: Shape = map(
  "Events of others that make CRs be looked at, by name; in a gate each is read under `.events.<name>`",
  record("Events, all of whose fields that are named here are so", {
    reason: plainText("Such as `BackOff`"),
    action: plainText("What was done"),
    type: oneOf("`Warning` or `Normal`", ["Normal", "Warning"]),
    reportingController: plainText("Who wrote it, `kubelet`"),
    reportingInstance: plainText("Which of them"),
    namespace: plainText("Namespace of the Event, that of the object it is about", "dnsLabel"),
    name: plainText("Name of the Event"),
    regarding: subject("What it is about"),
    related: subject("What else it is about"),
    on: list("Which changes; `create` and `update` when absent", change),
    ...routing,
    ...laterKeys("include"),
  }),
);
