/** The Gateway: decisions on objects before they are stored, over HTTPS. */
export { type CleanupOptions, startCleanup } from "./cleanup.ts";
export { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";
export { type GatewayStatus, statusApp } from "./http/status_app.ts";
export type { WebhookAddress } from "./registration/webhook_configuration.ts";
export { askRuntime, type RuntimeRequest } from "./unique/ask_runtime.ts";
export { type FindHolders, type HoldersQuestion, type HoldersResponse, maxHolders } from "./unique/find_holders.ts";
export {
  certificateFiles,
  type CertificateOptions,
  type Certificates,
  CertificateSettingsError,
  startCertificates,
  webhookNames,
} from "./certificates/mod.ts";
