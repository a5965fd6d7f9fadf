import { labels } from "../../k8s/names.ts";
import { child, typeOf } from "../child.ts";
import { commonFields, mapOf, record, text } from "../fields.ts";
import { mapAt, present } from "../read.ts";
import { EntryError, type Shorthand } from "../shorthand.ts";
import { workloadSelector } from "../stamp.ts";

const type = typeOf("PodDisruptionBudget");

/** `pdb`: how many of the Pods may be away at a time. Without a selector it is for all Pods of the CR (D36). */
export const pdb: Shorthand = {
  key: "pdb",
  type,
  defaultSuffix: "pdb",
  upkeep: "apply",
  workload: false,
  shape: record("A PodDisruptionBudget", {
    ...commonFields,
    selector: mapOf("Labels of the Pods; all Pods of the CR when absent", "labelKey", text("A value", "labelValue")),
    minAvailable: text("How many Pods must be there", "intOrPercent"),
    maxUnavailable: text("How many Pods may be away", "intOrPercent"),
    behavior: record("A named limit", { profile: text("One of the two limits by a name") }),
  }, {
    exclusive: [["minAvailable", "maxUnavailable"], ["minAvailable", "behavior"], ["maxUnavailable", "behavior"]],
  }),
  expand(entry, context) {
    const { minAvailable, maxUnavailable } = entry.fields;
    if (minAvailable === undefined && maxUnavailable === undefined) {
      throw new EntryError("", "Cannot do without all of minAvailable, maxUnavailable, behavior: give one of them");
    }
    const { [labels.owner]: owner } = workloadSelector(context, entry.name);
    return child(type, entry, context, {
      spec: present({
        selector: { matchLabels: mapAt(entry.fields, "selector") ?? { [labels.owner]: owner! } },
        minAvailable,
        maxUnavailable,
      }),
    });
  },
};
