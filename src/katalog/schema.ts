import { conversion } from "./schema_conversion.ts";
import { crdWebhooks, fires, gateway, securityOfGateway } from "./schema_gateway.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { comparisonFields, gateFields } from "./schema_conditions.ts";
import { includeField, motifImport, notesShape, wideImport } from "./schema_composition.ts";
import { lifecycleShape, policyShape } from "./schema_lifecycle.ts";
import { comparisonKeys, mutationKeys } from "./other_keys.ts";
import { metadata } from "./schema_metadata.ts";
import { profilesShape } from "./schema_profiles.ts";
import { operatorBox } from "./schema_box.ts";
import { admissionCalls } from "./schema_external.ts";
import { deletionProtection, namespaceHookFields, ownDeletionProtection } from "./schema_security.ts";
import {
  flag,
  freeText,
  laterKeys,
  leftOutKeys,
  list,
  map,
  oneOf,
  plainText,
  prose,
  record,
  text,
  tree,
} from "./schema_words.ts";

/** The only version of the language. */
export const katalogApiVersion = "orkestra.orkspace.io/v1";

const crdVersion: RecordShape = record("Another version of the CRD", {
  name: plainText("Name, such as `v1beta1`", "dnsLabel"),
  served: flag("False: the API server does not serve it; true when absent"),
  storage: flag("True: the version that is stored; false when absent"),
  hasStatus: flag("As in `apiTypes`"),
  selectableFields: list("As in `apiTypes`", plainText("")),
  schema: tree("As in `apiTypes`"),
}, { required: ["name"] });

const apiTypes: RecordShape = record("The type of the CRs", {
  group: plainText("API group, such as `shop.example.org`", "dnsSubdomain"),
  version: plainText("Version, such as `v1`", "dnsLabel"),
  kind: plainText("Kind, such as `Shop`"),
  plural: plainText("Plural in URLs, such as `shops`", "dnsLabel"),
  apiPath: oneOf("`/apis`, or `/api` for the core group; known from the group", ["/apis", "/api"]),
  specReplicasPath: plainText("Field that `/scale` sets, such as `.spec.replicas`, where no `crdFile` says it"),
  schema: tree("`openAPIV3Schema` of the version, where no `crdFile` has it: `ork generate configmap` writes it"),
  hasStatus: flag("With `schema`. False: the CRD has no status subresource; true when absent"),
  selectableFields: list(
    "With `schema`. Fields that the CRD offers for field selectors, such as `spec.color`",
    plainText(""),
  ),
  versions: list("With `schema`. The other versions of the CRD", crdVersion),
  ...leftOutKeys("Go types are not part of a Katalog", "location", "object", "objectList", "alias"),
}, {
  needs: {
    schema: ["group", "version", "kind", "plural"],
    hasStatus: ["schema"],
    selectableFields: ["schema"],
    versions: ["schema"],
  },
});

/** One rule of `validation`. */
export const validationRule: RecordShape = record("A rule that a CR must keep", {
  ...comparisonFields,
  message: freeText("What the author of the CR reads; made from field and operator when absent"),
  action: oneOf("`deny` (the default) stops the pass, `warn` continues", ["deny", "warn"]),
  ...gateFields,
  fires,
  ...leftOutKeys("write operator: unique", "unique"),
  ...leftOutKeys(undefined, "link", "notify"),
}, { required: ["field"], otherKeys: comparisonKeys });

const mutationRule: RecordShape = record("A value that is filled in, in memory", {
  field: text("Dot path on the CR, such as `spec.replicas`"),
  default: { type: "tree", template: true, doc: "Set when the field is absent or empty" },
  override: { type: "tree", template: true, doc: "Always set; `default` beside it has no effect" },
  valueType: oneOf("Type of a rendered value", [
    "string",
    "str",
    "int",
    "integer",
    "float",
    "number",
    "bool",
    "boolean",
  ]),
  ...gateFields,
  fires,
}, { required: ["field"], oneOfFields: [["default", "override"]], otherKeys: mutationKeys });

const dependencyConditions = ["started", "healthy", "ready"];

/** Start order between boxes. */
const dependsOn: Shape = {
  type: "union",
  doc:
    "Boxes that this one waits for, by their names under `spec.crds`: a list of names, or a map of name to condition. " +
    "Its workers start once the condition of each is met",
  list: list("", plainText("")),
  map: map("", {
    type: "union",
    doc: "",
    nothing: true,
    scalar: oneOf("", dependencyConditions),
    map: record("", {
      condition: oneOf(
        "`healthy` (default): has reconciled successfully at least once, or has no CR; `started`: its workers run; " +
          "`ready` is an alias of `healthy`",
        dependencyConditions,
      ),
    }),
  }),
};

/** Where CRs and children may stand, on an entry of `spec.crds` and for the whole Katalog. */
const namespaceLists = {
  allowedNamespaces: list(
    "Namespaces, or globs such as `team-*`, in which CRs may stand, all when empty; children and sources of copies may " +
      "stand there although a CR chooses the name",
    plainText("", "namespaceGlob"),
  ),
  restrictedNamespaces: list(
    "Namespaces, or globs, in which no CR and no child may stand; they win over `allowedNamespaces`",
    plainText("", "namespaceGlob"),
  ),
};

/** One entry of `spec.crds`. */
export const crdEntry: RecordShape = record("One CRD and its operator", {
  apiTypes,
  crdFile: plainText("Manifest of the CRD, relative to the Katalog; `apiTypes` may then be left out"),
  crFiles: list("CRs to start with while developing, relative to the Katalog", plainText("")),
  setup: list(
    "Manifests that are applied before the CRDs while developing, in this order, relative to the Katalog",
    plainText(""),
  ),
  enabled: flag("False: the operator is not started; true when absent"),
  description: prose("What it is, for people"),
  mode: oneOf("Only `dynamic`", ["dynamic", "typed"]),
  namespaced: flag("False: the CRs are cluster-scoped; true when absent"),
  dependsOn,
  formerNames: list(
    "Keys that this entry had before, so that children created under them still belong to it",
    plainText("", "dnsLabel"),
  ),
  namespace: plainText("Watch this namespace only", "namespace"),
  ...namespaceLists,
  labels: map("Labels written onto the CR", text("", "labelValue"), "labelKey"),
  labelSelector: map("Watch only CRs with these labels", plainText("", "labelValue"), "labelKey"),
  fieldSelector: map("Watch only CRs with these fields", plainText("")),
  forceConflict: flag("Take fields of children over from other field managers; true when absent"),
  normalize: record("Values computed from the CR before everything else, in memory", {
    spec: map("Dot path under `spec` to value", freeText("")),
  }, { required: ["spec"] }),
  validation: record("Rules that a CR must keep", {
    rules: list("All of them are checked", validationRule),
    external: admissionCalls,
    include: includeField,
  }),
  mutation: record("Values that are filled in, in memory", {
    rules: list("In this order", mutationRule),
    mutateFirst: flag("Accepted and not needed: mutation always comes before validation"),
    external: admissionCalls,
    include: includeField,
  }),
  endpoints: record("Which paths the HTTP API of the Runtime has for it", {
    enabled: flag("False: none of them; true when absent"),
    health: flag("False: no `/katalog/<name>/health`; true when absent"),
    info: flag("False: no other path below `/katalog/<name>`; true when absent"),
  }),
  crossAccess: flag(
    "False: no other entry may read its CRs with `cross`; true: other Runtimes may, too, over HTTP; that of the " +
      "Katalog when absent",
  ),
  webhooks: crdWebhooks,
  conversion,
  operatorBox,
  ...laterKeys("enrich", "enrichAll"),
  deletionProtection: ownDeletionProtection,
  imports: list("Motifs whose resources, status fields and rules are joined with this entry", motifImport),
  removeFinalizers: flag(
    "True: no finalizer is set, and those of the operator are removed, for tests; false when absent",
  ),
  ignoreStatusPatch: flag("True: no status is written; false when absent"),
  ignoreObservedGeneration: flag("True: `status.observedGeneration` is not written; false when absent"),
  ...leftOutKeys(undefined, "serve"),
}, { exclusive: [["allowedNamespaces", "restrictedNamespaces"]] });

const security: RecordShape = record("What operators and users may do", {
  deletionProtection,
  namespaceProtection: record("Where CRs and children may stand, for every CRD", {
    ...namespaceHookFields,
    ...namespaceLists,
  }),
  identity: oneOf(
    "As whom operators talk to the API server: `process` (the default), all as the ServiceAccount of the Runtime; " +
      "`perBox`, each as one of its own, with a token that the Runtime requests for it",
    ["process", "perBox"],
  ),
  ...securityOfGateway,
});

/** A whole Katalog. */
export const katalogShape: RecordShape = record("A Katalog", {
  apiVersion: oneOf("Always `orkestra.orkspace.io/v1`", [katalogApiVersion]),
  kind: oneOf("Always `Katalog`", ["Katalog"]),
  metadata,
  spec: record("What the Katalog declares", {
    crds: map("CRDs by name; the name is what messages, labels and logs call the operator", crdEntry, "dnsLabel"),
    imports: list("Motifs whose notes and profiles are used in all entries", wideImport),
    finalizers: list("Finalizers of the CRs of all entries that declare none of their own", plainText("", "finalizer")),
  }, { required: ["crds"] }),
  crossAccess: flag(
    "Default of `crossAccess` for all CRDs of this Katalog; when absent, entries of the same Runtime may read",
  ),
  security,
  gateway,
  profiles: profilesShape,
  notes: notesShape,
  lifecycle: lifecycleShape,
  policy: policyShape,
  ...leftOutKeys("a document of kind Komposer has imports; one of kind Katalog has spec.imports", "imports"),
  ...leftOutKeys(undefined, "publish", "notification", "providers"),
}, { required: ["apiVersion", "kind", "metadata", "spec"] });

/** Kinds of documents that are documented and not read yet. */
export const laterKinds: readonly string[] = ["E2E"];
