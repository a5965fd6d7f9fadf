import type { Scenario } from "../exchange.ts";
import { post } from "./steps.ts";
import { definition, definitions } from "./widgets.ts";

const withConversion = (conversion: object) => {
  const { spec, ...rest } = definition({ schema: {} }) as { spec: object };
  return post(`${definitions}?dryRun=All`, { ...rest, spec: { ...spec, conversion } });
};
const webhook = (clientConfig: object, more: object = { conversionReviewVersions: ["v1"] }) =>
  withConversion({ strategy: "Webhook", webhook: { clientConfig, ...more } });

/** `spec.conversion` of definitions; conversion itself: `conversion_test.ts`. */
export const conversion: readonly Scenario[] = [{
  name: "what a definition says of its conversion",
  steps: [
    webhook({ url: "https://webhook.example.com/convert" }),
    webhook({ service: { name: "a", namespace: "b" } }),
    withConversion({ strategy: "None" }),
    withConversion({ strategy: "Other" }),
    withConversion({ strategy: "Webhook" }),
    withConversion({ strategy: "None", webhook: { conversionReviewVersions: ["v1"] } }),
    withConversion({ strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } }),
    webhook({}),
    webhook({ url: "https://a.example.com", service: { name: "a", namespace: "b" } }),
    webhook({ url: "http://webhook.example.com" }),
    webhook({ url: "https://webhook.example.com?a=b" }),
    webhook({ url: "https://webhook.example.com" }, {}),
    webhook({ url: "https://webhook.example.com" }, { conversionReviewVersions: [] }),
    webhook({ url: "https://webhook.example.com" }, { conversionReviewVersions: ["v2"] }),
    webhook({ url: "https://webhook.example.com" }, { conversionReviewVersions: ["v1", "v1"] }),
    webhook({ service: { name: "", namespace: "" } }),
    webhook({ service: { name: "a", namespace: "b", port: 70000 } }),
    webhook({ service: { name: "a", namespace: "b", path: "no-slash" } }),
  ],
}];
