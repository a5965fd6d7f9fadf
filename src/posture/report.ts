import type { Position } from "../base/finding.ts";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { mayHoldSecret, uniqueFields } from "../admission/mod.ts";
import {
  gatewayGrants,
  type GrantRule,
  type Grants,
  grantsOf,
  needsOfEffect,
  ReasonTexts,
  runtimeGrants,
} from "../bundle/mod.ts";
import { defaultInstallation, defaultNamespace } from "../k8s/installation.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { Katalog } from "../katalog/mod.ts";
import {
  type BoxPlan,
  type FailurePolicy,
  type Plan,
  protectionConfigurations,
  type ProtectionPlan,
  type ReviewedKindPlan,
} from "../plan/mod.ts";
import { type CompiledKind, compileKinds, type Outcome } from "../policy/mod.ts";
import { positionOf, type PostureFinding } from "./finding.ts";
import { postureFindings } from "./findings.ts";

/** What a Katalog is allowed, enforces and leaves open: of each CRD, of the processes, and what to look at. */
export interface PostureReport {
  readonly katalog: string;
  /** In start order. */
  readonly crds: readonly CrdPosture[];
  /** What the two processes need besides, in the default namespace of an installation. */
  readonly processes: { readonly runtime: readonly Permission[]; readonly gateway: readonly Permission[] };
  readonly findings: readonly PostureFinding[];
}

export interface CrdPosture {
  /** Key in `spec.crds`. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly at: Position;
  /** Which CRs it is about; `namespace` absent: all, as far as `allowed` and `restricted` let them be. */
  readonly crs: {
    readonly namespace?: string | undefined;
    readonly labelSelector?: Readonly<Record<string, string>> | undefined;
    readonly fieldSelector?: Readonly<Record<string, string>> | undefined;
    readonly allowedNamespaces: readonly string[];
    readonly restrictedNamespaces: readonly string[];
  };
  /** Of the Runtime, for this entry. */
  readonly permissions: readonly Permission[];
  readonly rules: readonly RulePosture[];
  /** What the API server asks the Gateway about these CRs. */
  readonly webhooks: readonly WebhookPosture[];
  readonly protection: ProtectionPosture;
}

/** One rule of a Role or ClusterRole. */
export interface Permission {
  /** "" is the core group. */
  readonly group: string;
  /** `deployments`, `shops/status`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Absent: objects of any name. */
  readonly names?: readonly string[] | undefined;
  /** `cluster`: a cluster-scoped kind. `all`: every namespace. `namespaces`: those listed. */
  readonly scope: "cluster" | "all" | "namespaces";
  readonly namespaces?: readonly string[] | undefined;
  /** Lines of the Katalog that need it; a line 0: something else, which `what` says. */
  readonly reasons: readonly { readonly file: string; readonly line: number; readonly what: string }[];
}

/** Who enforces a rule. `crd`: the manifest of the CRD has it. `gateway` and `runtime`: when written, when reconciled. */
export type Enforcer = "crd" | "gateway" | "runtime";

export interface RulePosture {
  readonly block: "validation" | "mutation";
  readonly at: string;
  /** `spec.size must be at most 3` */
  readonly what: string;
  /** Of validation. */
  readonly action?: "deny" | "warn" | undefined;
  readonly enforcedBy: readonly Enforcer[];
  /** What `ork generate` makes of it: `policies`, `crd`. */
  readonly possible: readonly string[];
  readonly impossible: readonly { readonly place: string; readonly reason: string }[];
}

export interface WebhookPosture {
  readonly path: string;
  readonly operations: readonly string[];
  readonly failurePolicy: FailurePolicy;
  /** What that means while the Gateway cannot be reached. */
  readonly whenDown: "stored unchecked" | "refused";
}

export interface ProtectionPosture {
  /** Absent: deletion protection is not on for it. */
  readonly deletion?: {
    readonly crd: boolean;
    readonly crs: boolean;
    readonly strict: boolean;
    readonly failurePolicy: FailurePolicy;
    /** Who may override it: users, groups and `serviceaccount namespace/name`. */
    readonly override: readonly string[];
    /** False: there is no Gateway that refuses anything. */
    readonly enforced: boolean;
  };
  /** Absent: no namespaces are refused at admission. */
  readonly namespaces?: { readonly failurePolicy: FailurePolicy; readonly enforced: boolean };
}

/** The posture of a valid Katalog. The same Katalog gives the same report. */
export function postureOf(katalog: Katalog, plan: Plan): PostureReport {
  const compiled = compileKinds(katalog);
  const texts = new ReasonTexts(plan);
  const ofProcess = plan.boxes.map((box) => ({ ...box, effects: [] }));
  const runtime = runtimeGrants({
    plan: { ...plan, boxes: ofProcess },
    namespace: defaultNamespace,
    leases: "process",
  });
  const types = plan.boxes.flatMap(({ effects }) => effects.map(({ type }) => type));
  return {
    katalog: katalog.name,
    crds: plan.boxes.map((box) => postureOfCrd(box, { katalog, plan, texts, compiled })),
    processes: {
      runtime: plan.gateway?.standalone === true ? [] : permissionsOf(runtime, types, texts),
      gateway: permissionsOf(gatewayGrants({ plan, namespace: defaultNamespace }), types, texts),
    },
    findings: postureFindings(katalog, plan, compiled),
  };
}

interface Known {
  readonly katalog: Katalog;
  readonly plan: Plan;
  readonly texts: ReasonTexts;
  readonly compiled: readonly CompiledKind[];
}

function postureOfCrd(box: BoxPlan, known: Known): CrdPosture {
  const { katalog, plan, texts, compiled } = known;
  const { name, type: { group, version, kind, plural, namespaced }, at } = box;
  const reviewed = plan.gateway?.admission?.kinds.find((each) => each.name === name);
  const schema = katalog.crds.find((each) => each.name === name)?.definition?.schema;
  const rules = compiled.find((each) => each.name === name);
  return {
    name,
    group,
    version,
    kind,
    plural,
    namespaced,
    at: positionOf(at),
    crs: {
      namespace: box.namespace,
      labelSelector: box.labelSelector,
      fieldSelector: box.fieldSelector,
      allowedNamespaces: box.allowedNamespaces,
      restrictedNamespaces: box.restrictedNamespaces,
    },
    permissions: permissionsOf(
      grantsOf(box.effects.flatMap(needsOfEffect)),
      box.effects.map(({ type }) => type),
      texts,
    ),
    rules: rules === undefined ? [] : rulesOf(rules, box, reviewed, schema),
    webhooks: webhooksOf(box, plan),
    protection: protectionOf(box, plan),
  };
}

/** A rule in several namespaces is one. */
function permissionsOf(
  { cluster, namespaced }: Grants,
  types: readonly ResourceType[],
  texts: ReasonTexts,
): Permission[] {
  const isNamespaced = ({ group, resource }: GrantRule): boolean =>
    types.some((type) => type.group === group && type.plural === resource.split("/")[0] && type.namespaced);
  const permissions: Permission[] = cluster.map((rule) => ({
    ...factsOf(rule, texts),
    scope: isNamespaced(rule) ? "all" : "cluster",
  }));
  const alike = new Map<string, Permission>();
  for (const [namespace, rules] of namespaced) {
    for (const rule of rules) {
      const facts = factsOf(rule, texts);
      const key = JSON.stringify(facts);
      const other = alike.get(key);
      alike.set(key, { ...facts, scope: "namespaces", namespaces: [...other?.namespaces ?? [], namespace] });
    }
  }
  return [...permissions, ...alike.values()];
}

function factsOf({ group, resource, verbs, names, reasons }: GrantRule, texts: ReasonTexts): Omit<Permission, "scope"> {
  return { group, resource, verbs, names, reasons: reasons.map((reason) => texts.partsOf(reason)) };
}

function rulesOf(
  { validations, mutations }: CompiledKind,
  box: BoxPlan,
  reviewed: ReviewedKindPlan | undefined,
  schema: JsonMap | undefined,
): RulePosture[] {
  const inCrd = rulesInSchema(schema);
  const unique = uniqueFields(box.validation).filter((field) => mayHoldSecret(field) || !box.endpoints.info)
    .map((field) => field.name);
  return [
    ...mutations.map(({ at, what, admissionOnly, policy }): RulePosture => ({
      block: "mutation",
      at,
      what,
      enforcedBy: enforcers({ admissionOnly, byGateway: reviewed?.mutates === true, byCrd: false }),
      ...placesOf([["policies", policy]]),
    })),
    ...validations.map(({ at, what, action, admissionOnly, policy, crd }, i): RulePosture => {
      // The Gateway cannot ask for a value that nobody else may see.
      const { check } = box.validation[i]!;
      const isAsked = check.operator !== "unique" || !unique.includes(check.field?.text.trim() ?? "");
      const byCrd = "value" in crd && inCrd.has(crd.value.rule);
      return {
        block: "validation",
        at,
        what,
        action,
        enforcedBy: enforcers({ admissionOnly, byGateway: reviewed?.validates === true && isAsked, byCrd }),
        ...placesOf([["policies", policy], ["crd", crd]]),
      };
    }),
  ];
}

function enforcers(
  { admissionOnly, byGateway, byCrd }: { admissionOnly: boolean; byGateway: boolean; byCrd: boolean },
): Enforcer[] {
  return [
    ...byCrd ? ["crd"] as const : [],
    ...byGateway ? ["gateway"] as const : [],
    ...admissionOnly ? [] : ["runtime"] as const,
  ];
}

function placesOf(outcomes: readonly [string, Outcome<unknown>][]): Pick<RulePosture, "possible" | "impossible"> {
  return {
    possible: outcomes.filter(([, outcome]) => "value" in outcome).map(([place]) => place),
    impossible: outcomes.flatMap(([place, outcome]) => "reason" in outcome ? [{ place, reason: outcome.reason }] : []),
  };
}

/** The expressions that the schema of `spec` has already: as `ork generate crd` writes them. */
function rulesInSchema(schema: JsonMap | undefined): ReadonlySet<string> {
  const properties = schema === undefined ? undefined : ownValue(schema, "properties");
  const spec = isMap(properties) ? ownValue(properties, "spec") : undefined;
  const rules = isMap(spec) ? ownValue(spec, "x-kubernetes-validations") : undefined;
  const expressions = (Array.isArray(rules) ? rules : []).map((rule) =>
    isMap(rule) ? ownValue(rule, "rule") : undefined
  );
  return new Set(expressions.filter((rule) => typeof rule === "string"));
}

function webhooksOf({ name, type }: BoxPlan, { gateway, protection, conversions }: Plan): WebhookPosture[] {
  if (gateway === undefined) return [];
  const { admission } = gateway;
  const kind = admission?.kinds.find((each) => each.name === name);
  return [
    ...kind?.mutates === true ? [webhook("/mutate", kind.operations, admission!.failurePolicy)] : [],
    ...kind?.validates === true ? [webhook("/validate", kind.operations, admission!.failurePolicy)] : [],
    ...protection === undefined ? [] : protectionWebhooksOf(type, protection),
    ...gateway.converts && conversions.some((each) => each.group === type.group && each.plural === type.plural)
      ? [webhook("/convert", ["conversion"], "Fail")]
      : [],
  ];
}

function webhook(path: string, operations: readonly string[], failurePolicy: FailurePolicy): WebhookPosture {
  return { path, operations, failurePolicy, whenDown: failurePolicy === "Ignore" ? "stored unchecked" : "refused" };
}

/** Those configurations that are about objects of a kind, as they are registered. */
function protectionWebhooksOf({ group, plural }: ResourceType, protection: ProtectionPlan): WebhookPosture[] {
  interface Registered {
    readonly failurePolicy: FailurePolicy;
    readonly rules: readonly {
      apiGroups: readonly string[];
      resources: readonly string[];
      operations: readonly string[];
    }[];
  }
  return protectionConfigurations(protection, defaultInstallation).flatMap(({ path, object }) => {
    const hooks = object.webhooks as unknown as readonly Registered[];
    const about = hooks.flatMap(({ failurePolicy, rules }) =>
      rules.filter(({ apiGroups, resources }) =>
        apiGroups.includes(group) && resources.some((resource) => resource.split("/")[0] === plural)
      ).map(({ operations }) => ({ failurePolicy, operations }))
    );
    if (about.length === 0) return [];
    const operations = new Set(about.flatMap((each) => each.operations));
    return [
      webhook(path, ["CREATE", "UPDATE", "DELETE"].filter((each) => operations.has(each)), about[0]!.failurePolicy),
    ];
  });
}

function protectionOf({ type }: BoxPlan, { protection, gateway }: Plan): ProtectionPosture {
  const enforced = gateway !== undefined;
  const { deletion, namespaces } = protection ?? {};
  const isThis = (other: ResourceType): boolean => other.group === type.group && other.plural === type.plural;
  const kept = deletion?.kinds.find((each) => isThis(each.type));
  const crd = deletion?.definitions.includes(`${type.plural}.${type.group}`) === true;
  const found: { -readonly [Key in keyof ProtectionPosture]: ProtectionPosture[Key] } = {};
  if (deletion !== undefined && (kept !== undefined || crd)) {
    const { users, groups, serviceAccounts } = deletion.override;
    found.deletion = {
      crd,
      crs: kept !== undefined,
      strict: kept?.strict === true,
      failurePolicy: deletion.failurePolicy,
      override: [...users, ...groups, ...serviceAccounts.map((account) => `serviceaccount ${account}`)],
      enforced,
    };
  }
  if (namespaces?.kinds.some((each) => isThis(each.type)) === true) {
    found.namespaces = { failurePolicy: namespaces.failurePolicy, enforced };
  }
  return found;
}
