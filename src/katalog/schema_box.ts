import { formatDuration } from "../base/duration.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { neverShorthands, shorthands } from "../resources/mod.ts";
import { upkeepFields } from "../resources/fields.ts";
import { defaults } from "./defaults.ts";
import { boxAutoscale } from "./schema_autoscale.ts";
import { conditions, gateFields } from "./schema_conditions.ts";
import { defaultFlag, goOnly, reconciler } from "./schema_reconciler.ts";
import { blockKeys, entryHints } from "./other_keys.ts";
import { includeField } from "./schema_composition.ts";
import { preReconcile, watchEvents, watchItem } from "./schema_watch.ts";
import { externalCalls } from "./schema_external.ts";
import {
  duration,
  flag,
  freeText,
  laterKeys,
  leftOutKeys,
  list,
  map,
  oneOf,
  plainText,
  record,
  text,
} from "./schema_words.ts";

const forEach: RecordShape = record("One child for each element of a list or map of the CR", {
  field: plainText("Dot path of the list or map, such as `spec.regions`"),
  as: plainText("Further name of the element in templates; `item` when absent"),
}, { required: ["field"] });

const readyWhen = conditions(
  "All of these must hold for the child to be ready, in place of its kind's own rule; `.child` is the child as observed",
);

/** `autoscale` of a workload: what is rendered of it, and the conditions of its steps. */
function scalingFields({ fields: { autoscale } }: RecordShape): Record<string, Shape> {
  if (autoscale?.type !== "record") return {};
  const { scaleUp, scaleDown, ...bounds } = autoscale.fields;
  return {
    autoscale: {
      ...autoscale,
      fields: { ...bounds, scaleUp: withConditions(scaleUp), scaleDown: withConditions(scaleDown) },
      oneOfFields: [["scaleUp", "scaleDown"]],
    },
  };
}

function withConditions(step: Shape | undefined): RecordShape {
  if (step?.type !== "record") throw new TypeError("A step of autoscale is no record");
  const when = record("When it is taken", gateFields, { oneOfFields: [["when", "or"]] });
  return { ...step, fields: { conditions: when, ...step.fields }, required: ["conditions"] };
}

/** The shape of an entry of a resource list: what its kind knows, and what every entry has. */
export const entryShapes: ReadonlyMap<string, RecordShape> = new Map(
  shorthands.values().map(({ key, shape }) => [
    key,
    {
      ...shape,
      fields: { ...shape.fields, ...scalingFields(shape), forEach, ...gateFields, readyWhen },
      ...(key === "custom" ? {} : {
        otherKeys: entryHints(shape.fields),
        unknownHint: "an entry of custom may have every field that Kubernetes knows",
      }),
    },
  ]),
);

/**
 * Under `onDelete` an entry may only name its object (ruling 71): the required fields of an object are not required
 * there.
 */
const namingShapes: ReadonlyMap<string, RecordShape> = new Map(
  entryShapes.entries().map(([key, shape]) => [
    key,
    key === "custom" ? shape : { ...shape, required: [], oneOfFields: [] },
  ]),
);

/** `onCreate`, `onReconcile`, `onDelete`: the same lists. */
function block(doc: string, shapes: ReadonlyMap<string, RecordShape>, more: Record<string, Shape>): RecordShape {
  return record(doc, {
    ...Object.fromEntries(shapes.entries().map(([key, shape]) => [key, list(shape.doc ?? "", shape)])),
    ...leftOutKeys("declare it under custom, with its apiVersion and kind", ...neverShorthands),
    ...gateFields,
    ...more,
  }, { otherKeys: blockKeys });
}

const blockLater = laterKeys("name");
const noCallsOnDelete = leftOutKeys("nothing is called for an object that is being deleted; run a Job", "external");
const steps = leftOutKeys(undefined, "git", "docker");
const blockFields = { external: externalCalls, ...blockLater, ...steps };

const deletionGroup = block("Jobs that are run, and objects that are deleted once those are complete", namingShapes, {
  name: plainText("Names the group in messages; `groups[0]` and so on when absent"),
  ...noCallsOnDelete,
  ...steps,
});

const statusField: RecordShape = record("One field of the CR's status", {
  path: plainText("Dot path under `status`"),
  value: { ...freeText("What is written there; an empty text clears the field"), empty: true },
  type: oneOf("Type of the value; the type that its template gives when absent", [
    "string",
    "str",
    "int",
    "integer",
    "float",
    "number",
    "bool",
    "boolean",
    "auto",
  ]),
  clearOnFalse: flag("Write an empty text when the conditions do not hold, instead of leaving the old value"),
  ...gateFields,
}, { required: ["path", "value"] });

/** `source` of an item of `cross`. */
const crossSource: RecordShape = record("The Runtime that runs the entry, when it is another process", {
  host: plainText("Base URL of its HTTP API, `http://ork-runtime.shop:8080`; literal, so that no CR chooses it"),
  cacheFor: duration(
    `How old what is read may be: it is asked this often, 1s to 1h; ${
      formatDuration(defaults.crossIntervalMs)
    } when absent`,
  ),
  auth: record("The token of `Authorization: Bearer`", {
    secretRef: record("A key of a Secret, which is watched", {
      namespace: plainText("Namespace of the Secret", "dnsLabel"),
      name: plainText("Name of the Secret", "dnsSubdomain"),
      key: plainText("Key in its `data`"),
    }, { required: ["namespace", "name", "key"] }),
    tokenFile: plainText("Absolute path of a file with the token alone, read for each request"),
    ...leftOutKeys("a token does not belong in a Katalog: use secretRef or tokenFile", "token"),
  }, { exclusive: [["secretRef", "tokenFile"]], oneOfFields: [["secretRef", "tokenFile"]] }),
  caFile: plainText(
    "Absolute path of a PEM file with CAs that an `https` host is trusted by, besides those of the system",
  ),
  protocol: oneOf("What is read: the CRs", ["cr"]),
  ...laterKeys("endpoint", "type", "namespace"),
}, { required: ["host"] });

/** One item of `cross`. */
const crossItem: RecordShape = record("CRs of another entry that are read under `.cross.<as>`", {
  crd: plainText("Name of the source under `spec.crds`; may be the entry itself", "dnsLabel"),
  labelSelector: map(
    "Instead of `crd`: the one entry whose own `labelSelector` has these labels",
    plainText("", "labelValue"),
    "labelKey",
  ),
  selector: record("Which of its CRs", {
    name: text("Name of the CR; an empty one finds nothing", "dnsSubdomain"),
    namespace: text(
      "Namespace of the CR, that of the reading CR when absent; with `matchLabels` a literal `*` is every namespace",
    ),
    matchLabels: map("Instead of `name`: labels of the CR, all of them", text("", "labelValue"), "labelKey"),
  }, { exclusive: [["name", "matchLabels"]], oneOfFields: [["name", "matchLabels"]] }),
  as: plainText("Key under `.cross`; the name of the source when absent"),
  strategy: oneOf(
    "Of several CRs: `first` (the default) by namespace and name; `all`: that one, and every one under `items`",
    ["first", "all"],
  ),
  source: crossSource,
}, { required: ["selector"], exclusive: [["crd", "labelSelector"]], oneOfFields: [["crd", "labelSelector"]] });

/** `operatorBox`. */
export const operatorBox: RecordShape = record("What the operator does", {
  reconciler,
  adopt: { ...upkeepFields["adopt"]!, doc: "Default of `adopt` for all entries" },
  deletionPolicy: { ...upkeepFields["deletionPolicy"]!, doc: "Default of `deletionPolicy` for all entries" },
  onCreate: block("Children that are made when absent, and never changed", entryShapes, blockFields),
  onReconcile: block("Children that are kept as declared", entryShapes, blockFields),
  onDelete: block("Jobs that are run, and objects that are deleted, before the CR goes", namingShapes, {
    ...blockLater,
    ...noCallsOnDelete,
    ...steps,
    ordered: flag("Group after group, and in a group its Jobs first; false when absent: everything at once"),
    groups: list(
      "With `ordered`: one after the other; without them the lists beside are the only group",
      deletionGroup,
    ),
    timeout: duration(
      "The CR is let go this long after it was deleted, whatever is left; " +
        `${formatDuration(defaults.deletionTimeoutMs)} when absent`,
    ),
  }),
  preReconcile,
  watch: list("Other objects whose changes make CRs be looked at", watchItem),
  watchEvents,
  cleanup: record("Deletes the CR when its conditions hold", {
    ...gateFields,
    deleteAfter: duration("Only after they have held this long, by the condition `CleanupDue`; at once when absent"),
  }, { oneOfFields: [["when", "or"]] }),
  events: map(
    "Events that are written besides, by name: each once, and again when its text changes or its conditions hold again",
    record("One Event on the CR", {
      type: oneOf("`Warning` is for what somebody should look at", ["Normal", "Warning"]),
      reason: text("A word such as `ShopReady`"),
      message: text("What people read"),
      on: list("After which passes; `always` when absent", oneOf("", ["always", "success", "failure"])),
      ...gateFields,
    }, { required: ["type", "reason", "message"] }),
  ),
  finalizers: list(
    "Finalizers that the CRs have besides: set in the first pass, removed with the operator's own when a CR is deleted",
    plainText("", "finalizer"),
  ),
  cross: list("What is read of the CRs of other entries", crossItem),
  status: record("The status of the CR", {
    fields: list("Written in this order; later ones win", statusField),
    readyWhen: conditions("All of these must hold for the CR to be ready, in place of the readiness of its children"),
    include: includeField,
    conditions: flag("Accepted and not needed: only `true`, which is so anyway"),
  }),
  autoscale: boxAutoscale,
  ...laterKeys("include"),
  ...laterKeys("rollBackOnError", "rollback"),
  ...leftOutKeys(undefined, "providers"),
  default: defaultFlag,
  ...leftOutKeys(goOnly, "hooks", "constructor"),
});
