import { type Installation, installedName } from "../../k8s/installation.ts";
import { protectionConfigurations, protectionNames } from "../../plan/mod.ts";
import type { ProtectionPlan } from "../../plan/plan.ts";
import type { Webhook, WebhookConfiguration } from "./webhook_configuration.ts";

/** The webhook configurations of protection; one without webhooks must not exist. */
export function protectionRegistrations(
  plan: ProtectionPlan | undefined,
  installation: Installation,
): WebhookConfiguration[] {
  const wanted = protectionConfigurations(plan ?? {}, installation);
  return Object.values(protectionNames).map((base) => {
    const name = installedName(base, installation.namespace);
    const found = wanted.find(({ object }) => object.metadata.name === name);
    return {
      kind: "ValidatingWebhookConfiguration",
      name,
      cleanupOnShutdown: found?.cleanupOnShutdown ?? false,
      service: found?.serviceName,
      webhooks: (found?.object.webhooks ?? []).map((webhook) => ({ ...webhook, path: found!.path }) as Webhook),
    };
  });
}
