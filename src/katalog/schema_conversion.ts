import type { RecordShape, Shape } from "../base/shape.ts";
import { includeField } from "./schema_composition.ts";
import { flag, list, plainText, record } from "./schema_words.ts";

/** `spec` of a path: what the target's `spec` is made of. */
export const convertedSpec: Shape = {
  type: "tree",
  template: true,
  doc:
    "`spec` of the target: a tree of values; its templates read the object in the version `from`. May be empty: `{}`",
};

/** One item of `conversion.paths`. */
export const conversionPath: RecordShape = record("How objects get from one version to another", {
  from: plainText("Version to convert from, such as `v1alpha1`", "dnsLabel"),
  to: plainText("Version to convert to", "dnsLabel"),
  spec: convertedSpec,
}, { required: ["from", "to", "spec"] });

/** `conversion` of an entry of `spec.crds`. */
export const conversion: RecordShape = record("Conversion between the versions of the CRD, by the Gateway", {
  storageVersion: plainText("The version that is stored, such as `v1`", "dnsLabel"),
  updateCRD: flag("True: the Gateway registers itself as the converter of the CRD; false when absent"),
  participant: flag("True: the paths are in other entries of the kind; false when absent"),
  paths: list(
    "Each direction is a path of its own. Versions without a direct path are converted by way of the storage version",
    conversionPath,
  ),
  include: includeField,
}, { required: ["storageVersion"] });
