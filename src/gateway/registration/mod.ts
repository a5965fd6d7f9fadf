/** What the Gateway registers with the API server, as values: for what compares them without serving anything. */
export { admissionConfigurations } from "./admission_webhooks.ts";
export { protectionRegistrations } from "./protection_webhooks.ts";
export type { WebhookConfiguration } from "./webhook_configuration.ts";
