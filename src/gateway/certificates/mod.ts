/** The Gateway's certificates: CA and leaf of our own in a Secret, or those that somebody else provides. */
export { type CertificateOptions, type Certificates, startCertificates } from "./certificates.ts";
export { type WantedCertificates } from "./decide.ts";
export { type CertificateFiles, certificateFiles, certificateSecret, type GivenSource } from "./given.ts";
export type { KeyPair } from "./inspect.ts";
export { type CertificateNames, CertificateSettingsError, webhookNames, type WebhookPlace } from "./names.ts";
export { describeCertificate } from "./describe.ts";
export { secretName } from "./secret.ts";
