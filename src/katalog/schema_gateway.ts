import type { RecordShape, Shape } from "../base/shape.ts";
import { anyCase, flag, leftOutKeys, list, number, oneOf, plainText, record } from "./schema_words.ts";

/** What the API server does while the Gateway cannot be reached (ruling 25). */
export const failurePolicies = ["Ignore", "Fail"];

/** `gateway` of a Katalog. */
export const gateway: RecordShape = record("The Gateway: admission before an object is stored", {
  enabled: flag("False: there is none, whatever else is declared; true when absent"),
  endpoint: plainText("Base URL of its HTTP API, for other processes"),
  standalone: flag(
    "True: the Gateway alone is installed, and no operator runs; `spec.crds` may then be left out; false when absent",
  ),
  ...leftOutKeys(undefined, "api", "webhooks", "clusters"),
});

/** Keys of `security` that are about the Gateway itself. */
export const securityOfGateway = {
  serviceName: {
    type: "union",
    doc: "Names of the Services: a text for that of the Gateway, or a map",
    scalar: plainText("", "dnsLabel"),
    map: record("", {
      runtime: plainText("Service of the Runtime; `orkestra-runtime` when absent", "dnsLabel"),
      gateway: plainText("Service of the Gateway; `orkestra-gateway` when absent", "dnsLabel"),
    }),
  } satisfies Shape,
  webhooks: record("Admission webhooks, which apply `mutation` and `validation` before an object is stored", {
    admission: record("", { enabled: flag("True: the webhooks are registered; false when absent") }),
    failurePolicy: anyCase(
      "What the API server does while the Gateway cannot be reached: `Ignore` (default) stores the object, and the " +
        "Runtime checks it; `Fail` refuses it",
      failurePolicies,
    ),
    timeoutSeconds: number("How long the API server waits for a response; 5 when absent", 1, 30),
    cleanupOnShutdown: flag("True: the webhooks are removed when the Gateway ends; false when absent"),
    serviceName: plainText("Service of the Gateway; that of `security.serviceName` when absent", "dnsLabel"),
  }),
  conversion: record("Conversion between versions by the Gateway", {
    enabled: flag("True: `conversion.paths` are served, and registered on CRDs with `updateCRD`; false when absent"),
    conversionWindow: number("Accepted and not needed: statistics are not kept by window", 1),
  }),
  certManager: record("The certificates that the Gateway makes for itself", {
    autoRotate: flag("False: they are not renewed; true when absent"),
    rotationThreshold: plainText(
      "How long before its end a certificate is renewed: a duration, or years; `30d` when absent",
    ),
    validFor: plainText("How long a certificate is valid: a duration, or years of 365 days; `1y` when absent"),
  }),
};

/** `webhooks` of an entry of `spec.crds`. */
export const crdWebhooks: RecordShape = record("Which of its rules the Gateway applies", {
  validation: flag("False: its `validation` is left to the Runtime; true when absent"),
  mutation: flag("False: its `mutation` is left to the Runtime; true when absent"),
  operations: list(
    "Operations that are reviewed: `CREATE`, `UPDATE`; both when absent",
    oneOf("", ["CREATE", "UPDATE", "DELETE", "CONNECT"]),
  ),
});

/** `fires` of a rule. */
export const fires: RecordShape = record("Where a rule is applied", {
  reconcile: flag("False: only at the Gateway; true when absent"),
});
