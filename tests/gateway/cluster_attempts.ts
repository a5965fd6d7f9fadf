import { overrideAnnotation as override, protectionLabel as label } from "../../src/k8s/protection.ts";
import type { Json, JsonMap } from "../../src/base/json.ts";
import { apply, jsonPatch, merge, type Sent, type Stage, type User, users } from "./stage.ts";

/** One attempt on a real API server, and what must come out. */
export interface Attempt {
  readonly what: string;
  readonly as?: User;
  /** The object that is there before. */
  readonly given?: {
    readonly kind?: "Shop" | "Stall";
    readonly metadata?: JsonMap;
    readonly spec?: JsonMap;
  };
  /** `at.path`: of the object. */
  readonly send: (at: { readonly name: string; readonly path: string; readonly stage: Stage }) => Sent;
  /** A part of the refusal, after which the object is as before; or what is stored must satisfy `stored`. */
  readonly refused?: RegExp;
  readonly stored?: (object: JsonMap) => boolean;
  /** It is gone, or on its way. */
  readonly gone?: true;
}

const { mallory, chief, admin } = users;
export const on: JsonMap = { [label]: "true" };
const why: JsonMap = { [override]: "incident 12" };
const size = /spec\.size: at most 3/;
const isProtected = /is protected against deletion/;
const isOverride = /may be written by identities alone/;
const isStrict = /cannot be removed or changed in strict mode/;
const isOwner = /an owner reference cannot be added/;
const isRestricted = /restricted/;
const isDeep = /nested more than \d+ levels deep/;

const create = (what: string, spec: JsonMap, refused: RegExp, metadata: JsonMap = {}, query = ""): Attempt => ({
  what,
  send: ({ name, stage }) => ({
    method: "POST",
    path: `${stage.shops}${query}`,
    body: stage.object("Shop", { name, ...metadata }, spec),
  }),
  refused,
});

const patch = (
  what: string,
  body: Json,
  out: Pick<Attempt, "refused" | "stored">,
  more: { type?: string; under?: string } & Pick<Attempt, "as" | "given"> = {},
): Attempt => ({
  what,
  as: more.as ?? mallory,
  given: more.given ?? {},
  send: ({ path }) => ({ method: "PATCH", path: `${path}${more.under ?? ""}`, body, type: more.type ?? merge }),
  ...out,
});

const remove = (what: string, as: User, given: Attempt["given"], out: Partial<Attempt>, body?: JsonMap): Attempt => ({
  what,
  as,
  given: given!,
  send: ({ path }) => ({ method: "DELETE", path, body }),
  ...out,
});

const labelled = { metadata: { labels: on } };
const overridden = { metadata: { labels: on, annotations: why } };
const normal = { kind: "Stall", metadata: { labels: on } } as const;

/** `{"a":{"a":…}}`. */
export function nested(levels: number): JsonMap {
  let value: JsonMap = { end: 1 };
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

const named = (name: string, group = "system:masters"): User => ({ name, group });
const spec = (object: JsonMap): JsonMap => object["spec"] as JsonMap;
const tierOf = (object: JsonMap) => spec(object)["tier"];

/** Rules: see `red_team_test.ts`; `failurePolicy` is Ignore, so whatever makes the Gateway fail gets through. */
export const clusterAttempts: readonly Attempt[] = [
  // Validation and mutation.
  create("a bad CR", { size: 9 }, size),
  create("a dry run of a bad CR", { size: 9 }, size, {}, "?dryRun=All"),
  create("a bad CR with generateName", { size: 9 }, size, { name: "", generateName: "shop-" }),
  create("fieldValidation=Ignore", { size: 9 }, size, {}, "?fieldValidation=Ignore"),
  create("fieldManager of the Gateway", { size: 9 }, size, {}, "?fieldManager=orkestra-gateway"),
  create("a bad CR that says it is being deleted", { size: 9 }, size, { deletionTimestamp: "2020-01-01T00:00:00Z" }),
  create("a bad CR with a grace period", { size: 9 }, size, { deletionGracePeriodSeconds: 0 }),
  create("a bad CR that claims to be of the Runtime", { size: 9 }, size, {
    labels: { "app.kubernetes.io/managed-by": "orkestra" },
    annotations: { "orkestra.orkspace.io/declared-by": "red-team/shop" },
  }),
  create("a bad CR with strict-mode-exempt", { size: 9 }, size, {
    labels: { "orkestra.io/strict-mode-exempt": "true", "admission.orkestra.io/ignore": "true" },
  }),
  create("a bad CR with owner references", { size: 9 }, size, {
    ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u" }],
  }),
  create("a number as text", { size: "9" }, size),
  create("a number beyond 2^53", { size: 9007199254740993n }, size),
  create("a number in scientific notation", { size: 9e30 }, size),
  create("a list in place of a number", { size: [1] }, size),
  create("a map in place of a number", { size: { value: 1 } }, size),
  create("nested to 190 levels", { size: 9, deep: nested(185) }, size),
  create("nested to 250 levels, so that the Gateway cannot look", { size: 9, deep: nested(250) }, isDeep),
  create("nested to 3000 levels", { size: 9, deep: nested(3000) }, /nested|depth|deep|exceeded/),
  create("an annotation of 200 KiB", { size: 9 }, size, { annotations: { big: "x".repeat(200 * 1024) } }),
  create("a spec of 1 MiB", { size: 9, big: "x".repeat(1024 * 1024) }, size),
  create("1.3 MB of < which Go escapes to 8 MB", { size: 9, big: "<".repeat(1_300_000) }, /at most 3|too large/),
  create("500,000 numbers beside one of 64 bits", { size: 9, list: Array(500_000).fill(1), n: 1n << 60n }, size),
  create("a text too long for the pattern", { host: `evil/${"x".repeat(300_000)}` }, /spec\.host: no such host/),
  create("a text too long for the pattern of a when", { seats: 10, plan: "x".repeat(300_000) }, /at most 9 seats/),
  create("a map that prints to more than a template may", { seats: 10, plan: { x: "x".repeat(1_100_000) } }, /9 seats/),
  create("a bound that is no number", { rows: 10, maxRows: "many" }, /too many rows/),
  create("a line break before a pattern's text", { host: "evil\nshop.example.org" }, /spec\.host: no such host/),
  create("a __proto__ that holds good values", { size: 9, ["__proto__x"]: { size: 1 } }, size),
  {
    what: "a __proto__ in place of the field",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: `{"apiVersion":"${stage.group}/v1","kind":"Shop","metadata":{"name":"${name}"},` +
        `"spec":{"__proto__":{"size":1,"tier":"gold"},"size":9}}`,
    }),
    refused: size,
  },
  {
    what: "the field twice, first a good one",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: `{"apiVersion":"${stage.group}/v1","kind":"Shop","metadata":{"name":"${name}"},"spec":{"size":1,"size":9}}`,
    }),
    refused: /at most 3|duplicate/,
  },
  {
    what: "an old version of the API",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.path("shops", "v1alpha1"),
      body: stage.object("Shop", { name }, { size: 9 }, "v1alpha1"),
    }),
    refused: size,
  },
  {
    what: "an UPDATE in an old version",
    given: {},
    send: ({ name, stage }) => ({
      method: "PATCH",
      path: `${stage.path("shops", "v1alpha1")}/${name}`,
      body: { spec: { size: 9 } },
      type: merge,
    }),
    refused: size,
  },
  {
    what: "server-side apply that creates",
    send: ({ name, stage }) => ({
      method: "PATCH",
      path: `${stage.shops}/${name}?fieldManager=m&force=true`,
      body: stage.object("Shop", { name }, { size: 9 }),
      type: apply,
    }),
    refused: size,
  },
  {
    what: "YAML",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: `apiVersion: ${stage.group}/v1\nkind: Shop\nmetadata: {name: ${name}}\nspec: {size: 9}\n`,
      type: "application/yaml",
    }),
    refused: size,
  },
  patch("a merge patch", { spec: { size: 9 } }, { refused: size }),
  patch("a JSON patch", [{ op: "add", path: "/spec/size", value: 9 }], { refused: size }, { type: jsonPatch }),
  patch(
    "a JSON patch that copies",
    [{ op: "copy", from: "/spec/big", path: "/spec/size" }],
    { refused: size },
    { type: jsonPatch, given: { spec: { big: 9 } } },
  ),
  patch("a merge patch with a deletionTimestamp", {
    metadata: { deletionTimestamp: "2020-01-01T00:00:00Z" },
    spec: { size: 9 },
  }, { refused: /at most 3|deletionTimestamp/ }),
  patch("more replicas through /scale", { spec: { replicas: 9 } }, { refused: /spec\.replicas: at most 5/ }, {
    under: "/scale",
  }),
  patch("spec through /status", { spec: { size: 9 }, status: { x: 1 } }, {
    stored: (object) => spec(object)["size"] === undefined,
  }, { under: "/status" }),
  {
    what: "a CR that says it is being deleted is mutated all the same",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name, deletionTimestamp: "2020-01-01T00:00:00Z" }, {}),
    }),
    stored: (object) => tierOf(object) === "standard",
  },
  {
    what: "a value that a rule sets cannot be kept out by null",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { tier: null, owner: "me" }),
    }),
    stored: (object) => tierOf(object) === "standard" && spec(object)["owner"] === "ork",
  },
  {
    what: "a key that injects into the path of a patch",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { key: 'x"].y["../../metadata/labels~1' }),
    }),
    stored: ({ metadata }) => (metadata as JsonMap)["labels"] === undefined,
  },
  {
    what: "keys with / and ~ keep their names",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { key: "a/b~c" }),
    }),
    stored: (object) => (spec(object)["settings"] as JsonMap)["a/b~c"] === "set",
  },
  {
    what: "a key __proto__ is a key",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { key: "__proto__" }),
    }),
    stored: (object) => Object.hasOwn(spec(object)["settings"] as JsonMap, "__proto__"),
  },
  {
    what: "a template in a value is text",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { key: "k", tier: "{{ .metadata.name }}" }),
    }),
    refused: /no such tier/,
  },
  {
    what: "numbers beyond 2^53 are not changed",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { n: 9007199254740993n }),
    }),
    stored: (object) => spec(object)["n"] === 9007199254740993n && tierOf(object) === "standard",
  },
  {
    what: "a user with a name of 3000 characters",
    as: named("m".repeat(3000)),
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.shops,
      body: stage.object("Shop", { name }, { size: 9 }),
    }),
    refused: size,
  },

  // Deletion.
  remove("DELETE", mallory, labelled, { refused: isProtected }),
  remove("DELETE by an administrator", admin, labelled, { refused: isProtected }),
  remove("DELETE by a listed user without a reason", chief, labelled, { refused: isProtected }),
  remove("DELETE as a dry run", mallory, labelled, { refused: isProtected }, {
    apiVersion: "v1",
    kind: "DeleteOptions",
    dryRun: ["All"],
  }),
  remove("DELETE with no grace", mallory, labelled, { refused: isProtected }, {
    apiVersion: "v1",
    kind: "DeleteOptions",
    gracePeriodSeconds: 0,
    propagationPolicy: "Orphan",
  }),
  remove("DELETE in normal mode", mallory, normal, { refused: isProtected }),
  remove("DELETE of an overridden CR by somebody else", mallory, overridden, { refused: isProtected }),
  remove("DELETE of an overridden CR by the listed user", chief, overridden, { gone: true }),
  ...([
    ["called like the collector", named("system:serviceaccount:kube-system:generic-garbage-collector")],
    ["called like the Runtime, in another namespace", named("system:serviceaccount:default:orkestra")],
    ["called like a listed ServiceAccount", named("system:serviceaccount:backup:velero")],
    ["called namespace/name", named("backup/velero")],
    ["called like a listed group", named("break-glass")],
    ["in a group called like a listed user", named("x", "chief")],
    ["called Chief", named("Chief")],
    ["called chief, and more", named("chief,mallory")],
    ["in the group of all ServiceAccounts", named("x", "system:serviceaccounts:backup")],
  ] as const).map(([what, as]) => remove(`DELETE by one ${what}`, as, overridden, { refused: isProtected })),
  {
    what: "DELETE in an old version",
    given: labelled,
    send: ({ name, stage }) => ({ method: "DELETE", path: `${stage.path("shops", "v1alpha1")}/${name}` }),
    refused: isProtected,
  },
  {
    what: "DELETE of the collection",
    given: labelled,
    send: ({ name, stage }) => ({ method: "DELETE", path: `${stage.shops}?fieldSelector=metadata.name%3D${name}` }),
    refused: isProtected,
  },
  {
    what: "DELETE of the CRD",
    given: {},
    send: ({ stage }) => ({
      method: "DELETE",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shops.${stage.group}`,
    }),
    refused: isProtected,
  },
  {
    what: "DELETE of the CRDs as a collection",
    given: {},
    send: ({ stage }) => ({
      method: "DELETE",
      path:
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldSelector=metadata.name%3Dshops.${stage.group}`,
    }),
    refused: isProtected,
  },
  {
    what: "an owner for the CRD",
    given: {},
    send: ({ stage }) => ({
      method: "PATCH",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shops.${stage.group}`,
      body: { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u" }] } },
      type: merge,
    }),
    refused: isOwner,
  },
  {
    what: "DELETE of the Secret of the certificates",
    given: {},
    send: ({ stage }) => ({
      method: "DELETE",
      path: `/api/v1/namespaces/${stage.namespace}/secrets/orkestra-internal-tls`,
    }),
    refused: isProtected,
  },
  {
    what: "DELETE of all Secrets",
    given: {},
    send: ({ stage }) => ({ method: "DELETE", path: `/api/v1/namespaces/${stage.namespace}/secrets` }),
    refused: isProtected,
  },
  {
    what: "an owner for the Secret of the certificates",
    given: {},
    send: ({ stage }) => ({
      method: "PATCH",
      path: `/api/v1/namespaces/${stage.namespace}/secrets/orkestra-internal-tls`,
      body: { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u" }] } },
      type: merge,
    }),
    refused: isOwner,
  },
  {
    what: "DELETE of the Namespace of Ork",
    given: {},
    send: ({ stage }) => ({ method: "DELETE", path: `/api/v1/namespaces/${stage.namespace}` }),
    refused: isProtected,
  },

  // The label in strict mode.
  patch("the label is removed", { metadata: { labels: { [label]: null } } }, { refused: isStrict }, {
    given: labelled,
  }),
  patch("all labels are removed", { metadata: { labels: null } }, { refused: isStrict }, { given: labelled }),
  patch("the label becomes false", { metadata: { labels: { [label]: "false" } } }, { refused: isStrict }, {
    given: labelled,
  }),
  patch("the label becomes True", { metadata: { labels: { [label]: "True" } } }, { refused: isStrict }, {
    given: labelled,
  }),
  patch(
    "the label is removed by a JSON patch",
    [{ op: "remove", path: `/metadata/labels/${label.replace("/", "~1")}` }],
    { refused: isStrict },
    { given: labelled, type: jsonPatch },
  ),
  patch(
    "the label is moved to another key",
    [{ op: "move", from: `/metadata/labels/${label.replace("/", "~1")}`, path: "/metadata/labels/x" }],
    { refused: isStrict },
    { given: labelled, type: jsonPatch },
  ),
  patch("the label with an exemption", {
    metadata: { labels: { [label]: null, "orkestra.io/strict-mode-exempt": "true" } },
  }, {
    refused: isStrict,
  }, { given: labelled }),
  patch("the label by an administrator", { metadata: { labels: null } }, { refused: isStrict }, {
    given: labelled,
    as: admin,
  }),
  patch("the label by a listed user without a reason", { metadata: { labels: null } }, { refused: isStrict }, {
    given: labelled,
    as: chief,
  }),
  patch("the label by a listed user with a blank reason", {
    metadata: { labels: null, annotations: { [override]: " " } },
  }, {
    refused: isStrict,
  }, { given: labelled, as: chief }),
  patch("the label through /status", { metadata: { labels: null }, status: { x: 1 } }, {
    stored: ({ metadata }) => ((metadata as JsonMap)["labels"] as JsonMap)[label] === "true",
  }, { given: labelled, under: "/status" }),
  {
    what: "the label by PUT",
    given: labelled,
    send: ({ name, path, stage }) => ({ method: "PUT", path, body: stage.object("Shop", { name }, {}) }),
    refused: /strict mode|resourceVersion/,
  },
  {
    what: "the label in an old version",
    given: labelled,
    send: ({ name, stage }) => ({
      method: "PATCH",
      path: `${stage.path("shops", "v1alpha1")}/${name}`,
      body: { metadata: { labels: null } },
      type: merge,
    }),
    refused: isStrict,
  },

  // The override.
  create("a new CR brings the override", {}, isOverride, { annotations: why }),
  create("a new CR with generateName brings it", {}, isOverride, { name: "", generateName: "o-", annotations: why }),
  create("a new CR brings an empty one", {}, isOverride, { annotations: { [override]: "" } }),
  create("a dry run brings it", {}, isOverride, { annotations: why }, "?dryRun=All"),
  create("one that says it is being deleted brings it", {}, isOverride, {
    annotations: why,
    deletionTimestamp: "2020-01-01T00:00:00Z",
  }),
  create("nested too deeply to be looked at, it brings the override", { deep: nested(250) }, /identities alone|deep/, {
    annotations: why,
  }),
  patch("it is added", { metadata: { annotations: why } }, { refused: isOverride }, { given: labelled }),
  patch("it is added in normal mode", { metadata: { annotations: why } }, { refused: isOverride }, { given: normal }),
  patch("it is added without the label", { metadata: { annotations: why } }, { refused: isOverride }),
  patch("it is changed", { metadata: { annotations: { [override]: "mine" } } }, { refused: isOverride }, {
    given: overridden,
  }),
  patch("it is removed", { metadata: { annotations: null } }, { refused: isOverride }, { given: overridden }),
  patch("it is added by apply", { metadata: { annotations: why } }, {
    stored: ({ metadata }) => (metadata as JsonMap)["annotations"] === undefined,
  }, { given: labelled, under: "/status" }),
  patch("it is added in normal mode as the label goes", { metadata: { labels: null, annotations: why } }, {
    refused: isOverride,
  }, { given: normal }),

  // Owner references.
  patch(
    "an owner is added",
    {
      metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u" }] },
    },
    { refused: isOwner },
    { given: labelled },
  ),
  patch(
    "an owner is added as the label goes",
    {
      metadata: { labels: null, ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u" }] },
    },
    { refused: /strict mode|owner reference/ },
    { given: labelled },
  ),

  // Namespaces.
  {
    what: "a CR in a restricted namespace",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.path("shops", "v1", "kube-public"),
      body: stage.object("Shop", { name }, {}),
    }),
    refused: isRestricted,
  },
  {
    what: "the same in an old version",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.path("shops", "v1alpha1", "kube-public"),
      body: stage.object("Shop", { name }, {}, "v1alpha1"),
    }),
    refused: isRestricted,
  },
  {
    what: "the same by apply, as one that is being deleted",
    send: ({ name, stage }) => ({
      method: "PATCH",
      path: `${stage.path("shops", "v1", "kube-public")}/${name}?fieldManager=m`,
      body: stage.object("Shop", { name }, {}),
      type: apply,
    }),
    refused: isRestricted,
  },
  {
    what: "the same with generateName, as a dry run",
    send: ({ stage }) => ({
      method: "POST",
      path: `${stage.path("shops", "v1", "kube-public")}?dryRun=All`,
      body: stage.object("Shop", { generateName: "x-" }, {}),
    }),
    refused: isRestricted,
  },
  {
    what: "another namespace in the object than in the path",
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.path("shops", "v1", "kube-public"),
      body: stage.object("Shop", { name, namespace: stage.namespace }, {}),
    }),
    refused: /restricted|does not match/,
  },
  {
    what: "a listed user in a restricted namespace",
    as: chief,
    send: ({ name, stage }) => ({
      method: "POST",
      path: stage.path("shops", "v1", "kube-public"),
      body: stage.object("Shop", { name }, {}),
    }),
    refused: isRestricted,
  },
];
