import { safeMethods } from "../../conditions/mod.ts";
import type { JsonMap } from "../../base/json.ts";
import type { AdmissionWebhooksPlan, ReviewedKindPlan } from "../../plan/plan.ts";
import { admissionNames, installedName } from "../../k8s/installation.ts";
import { type Webhook, type WebhookConfiguration } from "./webhook_configuration.ts";

/** Paths of the Gateway. */
export const admissionPaths = { validate: "/validate", mutate: "/mutate" } as const;

/** Suffix of the names of webhooks. */
const domain = "orkestra.orkspace.io";

/**
 * The webhook configurations of `validation` and `mutation`; the one without webhooks must not exist. `plan`:
 * `undefined` where admission is switched off.
 */
export function admissionConfigurations(
  plan: AdmissionWebhooksPlan | undefined,
  namespace: string,
): WebhookConfiguration[] {
  const kinds = plan?.kinds ?? [];
  const cleanupOnShutdown = plan?.cleanupOnShutdown ?? false;
  return [
    {
      kind: "ValidatingWebhookConfiguration",
      name: installedName(admissionNames.validation, namespace),
      cleanupOnShutdown,
      webhooks: webhooks("validate", kinds.filter((kind) => kind.validates), plan),
    },
    {
      kind: "MutatingWebhookConfiguration",
      name: installedName(admissionNames.mutation, namespace),
      cleanupOnShutdown,
      webhooks: webhooks("mutate", kinds.filter((kind) => kind.mutates), plan)
        .map((webhook) => ({ ...webhook, reinvocationPolicy: "IfNeeded" }) as Webhook),
    },
  ];
}

/** One webhook for each round: see `ReviewedKindPlan.round`. */
function webhooks(
  what: "validate" | "mutate",
  kinds: readonly ReviewedKindPlan[],
  plan: AdmissionWebhooksPlan | undefined,
): Webhook[] {
  const rounds = [...new Set(kinds.map(({ round }) => round))].sort((a, b) => a - b);
  return rounds.map((round) => {
    const members = kinds.filter((kind) => kind.round === round);
    return {
      name: `${what}${round === 0 ? "" : `-${round}`}.${domain}`,
      path: admissionPaths[what],
      failurePolicy: plan!.failurePolicy,
      timeoutSeconds: plan!.timeoutSeconds,
      sideEffects: members.some((kind) => changesElsewhere(kind, what)) ? "NoneOnDryRun" : "None",
      admissionReviewVersions: ["v1"],
      // Requests at other versions of a kind come converted, in place of not at all.
      matchPolicy: "Equivalent",
      rules: members.map((kind) => rule(kind, what)),
      ...selectors(members),
      // What is being deleted is not reviewed (ruling 77).
      matchConditions: [{ name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" }],
    };
  });
}

/** A review may make HTTP calls that change something; for a dry run it makes none of them. */
function changesElsewhere({ external }: ReviewedKindPlan, what: "validate" | "mutate"): boolean {
  const calls = [...external.mutation, ...(what === "validate" ? external.validation : [])];
  return calls.some(({ method }) => !safeMethods.some((safe) => safe === method));
}

function rule({ type, operations, scale }: ReviewedKindPlan, what: "validate" | "mutate"): JsonMap {
  const isScaled = scale !== undefined && (what === "mutate" ? scale.mutates : scale.validation.length > 0);
  return {
    apiGroups: [type.group],
    apiVersions: [type.version],
    resources: [type.plural, ...isScaled ? [`${type.plural}/scale`] : []],
    operations: [...operations],
    scope: type.namespaced ? "Namespaced" : "Cluster",
  };
}

/** As narrow as all members of a webhook allow; which object belongs to which of them is decided by the Gateway. */
function selectors(members: readonly ReviewedKindPlan[]): JsonMap {
  const namespaces = members.map(({ namespace }) => namespace);
  const [only] = members;
  const matchLabels = members.length === 1 && only!.labelSelector !== undefined
    ? { ...only!.labelSelector }
    : undefined;
  return {
    namespaceSelector: namespaces.every((name) => name !== undefined)
      ? {
        matchExpressions: [{
          key: "kubernetes.io/metadata.name",
          operator: "In",
          values: [...new Set(namespaces as string[])].sort(),
        }],
      }
      : {},
    objectSelector: matchLabels === undefined ? {} : { matchLabels },
  };
}
