import { child, typeOf } from "../child.ts";
import { fromNamespaceField, toNamespacesField } from "../copy.ts";
import { commonFields, mapOf, record, text } from "../fields.ts";
import { mapAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("ResourceQuota");

/** `resourceQuotas`: how much a namespace may have, declared or copied. */
export const resourceQuotas: Shorthand = {
  key: "resourceQuotas",
  type,
  upkeep: "apply",
  workload: false,
  copies: "fromResourceQuota",
  shape: record("A ResourceQuota", {
    ...commonFields,
    hard: mapOf("Resources, such as `pods` or `requests.cpu`, and how much of each", undefined, text("", "quantity")),
    profile: text("A named set of them"),
    fromResourceQuota: text("Copy the spec of this ResourceQuota", "dnsSubdomain"),
    fromNamespace: fromNamespaceField,
    toNamespaces: toNamespacesField,
  }, {
    required: ["name"],
    exclusive: [["hard", "profile", "fromResourceQuota"]],
    oneOfFields: [["hard", "profile", "fromResourceQuota"]],
    needs: { fromNamespace: ["fromResourceQuota"] },
  }),
  expand(entry, context) {
    const spec = context.source?.spec ?? { hard: mapAt(entry.fields, "hard") ?? {} };
    return child(type, entry, context, { spec });
  },
};
