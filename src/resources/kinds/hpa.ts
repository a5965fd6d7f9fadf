import type { JsonMap } from "../../base/json.ts";
import { child, typeOf } from "../child.ts";
import { commonFields, listOf, record, text, word } from "../fields.ts";
import { mapAt, mapsAt, numberAt, present, textAt } from "../read.ts";
import { EntryError, type ExpandContext, type RenderedEntry, type Shorthand } from "../shorthand.ts";

const type = typeOf("HorizontalPodAutoscaler");

const count = (doc: string, min: number) => text(doc, "integer", { min, max: 2 ** 31 - 1 });

const scalingRules = (doc: string) =>
  record(doc, {
    stabilizationWindowSeconds: text("How long the past counts; 0 when absent", "integer", { min: 0, max: 3600 }),
    selectPolicy: word("Which of the policies counts; Max when absent", ["Max", "Min", "Disabled"]),
    policies: listOf(
      "How fast",
      record("One policy", {
        type: word("Pods, or a percentage of them", ["Pods", "Percent"]),
        value: count("How many", 1),
        periodSeconds: text("In which time", "integer", { min: 1, max: 1800 }),
      }, { required: ["type", "value", "periodSeconds"] }),
    ),
  });

/** `hpa`: a HorizontalPodAutoscaler, by the CPU that the Pods use. */
export const hpa: Shorthand = {
  key: "hpa",
  type,
  defaultSuffix: "hpa",
  upkeep: "apply",
  workload: false,
  shape: record("A HorizontalPodAutoscaler", {
    ...commonFields,
    scaleTargetRef: record("What is scaled; the only workload of its kind that the CR has, when absent", {
      apiVersion: text("`apps/v1` when absent"),
      kind: text("`Deployment` when absent"),
      name: text("Its name", "dnsSubdomain"),
    }),
    minReplicas: count("Least number of Pods; 1 when absent", 0),
    maxReplicas: count("Largest number of Pods; 1 when absent", 1),
    targetCPUUtilizationPercentage: count("Percentage of the requested CPU that is aimed at; that of the profile", 1),
    behavior: record("How fast it scales", {
      profile: text("A named set of these fields, and of those above"),
      scaleUp: scalingRules("To more Pods"),
      scaleDown: scalingRules("To fewer Pods"),
    }, { exclusive: [["profile", "scaleUp"], ["profile", "scaleDown"]] }),
  }),
  expand(entry, context) {
    const { fields } = entry;
    const minReplicas = numberAt(fields, "minReplicas") ?? 1;
    const maxReplicas = numberAt(fields, "maxReplicas") ?? 1;
    if (maxReplicas < minReplicas) {
      throw new EntryError("maxReplicas", `Cannot scale to at most ${maxReplicas} Pods: minReplicas is ${minReplicas}`);
    }
    const averageUtilization = numberAt(fields, "targetCPUUtilizationPercentage");
    const behavior = mapAt(fields, "behavior");
    return child(type, entry, context, {
      spec: present({
        scaleTargetRef: targetOf(entry, context),
        minReplicas,
        maxReplicas,
        metrics: averageUtilization === undefined
          ? []
          : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } }],
        behavior: present({
          scaleUp: rulesOf(mapAt(behavior, "scaleUp")),
          scaleDown: rulesOf(mapAt(behavior, "scaleDown")),
        }),
      }),
    });
  },
};

function rulesOf(rules: JsonMap | undefined): JsonMap | undefined {
  if (rules === undefined) return undefined;
  return present({
    stabilizationWindowSeconds: numberAt(rules, "stabilizationWindowSeconds") ?? 0,
    selectPolicy: textAt(rules, "selectPolicy"),
    policies: mapsAt(rules, "policies").map((policy) => ({ ...policy })),
  });
}

/** Which workload (D35). `<cr>`, where the CR has none of that kind from a shorthand. */
function targetOf(entry: RenderedEntry, { owner, workloads }: ExpandContext): JsonMap {
  const declared = mapAt(entry.fields, "scaleTargetRef");
  const apiVersion = textAt(declared, "apiVersion") ?? "apps/v1";
  const kind = textAt(declared, "kind") ?? "Deployment";
  const name = textAt(declared, "name");
  if (name !== undefined) return { apiVersion, kind, name };
  const ofKind = workloads.filter((each) =>
    each.namespace === entry.namespace && each.shorthand.toLowerCase() === `${kind.toLowerCase()}s`
  );
  if (ofKind.length > 1) {
    const names = ofKind.map((workload) => `"${workload.name}"`).join(", ");
    throw new EntryError(
      "scaleTargetRef.name",
      `Cannot determine which ${kind} to scale: the CR has ${ofKind.length} (${names}); name one`,
    );
  }
  return { apiVersion, kind, name: ofKind[0]?.name ?? owner.name };
}
