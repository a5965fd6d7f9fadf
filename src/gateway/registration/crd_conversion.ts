import type { Json, JsonMap } from "../../base/json.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { ConversionPlan } from "../../plan/plan.ts";
import { covers, type Registration, type RegistrationStep } from "./registration.ts";
import { clientConfig, type WebhookAddress } from "./webhook_configuration.ts";

/** Path of the Gateway. */
export const conversionPath = "/convert";

/**
 * Keeps the converter of a CRD (`spec.conversion`): nothing else of the CRD is written, and it stays when the Gateway
 * ends, since objects in other versions cannot be read without it.
 */
export function conversionRegistration({ group, plural }: ConversionPlan, address: WebhookAddress): Registration {
  const name = `${plural}.${group}`;
  return {
    type: builtInType("CustomResourceDefinition")!,
    name,
    cleanupOnShutdown: false,
    decide(observed, caBundle): RegistrationStep {
      if (observed === undefined) return { do: "wait", why: `the CRD ${name} does not exist` };
      const conversion: JsonMap = {
        strategy: "Webhook",
        webhook: {
          clientConfig: clientConfig(conversionPath, address, caBundle),
          // Versions of the review, not of the CRD.
          conversionReviewVersions: ["v1"],
        },
      };
      const spec = (observed as unknown as JsonMap)["spec"] as JsonMap | undefined;
      if (covers(spec?.["conversion"] as Json | undefined, conversion)) return { do: "nothing" };
      return {
        do: "patch",
        patch: { metadata: { resourceVersion: observed.metadata.resourceVersion! }, spec: { conversion } },
      };
    },
  };
}
