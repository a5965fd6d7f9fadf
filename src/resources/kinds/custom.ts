import { type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { annotationsField, flag, labelsField, nameField, namespaceField, record, upkeepFields } from "../fields.ts";
import { flagAt, mapAt, textAt } from "../read.ts";
import { EntryError, type Shorthand } from "../shorthand.ts";
import { childMetadata } from "../stamp.ts";

const tree = { type: "tree", template: true } as const;

/** `custom`: an object of any kind, written as its kind wants it. */
export const custom: Shorthand = {
  key: "custom",
  upkeep: "apply",
  workload: false,
  shape: record("An object of any kind", {
    apiVersion: { type: "text", template: false, doc: "`group/version` of the kind" },
    kind: { type: "text", template: false, doc: "The kind" },
    metadata: record("Name, place and labels", {
      name: nameField,
      namespace: namespaceField,
      namespaced: flag("Whether objects of this kind live in a namespace; true when absent"),
      labels: labelsField,
      annotations: annotationsField,
    }, { required: ["name"] }),
    hasStatus: flag("Whether `status` is written; when absent, where the kind has that subresource"),
    spec: { ...tree, doc: "The object's spec; every text inside may hold a template" },
    status: { ...tree, doc: "The object's status" },
    ...upkeepFields,
  }, { required: ["apiVersion", "kind", "metadata"], rest: tree }),
  expand(entry, context): KubeObject {
    const { fields } = entry;
    const metadata = mapAt(fields, "metadata");
    if (entry.namespace === undefined && textAt(metadata, "namespace") !== undefined) {
      throw new EntryError("metadata.namespace", "Cannot use a namespace: the kind is cluster-scoped");
    }
    const object: KubeObject = {
      apiVersion: textAt(fields, "apiVersion")!,
      kind: textAt(fields, "kind")!,
      metadata: childMetadata({ ...entry, fields: metadata ?? {} }, context),
    };
    const writesStatus = flagAt(fields, "hasStatus") !== false;
    for (const key of Object.keys(fields)) {
      const copied = key === "status" ? writesStatus : !notCopied.has(key);
      const value: Json | undefined = copied ? ownValue(fields, key) : undefined;
      if (value !== undefined) setOwn(object as unknown as JsonMap, key, value);
    }
    return object;
  },
};

/** What steers the entry, and what `expand` writes itself. */
const notCopied: ReadonlySet<string> = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "hasStatus",
  "when",
  "or",
  "forEach",
  "readyWhen",
  ...Object.keys(upkeepFields),
]);
