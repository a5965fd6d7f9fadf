import { sha256Hex } from "../base/sha256.ts";
import type { JsonMap } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { CompiledKind, CompiledValidation } from "./compiled.ts";
import { maxMessageBytes } from "./message_cel.ts";
import { text } from "./operator_cel.ts";
import { type CelRule, maxExpression } from "./rule_cel.ts";

/** An object of `admissionregistration.k8s.io/v1`, and the lines of the Katalog that need it. */
export interface PolicyObject {
  readonly object: JsonMap;
  /** `katalog.yaml:12:9`, in the order of the rules. */
  readonly places: readonly string[];
}

const apiVersion = "admissionregistration.k8s.io/v1";

/**
 * The policies of a Katalog, each followed by its binding: for each kind the mutations, then the denials, then the
 * warnings. A kind without compiled rules has none.
 */
export function policyObjects(katalog: string, kinds: readonly CompiledKind[]): PolicyObject[] {
  return kinds.flatMap((kind) => [
    ...mutatingPolicy(katalog, kind),
    ...validatingPolicy(katalog, kind, "deny"),
    ...validatingPolicy(katalog, kind, "warn"),
  ]);
}

function mutatingPolicy(katalog: string, kind: CompiledKind): PolicyObject[] {
  const mutations = kind.mutations.flatMap(({ at, policy }) => "value" in policy ? [{ at, value: policy.value }] : []);
  if (mutations.length === 0) return [];
  const name = policyName(katalog, kind.name, "mutate");
  const spec = {
    ...scopeOf(kind),
    // Again after webhooks and other policies, as the Gateway's own webhook.
    reinvocationPolicy: "IfNeeded",
    mutations: mutations.map(({ value }) => ({ patchType: "JSONPatch", jsonPatch: { expression: value } })),
  };
  return withBinding("MutatingAdmissionPolicy", name, spec, {}, mutations.map(({ at }) => at));
}

const actions = { deny: "Deny", warn: "Warn" } as const;

function validatingPolicy(katalog: string, kind: CompiledKind, action: CompiledValidation["action"]): PolicyObject[] {
  const rules = kind.validations.filter((rule) => rule.action === action)
    .flatMap(({ at, policy }) => "value" in policy ? [{ at, ...policy.value }] : []);
  if (rules.length === 0) return [];
  // Each warning is sent on its own, of denials the first one alone.
  const validations = action === "warn" ? { validations: rules.map(validationOf) } : saidTogether(rules);
  const spec = { ...scopeOf(kind), ...validations };
  const binding = { validationActions: [actions[action]] };
  const name = policyName(katalog, kind.name, action);
  return withBinding("ValidatingAdmissionPolicy", name, spec, binding, rules.map(({ at }) => at));
}

function validationOf({ expression, message, messageExpression }: Omit<CelRule, "maxBytes">): JsonMap {
  return {
    expression,
    message,
    ...(messageExpression === undefined ? {} : { messageExpression }),
    reason: "Invalid",
  };
}

/**
 * Validations whose messages name every broken rule, as the Gateway's do: of the validations of a policy the API server
 * reports the first that fails (k8s.io/apiserver `plugin/policy/validating/dispatcher.go`). Each rule is a variable, so
 * that it is evaluated once. There is more than one validation only where the messages together could be too long.
 */
function saidTogether(rules: readonly CelRule[]): JsonMap {
  if (rules.length === 1) return { validations: rules.map(validationOf) };
  const named = rules.map((rule, index) => ({ ...rule, variable: `rule${index + 1}` }));
  return {
    variables: named.map(({ variable, expression }) => ({ name: variable, expression })),
    validations: inParts(named).map((part) => {
      const messages = part.map(({ variable, message, messageExpression }) => {
        return `variables.${variable} ? "" : ${
          messageExpression === undefined ? text(message) : `${messageExpression}.trim()`
        }`;
      });
      return validationOf({
        expression: part.map(({ variable }) => `variables.${variable}`).join(" && "),
        // Where one rule is broken and another cannot be evaluated.
        message: `breaks one or more of ${part.length} rules`,
        messageExpression: `[${messages.join(", ")}].filter(said, said != "").join("; ")`,
      });
    }),
  };
}

/** Consecutive rules whose messages fit in one, and whose expressions in one that can be parsed. */
function inParts<Rule extends CelRule>(rules: readonly Rule[]): Rule[][] {
  const parts: Rule[][] = [];
  let bytes = Infinity;
  let length = Infinity;
  for (const rule of rules) {
    const ruleBytes = rule.maxBytes + "; ".length;
    const ruleLength = (rule.messageExpression ?? text(rule.message)).length + 100; // and its two uses of the variable
    if (bytes + ruleBytes > maxMessageBytes || length + ruleLength > maxExpression) {
      parts.push([]);
      bytes = length = 0;
    }
    bytes += ruleBytes;
    length += ruleLength;
    parts.at(-1)!.push(rule);
  }
  return parts;
}

function withBinding(
  kind: "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy",
  name: string,
  spec: JsonMap,
  binding: JsonMap,
  places: readonly string[],
): PolicyObject[] {
  const metadata = {
    name,
    labels: { "app.kubernetes.io/managed-by": "orkestra", "app.kubernetes.io/name": "orkestra" },
  };
  return [
    { object: { apiVersion, kind, metadata, spec }, places },
    { object: { apiVersion, kind: `${kind}Binding`, metadata, spec: { policyName: name, ...binding } }, places },
  ];
}

/** The requests that a policy is about: those that the Gateway would be asked for. */
function scopeOf({ type, operations, failurePolicy, selection }: CompiledKind): JsonMap {
  const namespace = selection?.namespace;
  return {
    failurePolicy,
    matchConstraints: {
      // Requests at other versions of the kind come converted, in place of not at all.
      matchPolicy: "Equivalent",
      ...(namespace === undefined
        ? {}
        : { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }),
      resourceRules: [ruleOf(type, operations)],
    },
    matchConditions: (selection?.conditions ?? []).map(({ name, expression }) => ({ name, expression })),
  };
}

function ruleOf({ group, version, plural, namespaced }: ResourceType, operations: readonly string[]): JsonMap {
  return {
    apiGroups: [group],
    apiVersions: [version],
    operations: [...operations],
    resources: [plural],
    scope: namespaced ? "Namespaced" : "Cluster",
  };
}

/** Names of objects are DNS subdomains of at most 253 characters; a Katalog may be called anything. */
const maxName = 253;

/** `orkestra-<katalog>-<key>-deny`; shortened, or of a Katalog with another kind of name, it ends in a digest. */
export function policyName(katalog: string, key: string, suffix: "deny" | "warn" | "mutate"): string {
  const name = `orkestra-${katalog}-${key}-${suffix}`;
  if (name.length <= maxName && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(katalog)) return name;
  const plain = katalog.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 100);
  return `orkestra-${plain}-${key}-${suffix}-${sha256Hex(katalog).slice(0, 10)}`.replace("--", "-");
}
