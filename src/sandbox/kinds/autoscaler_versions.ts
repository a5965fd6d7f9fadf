import { isMap, type Json, type JsonMap, parseJson, stringifyJson } from "../../base/json.ts";
import { listOf } from "./fields.ts";

/** Where `autoscaling/v1` keeps what it has no fields for. */
const hidden = {
  metrics: "autoscaling.alpha.kubernetes.io/metrics",
  behavior: "autoscaling.alpha.kubernetes.io/behavior",
} as const;

/** Reads a HorizontalPodAutoscaler at `autoscaling/v1` or `v2` (kubernetes/pkg/apis/autoscaling/v1/conversion.go). */
export function convertAutoscaler(object: JsonMap, apiVersion: string): JsonMap {
  if (object["apiVersion"] === apiVersion) return object;
  return { ...(apiVersion === "autoscaling/v1" ? toFirst(object) : toSecond(object)), apiVersion };
}

function toFirst(object: JsonMap): JsonMap {
  const { metrics, behavior, ...spec } = mapOf(object["spec"]);
  const all = listOf(metrics);
  const cpu = all.find((metric) =>
    metric.resource?.name === "cpu" && metric.resource.target?.averageUtilization !== undefined
  );
  const others = all.filter((metric) => metric !== cpu);
  const notes: JsonMap = {};
  if (others.length > 0) notes[hidden.metrics] = stringifyJson(others);
  if (behavior !== undefined) notes[hidden.behavior] = stringifyJson(behavior);
  if (cpu !== undefined) spec["targetCPUUtilizationPercentage"] = cpu.resource.target.averageUtilization;
  const { currentMetrics: _, conditions: __, ...status } = mapOf(object["status"]);
  return {
    ...object,
    metadata: annotated(mapOf(object["metadata"]), notes),
    spec,
    status: { currentReplicas: 0, ...status },
  };
}

function toSecond(object: JsonMap): JsonMap {
  const { targetCPUUtilizationPercentage: percentage, ...spec } = mapOf(object["spec"]);
  const metadata = mapOf(object["metadata"]);
  const annotations = mapOf(metadata["annotations"]);
  const metrics = [...listOf(readNote(annotations, hidden.metrics))];
  if (percentage !== undefined) {
    metrics.push({
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: percentage } },
    });
  }
  const behavior = readNote(annotations, hidden.behavior);
  const { currentCPUUtilizationPercentage: _, ...status } = mapOf(object["status"]);
  return {
    ...object,
    metadata: annotated(metadata, {}),
    spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior === undefined ? {} : { behavior }) },
    status: { currentMetrics: null, desiredReplicas: 0, ...status },
  };
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function annotated(metadata: JsonMap, notes: JsonMap): JsonMap {
  const { [hidden.metrics]: _, [hidden.behavior]: __, ...rest } = mapOf(metadata["annotations"]);
  const annotations = { ...rest, ...notes };
  const { annotations: ___, ...bare } = metadata;
  return Object.keys(annotations).length > 0 ? { ...bare, annotations } : bare;
}

function readNote(annotations: JsonMap, key: string): Json | undefined {
  const text = annotations[key];
  if (typeof text !== "string") return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    // Not written by us: then it is a note like any other.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
