import type { ProtectionRequest, UserInfo } from "../../src/admission/protect.ts";
import type { JsonMap } from "../../src/base/json.ts";
import { account, creates, deletes, label, on, override, shop, updates, users } from "./protection_requests.ts";

/** A request, and what comes of it in each mode: a part of the refusal, or what the audit log tells. */
export interface Attempt {
  readonly what: string;
  readonly request: ProtectionRequest;
  /** `allowed`; `audited`: allowed and told; anything else is a part of the refusal. */
  readonly normal: string;
  readonly strict: string;
}

const { alice, olga, gus, root, velero, runtime, box, gateway, collector, namespaces, manager } = users;
const why: JsonMap = { [override]: "incident 12" };
const owner: JsonMap = { apiVersion: "v1", kind: "ConfigMap", name: "bait", uid: "u-1" };
const owned = { ownerReferences: [owner] };
const gone = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const kiosks = { resource: { group: "shop.example.org", version: "v1", resource: "kiosks" } };
const carts = { resource: { group: "shop.example.org", version: "v1", resource: "carts" } };
const depots = { resource: { group: "shop.example.org", version: "v1", resource: "depots" }, namespace: "" };
const configMaps = { resource: { group: "", version: "v1", resource: "configmaps" } };
const stalls = { resource: { group: "shop.example.org", version: "v1", resource: "stalls" } };
const crd = (name: string) => ({
  resource: { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" },
  name,
  namespace: "",
});
const definition = (name: string, more: JsonMap = {}) => ({ metadata: { name, ...more } });
const shops = "shops.shop.example.org";
const own = (group: string, resource: string, name: string, namespace = "orkestra-system") => ({
  ...{ resource: { group, version: "v1", resource }, name, namespace },
});
const named = (name: string, more: JsonMap = {}) => ({ metadata: { name, namespace: "orkestra-system", ...more } });

const protectedText = "is protected against deletion";
const overrideText = "may be written by identities alone";
const ownerText = "an owner reference cannot be added";
const labelText = "cannot be removed or changed in strict mode";

const both = (what: string, request: ProtectionRequest, outcome: string): Attempt => ({
  ...{ what, request, normal: outcome, strict: outcome },
});
const apart = (what: string, request: ProtectionRequest, normal: string, strict: string): Attempt => ({
  ...{ what, request, normal, strict },
});
const as = (username: string, ...groups: string[]): UserInfo => ({ username, groups });

/** Attempts to delete what is protected, and everything that must not be held up. */
export const attempts: readonly Attempt[] = [
  // Deletion.
  both("DELETE of a labelled CR", deletes(alice, shop(on)), protectedText),
  both("DELETE by a cluster administrator", deletes(root, shop(on)), protectedText),
  both("DELETE by a listed user without a reason", deletes(olga, shop(on)), protectedText),
  both("DELETE by a listed user, empty reason", deletes(olga, shop(on, { [override]: "" })), protectedText),
  both("DELETE by a listed user, blank reason", deletes(olga, shop(on, { [override]: " \t\n" })), protectedText),
  both("DELETE by a listed user with a reason", deletes(olga, shop(on, why)), "audited"),
  both("DELETE by a listed group with a reason", deletes(gus, shop(on, why)), "audited"),
  both("DELETE by a listed ServiceAccount with a reason", deletes(velero, shop(on, why)), "audited"),
  both("DELETE by somebody else of an overridden CR", deletes(alice, shop(on, why)), protectedText),
  both("DELETE as a dry run", deletes(alice, shop(on), { dryRun: true }), protectedText),
  both("DELETE of one in a collection, without a name", deletes(alice, shop(on), { name: "" }), protectedText),
  both(
    "DELETE in an old version",
    deletes(alice, shop(on), {
      resource: { group: "shop.example.org", version: "v1alpha1", resource: "shops" },
    }),
    protectedText,
  ),
  both("DELETE of a cluster-scoped CR", deletes(alice, shop(on), depots), protectedText),
  both("DELETE of a CR without the label", deletes(alice, shop(undefined)), "allowed"),
  both("DELETE of a CR with the label False", deletes(alice, shop({ [label]: "false" })), "allowed"),
  both("DELETE of a CR with the label True", deletes(alice, shop({ [label]: "True" })), "allowed"),
  both("DELETE of a CR that is being deleted", deletes(alice, shop(on, {}, gone)), "allowed"),
  both("DELETE of a CR of which CRs are not protected", deletes(alice, shop(on), carts), "allowed"),
  both(
    "DELETE of a labelled object of another kind",
    deletes(alice, shop(on), {
      resource: { group: "apps", version: "v1", resource: "deployments" },
    }),
    "allowed",
  ),
  both(
    "DELETE of a kind of the same plural in another group",
    deletes(alice, shop(on), {
      resource: { group: "other.example.org", version: "v1", resource: "shops" },
    }),
    "allowed",
  ),

  // Who only looks like somebody.
  both("a user called like the collector", deletes(as(collector.username!, "system:masters"), shop(on)), protectedText),
  both("a user called like the Runtime", deletes(as(runtime.username!, "developers"), shop(on)), protectedText),
  both("a user called like a listed ServiceAccount", deletes(as(velero.username!), shop(on, why)), protectedText),
  both("a user called namespace/name", deletes(as("backup/velero"), shop(on, why)), protectedText),
  both("a user called like a listed group", deletes(as("break-glass"), shop(on, why)), protectedText),
  both("a group called like a listed user", deletes(as("mallory", "olga"), shop(on, why)), protectedText),
  both("a listed user in another case", deletes(as("Olga"), shop(on, why)), protectedText),
  both("a listed ServiceAccount's name elsewhere", deletes(account("team-a", "velero"), shop(on, why)), protectedText),
  both(
    "a ServiceAccount called generic-garbage-collector",
    deletes(
      account("team-a", "generic-garbage-collector"),
      shop(on),
    ),
    protectedText,
  ),
  both("the Runtime's name in another namespace", deletes(account("team-a", "orkestra"), shop(on)), protectedText),
  both(
    "an operator's name in another namespace",
    deletes(account("team-a", "orkestra-box-shop"), shop(on)),
    protectedText,
  ),
  both(
    "a name like that of an operator",
    deletes(account("orkestra-system", "orkestra-box-sho"), shop(on)),
    protectedText,
  ),
  both("a user called like an operator", deletes(as(box.username!, "developers"), shop(on)), protectedText),
  both("nobody", deletes({}, shop(on, why)), protectedText),

  // Nobody is held up who carries out what was decided elsewhere.
  both("DELETE by the garbage collector", deletes(collector, shop(on)), "allowed"),
  both("DELETE by the namespace controller", deletes(namespaces, shop(on)), "allowed"),
  both("DELETE by kube-controller-manager", deletes(manager, shop(on)), "allowed"),
  both("DELETE of a CR that is a child, by the Runtime", deletes(runtime, shop(on)), "allowed"),
  both("DELETE of a CR that is a child, by an operator with an identity of its own", deletes(box, shop(on)), "allowed"),
  both("DELETE of a CR by the Gateway", deletes(gateway, shop(on)), protectedText),
  both("orphaning by the garbage collector", updates(collector, shop(on, {}, owned), shop(on)), "allowed"),
  both(
    "the Runtime's finalizer",
    updates(runtime, shop(on), shop(on, undefined, { finalizers: ["a.b/c"] })),
    "allowed",
  ),
  both("the Runtime's label", updates(runtime, shop(undefined), shop(on)), "allowed"),
  both("the Runtime takes the label off", updates(runtime, shop(on), shop({})), "allowed"),
  both("any change of a CR that is being deleted", updates(alice, shop(on, {}, gone), shop({}, why, gone)), "allowed"),

  // The label.
  apart("the label is removed", updates(alice, shop(on), shop({})), "allowed", labelText),
  apart("all labels are removed", updates(alice, shop(on), shop(undefined)), "allowed", labelText),
  apart("the label becomes false", updates(alice, shop(on), shop({ [label]: "false" })), "allowed", labelText),
  apart("the label becomes True", updates(alice, shop(on), shop({ [label]: "True" })), "allowed", labelText),
  apart("the label gets white space", updates(alice, shop(on), shop({ [label]: "true " })), "allowed", labelText),
  apart("the label becomes empty", updates(alice, shop(on), shop({ [label]: "" })), "allowed", labelText),
  apart("the label is removed by an administrator", updates(root, shop(on), shop({})), "allowed", labelText),
  apart(
    "the label is removed, as a dry run",
    updates(alice, shop(on), shop({}), { dryRun: true }),
    "allowed",
    labelText,
  ),
  apart(
    "the label is removed in an old version",
    updates(alice, shop(on), shop({}), {
      resource: { group: "shop.example.org", version: "v1alpha1", resource: "shops" },
    }),
    "allowed",
    labelText,
  ),
  apart(
    "strict-mode-exempt means nothing",
    updates(alice, shop(on), shop({ "orkestra.io/strict-mode-exempt": "true" })),
    "allowed",
    labelText,
  ),
  apart("a listed user removes it without a reason", updates(olga, shop(on), shop({})), "allowed", labelText),
  apart(
    "a listed user removes it, empty reason",
    updates(olga, shop(on, { [override]: "" }), shop({}, { [override]: "" })),
    "allowed",
    labelText,
  ),
  apart("a listed user removes it with a reason", updates(olga, shop(on, why), shop({}, why)), "allowed", "audited"),
  both("a listed user removes it and brings the reason", updates(olga, shop(on), shop({}, why)), "audited"),
  both("a listed user removes it and the override", updates(olga, shop(on, why), shop({})), "audited"),
  apart(
    "somebody else removes it from an overridden CR",
    updates(alice, shop(on, why), shop({}, why)),
    "allowed",
    labelText,
  ),
  both("the label is removed where the CRD has no strict mode", updates(alice, shop(on), shop({}), kiosks), "allowed"),
  both("the label is removed where CRs are not protected", updates(alice, shop(on), shop({}), carts), "allowed"),
  both("the label is added", updates(alice, shop({}), shop(on)), "allowed"),
  both(
    "the label is missing in a Scale",
    updates(alice, shop(on), shop(undefined), { subResource: "scale" }),
    "allowed",
  ),
  both("spec is changed", updates(alice, shop(on), { ...shop(on), spec: { replicas: 3 } }), "allowed"),

  // The override.
  both("a new CR brings it", creates(alice, shop(undefined, why)), overrideText),
  both(
    "a new CR with generateName brings it",
    creates(alice, shop(undefined, why, { name: "" }), { name: "" }),
    overrideText,
  ),
  both("a new CR brings an empty one", creates(alice, shop(undefined, { [override]: "" })), overrideText),
  both("a new CR of a listed user brings it", creates(olga, shop(undefined, why)), "audited"),
  both("a new CR says that it is being deleted", creates(alice, shop(undefined, why, gone)), overrideText),
  both(
    "a new CR brings an old object",
    { ...creates(alice, shop({}, why)), oldObject: shop({}, why, gone) },
    overrideText,
  ),
  both("it is added", updates(alice, shop(on), shop(on, why)), overrideText),
  both("it is added by an administrator", updates(root, shop(on), shop(on, why)), overrideText),
  both("it is added by the Runtime, from a template", updates(runtime, shop(on), shop(on, why)), overrideText),
  both("it is added to a CR without the label", updates(alice, shop({}), shop({}, why)), overrideText),
  both("it is changed", updates(alice, shop(on, why), shop(on, { [override]: "mine" })), overrideText),
  both("it is emptied", updates(alice, shop(on, why), shop(on, { [override]: "" })), overrideText),
  both("it is removed", updates(alice, shop(on, why), shop(on)), overrideText),
  both("it is added with the label going", updates(alice, shop(on), shop({}, why)), overrideText),
  both("it is added through status", updates(alice, shop(on), shop(on, why), { subResource: "status" }), overrideText),
  both(
    "it is added through status of a built-in kind",
    updates(alice, shop(on), shop(on, why), { ...configMaps, subResource: "status" }),
    overrideText,
  ),
  both("it is added where the CRD has no strict mode", updates(alice, shop(on), shop(on, why), kiosks), overrideText),
  both("it is added where CRs are not protected", updates(alice, shop(on), shop(on, why), carts), "allowed"),
  both("it stays", updates(alice, shop(on, why), { ...shop(on, why), spec: { a: 1 } }), "allowed"),
  both("other annotations change", updates(alice, shop(on, why), shop(on, { ...why, a: "b" })), "allowed"),
  both("a key that only begins alike", creates(alice, shop({}, { [`${override}-x`]: "y" })), "allowed"),
  both("it is a label", creates(alice, shop({ [override]: "x" })), "allowed"),

  // Owner references.
  both("an owner is added", updates(alice, shop(on), shop(on, undefined, owned)), ownerText),
  both("an owner is added by an administrator", updates(root, shop(on), shop(on, undefined, owned)), ownerText),
  both(
    "a second owner is added",
    updates(
      alice,
      shop(on, undefined, owned),
      shop(on, undefined, { ownerReferences: [owner, { ...owner, uid: "u-2" }] }),
    ),
    ownerText,
  ),
  both(
    "an owner is exchanged",
    updates(
      alice,
      shop(on, undefined, owned),
      shop(on, undefined, { ownerReferences: [{ ...owner, uid: "u-2" }] }),
    ),
    ownerText,
  ),
  apart(
    "an owner is added with the label going",
    updates(alice, shop(on), shop({}, undefined, owned)),
    "allowed",
    ownerText,
  ),
  both("an owner is removed", updates(alice, shop(on, undefined, owned), shop(on)), "allowed"),
  both("an owner is added by the Runtime", updates(runtime, shop(on), shop(on, undefined, owned)), "allowed"),
  both("an owner is added by a listed user", updates(olga, shop(on), shop(on, undefined, owned)), "audited"),
  both("an owner is added to a CR without the label", updates(alice, shop({}), shop({}, undefined, owned)), "allowed"),
  both("a new CR has an owner", creates(alice, shop(undefined, undefined, owned)), "allowed"),
  both("owners stay", updates(alice, shop(on, undefined, owned), shop(on, { a: "b" }, owned)), "allowed"),

  // CRDs.
  both("DELETE of a CRD of the Katalog", deletes(alice, definition(shops), crd(shops)), protectedText),
  both("DELETE of all CRDs", deletes(alice, definition(shops), { ...crd(""), name: "" }), protectedText),
  both(
    "DELETE of a CRD without the label, by an administrator",
    deletes(root, definition(shops), crd(shops)),
    protectedText,
  ),
  both(
    "DELETE of a CRD by a listed user with a reason",
    deletes(
      olga,
      definition(shops, { annotations: why }),
      crd(shops),
    ),
    "audited",
  ),
  both("DELETE of another CRD", deletes(alice, definition("a.other.dev"), crd("a.other.dev")), "allowed"),
  both(
    "DELETE of a CRD that is not protected",
    deletes(alice, definition("bags.shop.example.org"), crd("bags.shop.example.org")),
    "allowed",
  ),
  both(
    "an owner is added to a CRD",
    updates(alice, definition(shops), definition(shops, owned), crd(shops)),
    ownerText,
  ),
  both(
    "an owner is added to another CRD",
    updates(alice, definition("a.other.dev"), definition("a.other.dev", owned), crd("a.other.dev")),
    "allowed",
  ),
  both(
    "a CRD is changed",
    updates(alice, definition(shops), definition(shops, { labels: { a: "b" } }), crd(shops)),
    "allowed",
  ),

  // Our own objects.
  both(
    "DELETE of our Namespace",
    deletes(root, named("orkestra-system"), own("", "namespaces", "orkestra-system")),
    "belongs to Ork",
  ),
  both(
    "DELETE of another Namespace",
    deletes(root, named("team-a"), own("", "namespaces", "team-a", "team-a")),
    "allowed",
  ),
  both(
    "DELETE of our Deployment",
    deletes(root, named("orkestra-gateway"), own("apps", "deployments", "orkestra-gateway")),
    "belongs to Ork",
  ),
  both(
    "DELETE of all Deployments",
    deletes(root, named("orkestra-gateway"), own("apps", "deployments", "")),
    "belongs to Ork",
  ),
  both(
    "DELETE of our Secret",
    deletes(root, named("orkestra-internal-tls"), own("", "secrets", "orkestra-internal-tls")),
    "belongs to Ork",
  ),
  both(
    "DELETE of our Secret by the Gateway",
    deletes(gateway, named("orkestra-internal-tls"), own("", "secrets", "orkestra-internal-tls")),
    "allowed",
  ),
  both(
    "DELETE of our Deployment by the namespace controller",
    deletes(namespaces, named("orkestra-gateway"), own("apps", "deployments", "orkestra-gateway")),
    "allowed",
  ),
  both(
    "DELETE of a Secret of the same name elsewhere",
    deletes(root, named("orkestra-internal-tls"), own("", "secrets", "orkestra-internal-tls", "team-a")),
    "allowed",
  ),
  both("DELETE of another Secret of ours", deletes(root, named("other"), own("", "secrets", "other")), "allowed"),
  both(
    "our Deployment is repaired",
    updates(
      root,
      named("orkestra-gateway"),
      named("orkestra-gateway", { labels: { a: "b" } }),
      own("apps", "deployments", "orkestra-gateway"),
    ),
    "allowed",
  ),
  both(
    "an owner is added to our Deployment",
    updates(
      root,
      named("orkestra-gateway"),
      named("orkestra-gateway", owned),
      own("apps", "deployments", "orkestra-gateway"),
    ),
    ownerText,
  ),

  // Namespaces.
  both(
    "a new CR in a namespace that is not listed",
    creates(alice, shop({}), { namespace: "other" }),
    "not in the allowed list",
  ),
  both(
    "a new CR in a restricted namespace",
    creates(alice, shop({}), { namespace: "kube-system", ...kiosks }),
    "is restricted",
  ),
  both(
    "a new CR of generateName in a restricted one",
    creates(alice, shop({}), { namespace: "kube-system", name: "", ...kiosks }),
    "is restricted",
  ),
  both("a new CR by a listed user", creates(olga, shop({}), { namespace: "other" }), "not in the allowed list"),
  both("a new CR by the Runtime", creates(runtime, shop({}), { namespace: "other" }), "not in the allowed list"),
  both(
    "a CR there is changed",
    updates(alice, shop({}), shop({ a: "b" }), { namespace: "other" }),
    "not in the allowed list",
  ),
  both(
    "a CR there is changed in an old version",
    updates(alice, shop({}), shop({ a: "b" }), {
      namespace: "other",
      resource: { group: "shop.example.org", version: "v1alpha1", resource: "shops" },
    }),
    "not in the allowed list",
  ),
  both(
    "a CR there is changed by the Runtime",
    updates(runtime, shop({}), shop({ a: "b" }), { namespace: "other" }),
    "allowed",
  ),
  both(
    "a CR there is on its way out",
    updates(alice, shop({}, {}, gone), shop({}, {}, { ...gone, finalizers: [] }), { namespace: "other" }),
    "allowed",
  ),
  both("a CR there is deleted", deletes(alice, shop({}), { namespace: "other" }), "allowed"),
  both(
    "its status changes there",
    updates(alice, shop({}), shop({}), { namespace: "other", subResource: "status" }),
    "allowed",
  ),
  both("a glob matches", creates(alice, shop({}), { namespace: "team-b" }), "allowed"),
  both("a glob's beginning alone", creates(alice, shop({}), { namespace: "steam-b" }), "not in the allowed list"),
  both(
    "a ConfigMap that is no CR",
    updates(alice, shop({}), shop({ a: "b" }), { ...configMaps, namespace: "kube-system" }),
    "allowed",
  ),
  both(
    "a ConfigMap that is to be a CR",
    updates(alice, shop({}), shop({ publish: "true" }), { ...configMaps, namespace: "kube-system" }),
    "is restricted",
  ),
  both(
    "a ConfigMap that is a CR no more",
    updates(alice, shop({ publish: "true" }), shop({}), { ...configMaps, namespace: "kube-system" }),
    "allowed",
  ),
  both(
    "a Stall where Stalls are CRs",
    creates(alice, shop({}), { ...stalls, namespace: "kube-public" }),
    "is restricted",
  ),
  both("a Stall elsewhere", creates(alice, shop({}), { ...stalls, namespace: "kube-system" }), "allowed"),
  both("a cluster-scoped CR is nowhere", creates(alice, shop({}), depots), "allowed"),
];
