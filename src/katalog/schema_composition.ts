import type { RecordShape, Shape, TreeShape } from "../base/shape.ts";
import { flag, leftOutKeys, list, map, plainText, prose, record } from "./schema_words.ts";
import { lifecycleShape } from "./schema_lifecycle.ts";
import { metadata } from "./schema_metadata.ts";

/** What a Katalog is put together from: Motifs, notes, included files. */

/** What a Motif adds is checked with the entry that it is added to. */
function unchecked(doc: string): TreeShape {
  return { type: "tree", template: false, unchecked: true, doc };
}

const scalar: Shape = {
  type: "text",
  template: true,
  free: true,
  empty: true,
  doc: "A value, or a template that reads the CR",
};

/** `imports` of an entry of `spec.crds`. */
export const motifImport: RecordShape = record("A Motif", {
  motif: plainText("Path of its file, relative to this one"),
  with: map("What its inputs are; read where the CR is", scalar),
  ...leftOutKeys("only files are read: write the path of one", "version", "oci", "auth"),
}, { required: ["motif"] });

/** `spec.imports`: of these only the notes and the profiles are used. */
export const wideImport: RecordShape = record("A Motif of which the notes and profiles are used", {
  motif: plainText("Path of its file, relative to this one"),
  ...leftOutKeys("only files are read: write the path of one", "version", "oci", "auth"),
  ...leftOutKeys("inputs are of resources, and those are imported by the entry of a CRD", "with"),
}, { required: ["motif"] });

export const includeField: Shape = plainText(
  "File whose contents go before what is written here, relative to this one",
);

/** `notes` of a Katalog or a Motif. */
export const notesShape: RecordShape = record("Functions of your own, without arguments", {
  functions: list(
    "Each may call the others, and be called by name in every template",
    record("A note", {
      name: plainText("Its name: letters, digits and `_`"),
      expression: prose("What it is short for, a template mostly; read where it is called"),
      description: prose("What it is for, for people"),
      shadow: flag("True: it may have the name of a function"),
    }, { required: ["name", "expression"] }),
  ),
  include: includeField,
});

/** One input of a Motif. */
const input: RecordShape = record("An input", {
  name: plainText("`.inputs.<name>` in the Motif"),
  description: prose("What it is, for people"),
  required: flag("True: an importer must bind it"),
  type: plainText("What it is meant to be, for people"),
  default: { ...scalar, doc: "What it is where an importer does not bind it" },
}, { required: ["name"] });

/** A document of kind `Motif`; its resources are checked where they are imported. */
export const motifShape: RecordShape = record("A Motif", {
  apiVersion: plainText("Always `orkestra.orkspace.io/v1`"),
  kind: plainText("Always `Motif`"),
  metadata,
  inputs: list("What an importer may bind", input),
  imports: list("Motifs that it imports itself", motifImport),
  resources: unchecked("Lists of `onReconcile`, and `onCreate` with the same lists"),
  status: record("Joined with the status of the importer", {
    fields: unchecked("As `operatorBox.status.fields`"),
  }),
  admission: record("Joined with the rules of the importer", {
    validation: unchecked("As `validation` of an entry"),
    mutation: unchecked("As `mutation` of an entry"),
  }),
  lifecycle: lifecycleShape,
  notes: unchecked("As `notes` of a Katalog; used through `spec.imports` alone"),
  profiles: unchecked("As `profiles` of a Katalog; used through `spec.imports` alone"),
}, { required: ["apiVersion", "kind", "metadata"] });

/** `imports` of a document of kind `Komposer`. */
export const komposerImports: RecordShape = record("Katalogs that it is put together from", {
  files: list("Paths of Katalogs, relative to this file", plainText("")),
  ...leftOutKeys("only files are read: render or download it, and list it under files", "helm", "registry"),
});
