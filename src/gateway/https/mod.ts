/** The HTTPS listener of the Gateway. */
export {
  BodyError,
  bodyErrorResponse,
  type BodyLimits,
  BodyNodesError,
  maxAdmissionBytes,
  maxAdmissionContainers,
  maxConversionBytes,
  maxConversionContainers,
  readBody,
  readJsonBody,
} from "./body.ts";
export { BodyBudget } from "./body_budget.ts";
export { type HttpsOptions, type HttpsServer, serveHttps } from "./serve_https.ts";
export { CertificateError, type ServedCertificate } from "./tls_port.ts";
