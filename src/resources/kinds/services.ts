import { labels } from "../../k8s/names.ts";
import { checkNameLength, child, typeOf } from "../child.ts";
import { commonFields, flag, mapOf, record, text, word } from "../fields.ts";
import { protocolField } from "../pod_fields.ts";
import { flagAt, mapAt, numberAt, present, textAt } from "../read.ts";
import { EntryError, type ExpandContext, type RenderedEntry, type Shorthand, type Workload } from "../shorthand.ts";
import { workloadSelector } from "../stamp.ts";

const type = typeOf("Service");

/** `services`: a Service with one port, for a workload of the same CR. */
export const services: Shorthand = {
  key: "services",
  type,
  defaultSuffix: "svc",
  upkeep: "apply",
  workload: false,
  shape: record("A Service with one port", {
    ...commonFields,
    type: word("Type of the Service; ClusterIP when absent", ["ClusterIP", "NodePort", "LoadBalancer"]),
    headless: flag("No address of its own: names resolve to the Pods (`clusterIP: None`)"),
    port: text("Port of the Service", "port"),
    targetPort: text("Port of the Pods; `port` when absent", "port"),
    protocol: protocolField,
    selector: mapOf(
      "Labels of the Pods, besides the CR's own; when absent the workload of the same name, else the only one",
      "labelKey",
      text("A label value", "labelValue"),
    ),
  }, { required: ["port"] }),
  expand(entry, context) {
    const { fields } = entry;
    checkNameLength(entry, "Service", 63);
    const port = numberAt(fields, "port")!;
    const headless = flagAt(fields, "headless") === true;
    const serviceType = textAt(fields, "type") ?? "ClusterIP";
    if (headless && serviceType !== "ClusterIP") {
      throw new EntryError(
        "headless",
        `Cannot make a ${serviceType} Service headless: only a ClusterIP Service can be`,
      );
    }
    return child(type, entry, context, {
      spec: present({
        type: serviceType,
        clusterIP: headless ? "None" : undefined,
        selector: podSelector(entry, context),
        ports: [{
          port,
          targetPort: numberAt(fields, "targetPort") ?? port,
          protocol: textAt(fields, "protocol") ?? "TCP",
        }],
      }),
    });
  },
};

/**
 * Which Pods: those of the workload that the Service is named like, else those that carry the declared labels, else
 * those of the only workload that the CR has in this namespace (rulings 19 and 45). Without any workload all Pods of
 * the CR, whatever makes them (ruling 71). Always only Pods of this CR, or of a `custom` workload by its own selector.
 */
function podSelector(entry: RenderedEntry, context: ExpandContext): Record<string, string> {
  const declared = mapAt(entry.fields, "selector") as Record<string, string> | undefined;
  const near = context.workloads.filter((workload) => workload.namespace === entry.namespace);
  const namesake = near.find((workload) => workload.name === entry.name);
  if (namesake !== undefined) return narrowed(declared, selectorOf(namesake, entry, context), entry);
  const candidates = near.filter(({ isOff, shorthand }) => isOff !== true && shorthand !== "custom");
  const isAlone = !context.workloads.some(({ isOff, shorthand }) => isOff !== true && shorthand !== "custom");
  if (declared !== undefined || isAlone) {
    const customs = near.filter(({ isOff }) => isOff !== true);
    if (declared === undefined && customs.length === 1) return selectorOf(customs[0]!, entry, context);
    const { [labels.owner]: owner } = workloadSelector(context, entry.name);
    return { ...declared, [labels.owner]: owner! };
  }
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return workloadSelector(context, only.name);
  const names = candidates.map((workload) => `"${workload.name}"`).join(", ");
  throw new EntryError(
    "selector",
    only === undefined
      ? `Cannot determine which Pods "${entry.name}" is for: the CR has no workload in its namespace; give a selector`
      : `Cannot determine which Pods "${entry.name}" is for: the CR has ${candidates.length} workloads (${names}); ` +
        "name the Service like one of them, or give a selector",
  );
}

function selectorOf(workload: Workload, entry: RenderedEntry, context: ExpandContext): Record<string, string> {
  if (workload.shorthand !== "custom") return workloadSelector(context, workload.name);
  if (workload.matchLabels !== undefined) return { ...workload.matchLabels };
  throw new EntryError(
    "",
    `Cannot determine which Pods "${entry.name}" is for: spec.selector.matchLabels of "${workload.name}" cannot be ` +
      "evaluated",
  );
}

/** The Pods of a workload, and of these the ones with the declared labels. */
function narrowed(
  declared: Record<string, string> | undefined,
  selector: Record<string, string>,
  { name }: RenderedEntry,
): Record<string, string> {
  for (const [key, value] of Object.entries(declared ?? {})) {
    if (key === labels.owner || !Object.hasOwn(selector, key) || selector[key] === value) continue;
    throw new EntryError(
      "selector",
      `Cannot select other Pods than those of the workload "${name}", which has the name of the Service; ` +
        "give the Service another name",
    );
  }
  return { ...declared, ...selector };
}
