import type { FlagShape, ListShape, MapShape, RecordShape, Shape, TextFormat, TextShape } from "../base/shape.ts";

/** Short ways to write the shapes of entries. `doc` is one sentence, printed in the reference. */

type TextOptions = Omit<TextShape, "type" | "template" | "format" | "doc"> & { readonly template?: boolean };

/** Text that may hold a template. */
export function text(doc: string, format?: TextFormat, options: TextOptions = {}): TextShape {
  return { type: "text", template: true, doc, ...(format === undefined ? {} : { format }), ...options };
}

/** Text whose white space is its author's business (ruling 37). */
export function freeText(doc: string): TextShape {
  return { type: "text", template: true, free: true, doc };
}

/** Free text that may render to any bytes (ruling 69). */
export function bytesText(doc: string): TextShape {
  return { ...freeText(doc), bytes: true };
}

/** One of a few words, given in any case. */
export function word(doc: string, words: readonly string[]): TextShape {
  return { type: "text", template: true, oneOf: words, anyCase: true, doc };
}

export function flag(doc: string): FlagShape {
  return { type: "flag", doc };
}

/** A list that one template may stand for. */
export function listOf(doc: string, items: Shape): ListShape {
  return { type: "list", template: true, items, doc };
}

/** A map that one template may stand for. */
export function mapOf(doc: string, keys: MapShape["keys"], values: Shape): MapShape {
  return { type: "map", template: true, values, doc, ...(keys === undefined ? {} : { keys }) };
}

export function record(
  doc: string,
  fields: Readonly<Record<string, Shape>>,
  rules: Omit<RecordShape, "type" | "fields" | "doc"> = {},
): RecordShape {
  return { type: "record", fields, doc, ...rules };
}

/** A documented key that this version does not carry out; its `doc` says what to do instead. */
export function later<S extends Shape>(shape: S): S {
  return { ...shape, support: "later" };
}

export const nameField: TextShape = text("Name of the child", "dnsSubdomain");
export const namespaceField: TextShape = text(
  "Namespace of the child; the CR's own when absent, `default` for a cluster-scoped CR",
  "namespace",
);
export const labelsField: MapShape = mapOf("Labels of the child", "labelKey", text("", "labelValue"));
export const annotationsField: MapShape = mapOf("Annotations of the child", "labelKey", freeText(""));

/** How the entry is kept in step: no part of the object. */
export const upkeepFields: Readonly<Record<string, Shape>> = {
  reconcile: flag("Under `onCreate`: keep the child as declared, as under `onReconcile`"),
  forceConflict: flag("Take fields over from other field managers; true when absent"),
  adopt: flag(
    "Take over an object of this name that is there already and that nothing controls: it is a child from then on, and " +
      "is deleted as one, unless `deletionPolicy` is `Retain`; false when absent",
  ),
  deletionPolicy: {
    type: "text",
    template: false,
    doc: "`Retain`: the child stays when the CR, the entry or its condition goes; `Delete` when absent",
    oneOf: ["Delete", "Retain"],
  },
  sleep: text("Wait this long before each write of the child, up to 5m, for tests", "duration"),
};

/** The fields of every kind but `custom`. */
export const commonFields: Readonly<Record<string, Shape>> = {
  name: nameField,
  namespace: namespaceField,
  labels: labelsField,
  annotations: annotationsField,
  ...upkeepFields,
};

const { namespace: _none, ...clusterFields } = commonFields;

/** Those of cluster-scoped kinds. */
export { clusterFields };
