import type { RecordShape, Shape } from "../base/shape.ts";
import { anyCase, flag, list, plainText, record } from "./schema_words.ts";

/** What is said of a webhook of protection, whatever it protects. */
function hookFields(what: string): Readonly<Record<string, Shape>> {
  return {
    enabled: flag(`False: ${what}; true when the block is there`),
    failurePolicy: anyCase(
      "What the API server does while it cannot reach the Gateway: `Fail` (the default) refuses the request, `Ignore` " +
        "lets it pass",
      ["Fail", "Ignore"],
    ),
    cleanupOnShutdown: flag("True: the webhook configurations go when the Gateway stops; false when absent"),
    serviceName: plainText("Service that the API server calls; that of the Gateway when absent", "dnsLabel"),
  };
}

/** `security.deletionProtection`. */
export const deletionProtection: RecordShape = record("CRs, and their CRDs, cannot be deleted by mistake", {
  ...hookFields("nothing is protected"),
  strictMode: flag("True: the label that protects cannot be removed either; false when absent"),
  override: record("Who may delete all the same, with the annotation `orkestra.io/deletion-override: <reason>`", {
    users: list("Names of users", plainText("")),
    groups: list("Groups of users", plainText("")),
    serviceAccounts: list("ServiceAccounts, as `namespace/name`", plainText("")),
  }),
});

/** `deletionProtection` on the entry of a CRD. */
export const ownDeletionProtection: RecordShape = record(
  "What of this CRD is protected, where `security.deletionProtection` is enabled",
  {
    protectCRD: flag("False: the CRD itself may be deleted; true when absent"),
    protectCRs: flag("False: its CRs may be deleted; true when absent"),
    strictMode: flag("False: no strict mode for its CRs; that of `security.deletionProtection` when absent"),
  },
);

/** `security.namespaceProtection`, besides the two lists. */
export const namespaceHookFields: Readonly<Record<string, Shape>> = hookFields(
  "CRs elsewhere are not refused; the Runtime ignores them in any case",
);
