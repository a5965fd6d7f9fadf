/** How much a finding weighs. `note`: nothing is to be done; it says what bounds a choice. */
export type Level = "error" | "warning" | "note";

/** One kind of finding of the posture: an id that does not change, and what it is about. */
export interface PostureRule {
  readonly id: string;
  /** Of a finding that nothing bounds. */
  readonly level: Level;
  /** One sentence without a full stop. */
  readonly summary: string;
  /** Why it matters, and what to do. */
  readonly help: string;
}

/** What every finding about a choice says at the end of its help. */
export const boundHelp =
  "Write it out, give it a fixed beginning or end, or bound it: an enum in the schema of the CRD, or a " +
  "validation rule with `in`, `equals` or a `regex` that names what is allowed. A bounded choice is a note.";

/** Every kind of finding of `ork validate --full`. "The author" is anybody who may write a CR of the entry. */
export const postureRules = [
  {
    id: "rbac-rules-from-cr",
    level: "error",
    summary: "The author of a CR decides the rules of a role",
    help: "The Runtime may escalate where it makes roles, so the author could grant anything to anybody. Write the " +
      "rules out; choose between whole entries with `when`.",
  },
  {
    id: "rbac-role-from-cr",
    level: "error",
    summary: "The author of a CR decides which role is bound",
    help: "The Runtime may bind roles that the author does not hold, such as cluster-admin. " + boundHelp,
  },
  {
    id: "rbac-subject-from-cr",
    level: "warning",
    summary: "The author of a CR decides who gets a role",
    help: "The subject may be in any namespace. Bind a ServiceAccount that the same entry makes. " + boundHelp,
  },
  {
    id: "host-path-from-cr",
    level: "error",
    summary: "The author of a CR decides which path of a node is mounted",
    help: "A path such as / gives the Pod everything on the node. " + boundHelp,
  },
  {
    id: "volume-from-cr",
    level: "error",
    summary: "The author of a CR decides which volume of a storage a PersistentVolume is",
    help: "A handle of the storage names a volume of anybody, with the data that is on it. " + boundHelp,
  },
  {
    id: "scale-target-from-cr",
    level: "warning",
    summary: "The author of a CR decides which workload is scaled",
    help: "Autoscalers scale any workload of their namespace, also one that the author may not change. " + boundHelp,
  },
  {
    id: "pod-security-from-cr",
    level: "warning",
    summary: "The author of a CR decides the privileges of a container",
    help: "Privileges, capabilities and namespaces of the host lead out of the container. " + boundHelp,
  },
  {
    id: "structure-from-cr",
    level: "warning",
    summary: "The author of a CR writes a whole part of a child",
    help: "A template that is one expression keeps a map or a list, with every field that the author puts in. Write " +
      "the fields that are meant one by one, or give the field of the CRD a schema that has no others.",
  },
  {
    id: "metadata-from-cr",
    level: "warning",
    summary: "The author of a CR decides which labels or annotations a child has",
    help: "Controllers take orders from them: ingress controllers, the admission of Pods, load balancers. Write the " +
      "keys out.",
  },
  {
    id: "adopt-from-cr",
    level: "warning",
    summary: "The author of a CR decides which existing object is taken over",
    help: "`adopt: true` overwrites an object that is there already. An error where that is in another namespace or " +
      "cluster-scoped. Remove `adopt`. " + boundHelp,
  },
  {
    id: "service-account-from-cr",
    level: "warning",
    summary: "The author of a CR decides under which ServiceAccount Pods run",
    help: "A ServiceAccount of the namespace may be allowed what the author is not. " + boundHelp,
  },
  {
    id: "secret-from-cr",
    level: "warning",
    summary: "The author of a CR decides which Secret Pods or other operators read",
    help: "The author needs no right to read Secrets for that. " + boundHelp,
  },
  {
    id: "image-pull-secret-from-cr",
    level: "warning",
    summary: "The author of a CR decides with which credentials images are pulled",
    help: "Any Secret of the namespace with credentials of a registry can be used. " + boundHelp,
  },
  {
    id: "source-from-cr",
    level: "warning",
    summary: "The author of a CR decides what is copied from another namespace",
    help: "The Runtime reads it on the author's behalf. " + boundHelp,
  },
  {
    id: "address-from-cr",
    level: "warning",
    summary: "The author of a CR decides where requests of others go",
    help: "`externalName`, `externalIPs` and URLs of webhooks lead clients to any address, internal ones too. " +
      boundHelp,
  },
  {
    id: "url-from-cr",
    level: "warning",
    summary: "The author of a CR decides what the operator calls over HTTP",
    help:
      "The call comes from within the cluster: which host it is, or what of a host is called with a credential of " +
      "the Katalog. Write scheme, host and port out, and escape the rest with `urlquery`. " + boundHelp,
  },
  {
    id: "namespace-from-cr",
    level: "warning",
    summary: "The author of a CR decides in which namespace a child is",
    help: "`allowedNamespaces` bounds it; a warning where that is `*`. Name the namespaces, or a glob such as team-*.",
  },
  {
    id: "far-name-from-cr",
    level: "warning",
    summary: "The author of a CR decides the name of a child in another namespace or cluster-wide",
    help: "Names are taken there for everybody, first come, first served, and others may trust a name. " + boundHelp,
  },
  {
    id: "cluster-scoped-child",
    level: "warning",
    summary: "A namespaced CR has a cluster-scoped child",
    help: "A user who may write the CR in one namespace changes something of the whole cluster. Make the CRD " +
      "cluster-scoped, so that its CRs need a right of the same reach, or do without the child.",
  },
  {
    id: "system-namespace",
    level: "warning",
    summary: "Children may be in a namespace of the system",
    help: "kube-system and the namespace of the installation hold what the cluster depends on. Use another one; list " +
      "it in `restrictedNamespaces` where a glob reaches it.",
  },
  {
    id: "trust-domain",
    level: "warning",
    summary: "Children are what the API server itself trusts",
    help:
      "Webhook configurations, APIServices, CRDs and certificates decide what the API server does with the objects " +
      "of all. The Runtime has no such right by itself. Have them installed by another tool.",
  },
  {
    id: "host-access",
    level: "warning",
    summary: "Pods of a child reach the node that they run on",
    help: "privileged, hostNetwork, hostPID, hostIPC, hostPath and capabilities such as SYS_ADMIN lead out of the " +
      "container. Do without, or keep the CRs to a namespace of their own with `namespace`.",
  },
  {
    id: "secrets-everywhere",
    level: "warning",
    summary: "The Runtime may read or write every Secret of all namespaces",
    help: "RBAC binds a list neither to labels nor to names that a CR decides. `namespace` on the entry binds it to " +
      "one namespace; a note there.",
  },
  {
    id: "may-escalate",
    level: "warning",
    summary: "The Runtime may widen permissions",
    help: "With escalate or bind it can grant itself, or anybody, what it does not have. An error where no child of " +
      "the Katalog needs it. Make roles and bindings with another tool where the operator need not.",
  },
  {
    id: "plural-guessed",
    level: "warning",
    summary: "A rule of RBAC names a plural that is a guess",
    help: "A rule for a plural that is not served grants nothing, nor does a Role for a kind that turns out to be " +
      "cluster-scoped. Name the manifest of the CRD with `crdFile`.",
  },
  {
    id: "role-in-made-namespace",
    level: "warning",
    summary: "A Role stands in a namespace that the operator makes",
    help: "It can be created once the namespace is there: apply the bundle a second time.",
  },
  {
    id: "rule-not-enforced",
    level: "warning",
    summary: "Nobody enforces a rule",
    help:
      "`fires.reconcile: false` leaves it to the Gateway, which does not review these objects. Switch its webhooks " +
      "on, or remove `fires`.",
  },
  {
    id: "rule-skipped-when-down",
    level: "warning",
    summary: "A rule does not hold while the Gateway is down",
    help: "`fires.reconcile: false` leaves it to the Gateway alone, and `failurePolicy: Ignore` admits what that did " +
      "not see. Remove `fires`, or set `failurePolicy: Fail`.",
  },
  {
    id: "protection-skipped-when-down",
    level: "warning",
    summary: "Protection does not hold while the Gateway is down",
    help: "`failurePolicy: Ignore` admits deletions, or CRs in restricted namespaces, meanwhile. Fail is the default.",
  },
  {
    id: "cross-from-cr",
    level: "warning",
    summary: "The author of a CR decides which CR of another namespace is read",
    help: "What is read of it reaches the status and the children of the author's CR. " + boundHelp,
  },
  {
    id: "cross-all-namespaces",
    level: "note",
    summary: "CRs of all namespaces are read",
    help: "What is read of them reaches CRs in every namespace. Leave `namespace` away for the CR's own.",
  },
  {
    id: "internal-address",
    level: "warning",
    summary: "The operator calls an address of its own machine",
    help: "Loopback and link-local addresses lead to the Pod or the node itself, such as the metadata service of a " +
      "cloud. Name the Service that is meant.",
  },
  {
    id: "token-in-clear",
    level: "warning",
    summary: "A token is sent without TLS",
    help: "A reader of the traffic has the token. Use https, with `caFile` for a CA of your own.",
  },
  {
    id: "specs-served",
    level: "note",
    summary: "Specs of CRs are served by the HTTP API",
    help: "`crossAccess: true` serves them to every client of that port, which asks for no credentials. Bound who " +
      "reaches it with a NetworkPolicy.",
  },
] as const satisfies readonly PostureRule[];

export type PostureRuleId = (typeof postureRules)[number]["id"];

const byId: ReadonlyMap<string, PostureRule> = new Map(postureRules.map((rule) => [rule.id, rule]));

export function postureRule(id: PostureRuleId): PostureRule {
  return byId.get(id)!;
}
