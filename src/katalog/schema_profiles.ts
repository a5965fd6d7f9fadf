import type { RecordShape, Shape } from "../base/shape.ts";
import { type ProfileClass, shorthands } from "../resources/mod.ts";
import { includeField } from "./schema_composition.ts";
import { reconcilerTuning } from "./schema_reconciler.ts";
import { list, plainText, prose, record } from "./schema_words.ts";

/** All classes: those of entries, and that of `operatorBox.reconciler`. */
export type AnyProfileClass = ProfileClass | "reconciler";

/** Some fields of the entries of one kind. */
function fieldsOf(shorthand: string, ...keys: readonly string[]): Record<string, Shape> {
  const { fields } = shorthands.get(shorthand)!.shape;
  return Object.fromEntries(keys.map((key) => [key, fields[key]!]));
}

/** The fields of a record of an entry, but for what names the profile itself. */
function fieldsIn(shorthand: string, ...path: readonly string[]): Record<string, Shape> {
  const found = path.reduce<RecordShape>((at, key) => {
    const inner = at.fields[key];
    if (inner?.type !== "record") throw new TypeError(`${shorthand} has no record ${path.join(".")}`);
    return inner;
  }, shorthands.get(shorthand)!.shape);
  const { profile: _profile, ...fields } = found.fields;
  return fields;
}

/** A probe's profile says when it is made, not what it asks. */
function probeTimes(): Record<string, Shape> {
  const { type: _type, path: _path, port: _port, ...times } = fieldsIn("deployments", "probes", "liveness");
  return times;
}

const classes: Readonly<Record<AnyProfileClass, { readonly doc: string; readonly fields: Record<string, Shape> }>> = {
  reconciler: { doc: "For `operatorBox.reconciler`", fields: reconcilerTuning },
  resources: {
    doc: "For `resources` of containers",
    fields: fieldsIn("deployments", "resources"),
  },
  probes: { doc: "For each of `probes`", fields: probeTimes() },
  containerSecurity: { doc: "For `securityContext`", fields: fieldsIn("deployments", "securityContext") },
  podSecurity: { doc: "For `podSecurity`", fields: fieldsIn("deployments", "podSecurity") },
  rollingUpdate: { doc: "For `rollingUpdate`", fields: fieldsIn("deployments", "rollingUpdate") },
  pdb: { doc: "For `behavior` of `pdb`", fields: fieldsOf("pdb", "minAvailable", "maxUnavailable") },
  hpa: {
    doc: "For `behavior` of `hpa`; fills what the entry does not give itself",
    fields: {
      ...fieldsOf("hpa", "minReplicas", "maxReplicas", "targetCPUUtilizationPercentage"),
      behavior: record("How fast it scales", fieldsIn("hpa", "behavior")),
    },
  },
  networkPolicies: {
    doc: "For `networkPolicies`",
    fields: fieldsOf("networkPolicies", "podSelector", "ingress", "egress", "policyTypes"),
  },
  resourceQuotas: { doc: "For `resourceQuotas`", fields: fieldsOf("resourceQuotas", "hard") },
  limitRanges: { doc: "For `limitRanges`", fields: fieldsOf("limitRanges", "limits") },
};

export const profileClasses = Object.keys(classes) as readonly AnyProfileClass[];

/** `profiles` of a Katalog or a Motif. */
export const profilesShape: RecordShape = record(
  "Named sets of fields, by what they are for; `profile` names one where it is to be used",
  {
    ...Object.fromEntries(
      Object.entries(classes).map(([name, { doc, fields }]) => [
        name,
        list(
          doc,
          record("A profile", {
            name: plainText("What `profile` calls it; one of this name that everybody has is replaced"),
            description: prose("What it is for, for people"),
            ...fields,
          }, { required: ["name"] }),
        ),
      ]),
    ),
    include: includeField,
  },
);
