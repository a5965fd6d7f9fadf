import type { JsonMap } from "../base/json.ts";
import { type Installation, installedName, ownObjects } from "../k8s/installation.ts";
import type { ResourceType } from "../k8s/object.ts";
import { protectedValue, protectionLabel } from "../k8s/protection.ts";
import {
  and,
  type Cel,
  changesOverride,
  changesOwners,
  isBeingDeleted,
  isGateway,
  isInNamespace,
  isLabelled,
  isNamed,
  isOperation,
  isRefusedNamespace,
  isResource,
  isTrusted,
  not,
  or,
} from "./cel.ts";
import type {
  DeletionProtectionPlan,
  FailurePolicy,
  NamespaceProtectionPlan,
  ProtectedKind,
  ProtectionPlan,
} from "./protection.ts";

/** One ValidatingWebhookConfiguration as it is to be, and what its registration has to fill in. */
export interface ProtectionConfiguration {
  /** Path of the Gateway for all of its webhooks. */
  readonly path: "/deletion-protection" | "/strict-mode-protection" | "/namespace-protection";
  /** Service that the API server calls; absent: that of the Gateway. */
  readonly serviceName?: string | undefined;
  /** It goes when the Gateway stops. */
  readonly cleanupOnShutdown: boolean;
  /** The object without the `clientConfig` of each webhook. */
  readonly object: ProtectionObject;
}

/** `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration. */
export type ProtectionObject = JsonMap & {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: "ValidatingWebhookConfiguration";
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly webhooks: readonly JsonMap[];
};

/** Names of the configurations; those of an installation elsewhere end in its namespace (ruling 103). */
export const protectionNames = {
  deletion: "orkestra-deletion-protection",
  strictMode: "orkestra-strict-mode-protection",
  namespaces: "orkestra-namespace-protection",
} as const;

/**
 * The configurations that protection needs, none without rules. They only narrow what the Gateway is asked: it decides
 * on every request by itself (`decideProtection`).
 */
export function protectionConfigurations(
  { deletion, namespaces, boxAccounts = [] }: ProtectionPlan,
  given: Installation,
): ProtectionConfiguration[] {
  const installation = { ...given, boxAccounts };
  const configurations: ProtectionConfiguration[] = [];
  const add = (
    name: string,
    path: ProtectionConfiguration["path"],
    { serviceName, cleanupOnShutdown }: DeletionProtectionPlan | NamespaceProtectionPlan,
    webhooks: readonly JsonMap[],
  ) => {
    if (webhooks.length === 0) return;
    const object = configuration(installedName(name, installation.namespace), webhooks);
    configurations.push({ path, serviceName, cleanupOnShutdown, object });
  };
  if (deletion !== undefined) {
    add(protectionNames.deletion, "/deletion-protection", deletion, [
      ...definitionsWebhook(deletion, installation),
      ...resourcesWebhook(deletion, installation),
      ...overrideWebhook(deletion, installation),
      installationWebhook(installation),
    ]);
    add(protectionNames.strictMode, "/strict-mode-protection", deletion, strictModeWebhook(deletion, installation));
  }
  if (namespaces !== undefined) {
    add(protectionNames.namespaces, "/namespace-protection", namespaces, [namespaceWebhook(namespaces, installation)]);
  }
  return configurations;
}

const definitionsGroup = "apiextensions.k8s.io";
const definitions = "customresourcedefinitions";

/** DELETE of the CRDs of the Katalog, and of no others. */
function definitionsWebhook(
  { definitions: names, failurePolicy }: DeletionProtectionPlan,
  at: Installation,
): JsonMap[] {
  if (names.length === 0) return [];
  const rules = [rule(["DELETE"], definitionsGroup, [definitions], "Cluster")];
  return [webhook("protect.crds.orkestra.orkspace.io", rules, failurePolicy, [
    ["not-being-deleted", not(isBeingDeleted)],
    ["not-trusted", not(isTrusted(at))],
    ["of-the-katalog", isNamed(names)],
  ])];
}

/** DELETE of CRs that carry the label. */
function resourcesWebhook({ kinds, failurePolicy }: DeletionProtectionPlan, at: Installation): JsonMap[] {
  if (kinds.length === 0) return [];
  const entry = webhook("protect.resources.orkestra.orkspace.io", rulesOf(["DELETE"], kinds), failurePolicy, [
    ["not-being-deleted", not(isBeingDeleted)],
    ["not-trusted", not(isTrusted(at))],
  ]);
  return [{ ...entry, objectSelector: { matchLabels: { [protectionLabel]: protectedValue } } }];
}

/** What prepares a deletion, in both modes: the override annotation of CRs, owner references of CRs and their CRDs. */
function overrideWebhook(
  { kinds, definitions: names, failurePolicy }: DeletionProtectionPlan,
  at: Installation,
): JsonMap[] {
  if (kinds.length === 0 && names.length === 0) return [];
  const isDefinition = isResource([`${definitionsGroup}/${definitions}`]);
  const owned = and(isOperation("UPDATE"), not(isTrusted(at)), changesOwners());
  const rules = [
    ...rulesOf(["CREATE"], kinds),
    ...rulesOf(["UPDATE"], kinds, true),
    ...(names.length === 0 ? [] : [rule(["UPDATE"], definitionsGroup, [definitions], "Cluster")]),
  ];
  return [webhook("protect.overrides.orkestra.orkspace.io", rules, failurePolicy, [
    ["not-being-deleted", not(isBeingDeleted)],
    [
      "prepares-a-deletion",
      or(
        and(isDefinition, isNamed(names), owned),
        and(not(isDefinition), or(changesOverride(), and(isLabelled("oldObject"), owned))),
      ),
    ],
  ])];
}

/**
 * Our own objects, by name. Always `Ignore`: the Gateway must not be needed to repair the Gateway (ruling 27), and a
 * repair may have to delete its Deployment or Secret.
 */
function installationWebhook(at: Installation): JsonMap {
  const own = ownObjects(at);
  const rules = own.map(({ group, plural, namespaced }) =>
    rule(["DELETE", "UPDATE"], group, [plural], namespaced ? "Namespaced" : "Cluster")
  );
  const byName = own.map(({ group, plural, namespaced, names }) =>
    and(
      isResource([`${group}/${plural}`]),
      isNamed(names),
      ...(namespaced ? [isInNamespace(at.namespace)] : []),
    )
  );
  const entry = webhook("protect.installation.orkestra.orkspace.io", rules, "Ignore", [
    ["not-being-deleted", not(isBeingDeleted)],
    ["not-trusted", not(or(isTrusted(at), isGateway(at)))],
    ["deleted-or-owned", or(isOperation("DELETE"), changesOwners())],
    ["our-own", or(...byName)],
  ]);
  // Nothing of other namespaces is even evaluated. Cluster-scoped objects pass, and Namespaces by their own label.
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": at.namespace } };
  return { ...entry, namespaceSelector };
}

/** The label of CRs in strict mode. */
function strictModeWebhook({ kinds, failurePolicy }: DeletionProtectionPlan, at: Installation): JsonMap[] {
  const strict = kinds.filter((kind) => kind.strict);
  if (strict.length === 0) return [];
  return [webhook("strict-mode.orkestra.orkspace.io", rulesOf(["UPDATE"], strict, true), failurePolicy, [
    ["not-being-deleted", not(isBeingDeleted)],
    ["not-trusted", not(isTrusted(at))],
    ["label-is-removed", and(isLabelled("oldObject"), not(isLabelled("object")))],
  ])];
}

/** CREATE and UPDATE of CRs where the lists let none be (ruling 93). */
function namespaceWebhook({ kinds, failurePolicy }: NamespaceProtectionPlan, at: Installation): JsonMap {
  const alike = [...Map.groupBy(kinds, ({ rules }) => JSON.stringify(rules)).values()];
  const refused = alike.map((group) =>
    and(isResource(group.map(({ type }) => resourceOf(type))), isRefusedNamespace(group[0]!.rules))
  );
  return webhook("namespace-protect.orkestra.orkspace.io", rulesOf(["CREATE", "UPDATE"], kinds), failurePolicy, [
    ["not-being-deleted", not(isBeingDeleted)],
    ["not-trusted", or(isOperation("CREATE"), not(isTrusted(at)))],
    ["namespace-may-be-refused", and("has(request.namespace)", or(...refused))],
  ]);
}

function configuration(name: string, webhooks: readonly JsonMap[]): ProtectionObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: {
      name,
      labels: {
        "app.kubernetes.io/name": "orkestra",
        "app.kubernetes.io/tag": "orkestra-internal",
        [protectionLabel]: protectedValue,
      },
    },
    webhooks: [...webhooks],
  };
}

/**
 * Characters of one condition, below the 100,000 that cel-go parses (`ExpressionSizeCodePointLimit`). A longer one
 * is left out: the Gateway is then asked more often.
 */
const maxExpression = 90_000;

function webhook(
  name: string,
  rules: readonly JsonMap[],
  failurePolicy: FailurePolicy,
  conditions: readonly (readonly [name: string, expression: Cel])[],
): JsonMap {
  return {
    name,
    rules: [...rules],
    matchPolicy: "Equivalent",
    matchConditions: conditions.filter(([, expression]) => expression.length <= maxExpression)
      .map(([name, expression]) => ({ name, expression })),
    failurePolicy,
    sideEffects: "None",
    timeoutSeconds: 5,
    admissionReviewVersions: ["v1"],
  };
}

/** One rule for each group and scope. `withStatus`: of Kubernetes' own kinds, whose status may change metadata. */
function rulesOf(
  operations: readonly string[],
  kinds: readonly (Pick<ProtectedKind, "type"> & { readonly builtIn?: boolean })[],
  withStatus = false,
): JsonMap[] {
  const groups = Map.groupBy(kinds, ({ type }) => JSON.stringify([type.group, type.namespaced]));
  return [...groups.values()].map((alike) => {
    const { group, namespaced } = alike[0]!.type;
    const resources = alike.flatMap(({ type, builtIn }) =>
      withStatus && builtIn === true ? [type.plural, `${type.plural}/status`] : [type.plural]
    );
    return rule(operations, group, resources, namespaced ? "Namespaced" : "Cluster");
  });
}

/** Whatever version an object is written in, it is the same object: no version of the API leads past a rule. */
function rule(operations: readonly string[], group: string, resources: readonly string[], scope: string): JsonMap {
  return { apiGroups: [group], apiVersions: ["*"], operations: [...operations], resources: [...resources], scope };
}

function resourceOf({ group, plural }: ResourceType): string {
  return `${group}/${plural}`;
}
