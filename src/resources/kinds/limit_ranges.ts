import type { Shape } from "../../base/shape.ts";
import { child, typeOf } from "../child.ts";
import { fromNamespaceField, toNamespacesField } from "../copy.ts";
import { commonFields, listOf, mapOf, record, text, word } from "../fields.ts";
import { mapsAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("LimitRange");

const quantities = (doc: string): Shape => mapOf(doc, undefined, text("A quantity", "quantity"));

/** `limitRanges`: what one Pod, container or claim of a namespace may have, declared or copied. */
export const limitRanges: Shorthand = {
  key: "limitRanges",
  type,
  upkeep: "apply",
  workload: false,
  copies: "fromLimitRange",
  shape: record("A LimitRange", {
    ...commonFields,
    limits: listOf(
      "Limits, one for each type",
      record("One limit", {
        type: word("What it is for", ["Container", "Pod", "PersistentVolumeClaim"]),
        max: quantities("At most"),
        min: quantities("At least"),
        default: quantities("Limits of a container that says none"),
        defaultRequest: quantities("Requests of a container that says none"),
        maxLimitRequestRatio: quantities("By which factor a limit may be above its request"),
      }, { required: ["type"] }),
    ),
    profile: text("A named set of limits"),
    fromLimitRange: text("Copy the spec of this LimitRange", "dnsSubdomain"),
    fromNamespace: fromNamespaceField,
    toNamespaces: toNamespacesField,
  }, {
    required: ["name"],
    exclusive: [["limits", "profile", "fromLimitRange"]],
    oneOfFields: [["limits", "profile", "fromLimitRange"]],
    needs: { fromNamespace: ["fromLimitRange"] },
  }),
  expand(entry, context) {
    const spec = context.source?.spec ?? { limits: mapsAt(entry.fields, "limits").map((limit) => ({ ...limit })) };
    return child(type, entry, context, { spec });
  },
};
