import type { JsonMap } from "../base/json.ts";
import { ownValue, setOwn } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { valueAt } from "../k8s/object.ts";
import { badRequest, invalid } from "./faults.ts";
import { invalidField } from "./kinds/fields.ts";
import { namedOf } from "./objects.ts";
import { builtInSchema } from "./schema/builtin.ts";
import { decodeTyped } from "./schema/decode.ts";
import type { ResourceVersion } from "./resource.ts";

/** The scale of an object, as `autoscaling/v1` Scale. */
export function scaleOf(type: ResourceVersion, object: KubeObject): JsonMap {
  const paths = type.scale!;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const read = (path: readonly string[]) => valueAt(object as never, path);
  const selector = paths.selector === undefined ? undefined : read(paths.selector);
  const scale = {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: uid!,
      resourceVersion: resourceVersion!,
      creationTimestamp: creationTimestamp!,
    },
    spec: { replicas: read(paths.specReplicas) ?? 0 },
    status: {
      replicas: read(paths.statusReplicas) ?? 0,
      ...(selector === undefined || selector === null ? {} : { selector: selectorText(selector) }),
    },
  };
  // A count of none is left out of the spec, as Go does.
  return decodeTyped(builtInSchema("autoscaling", "v1", "Scale"), scale, "", []) as JsonMap;
}

/** The object with the replicas of a Scale. Throws `ApiFault` 400 and 422. */
export function withScale(type: ResourceVersion, object: KubeObject, scale: JsonMap): JsonMap {
  const paths = type.scale!;
  const spec = ownValue(scale, "spec") as JsonMap | undefined;
  const replicas = spec?.["replicas"] ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    throw badRequest(
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32',
    );
  }
  if (replicas < 0) {
    const field = type.resource.custom ? `.${paths.specReplicas.join(".")}` : "spec.replicas";
    const why = type.resource.custom ? "should be a non-negative integer" : "must be greater than or equal to 0";
    throw invalid(namedOf(type), object.metadata.name, [invalidField(field, replicas, why)]);
  }
  const metadata = ownValue(scale, "metadata") as JsonMap | undefined;
  const out: JsonMap = { ...(object as unknown as JsonMap) };
  let at = out;
  for (const step of paths.specReplicas.slice(0, -1)) {
    const below = { ...(at[step] as JsonMap | undefined ?? {}) };
    setOwn(at, step, below);
    at = below;
  }
  setOwn(at, paths.specReplicas.at(-1)!, replicas);
  if (typeof metadata?.["resourceVersion"] === "string") {
    out["metadata"] = { ...(out["metadata"] as JsonMap), resourceVersion: metadata["resourceVersion"] };
  }
  return out;
}

// deno-lint-ignore no-explicit-any -- a selector as text or as a LabelSelector
function selectorText(selector: any): string {
  if (typeof selector === "string") return selector;
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const list = `(${(values ?? []).join(",")})`;
    if (operator === "In") parts.push(`${key} in ${list}`);
    else if (operator === "NotIn") parts.push(`${key} notin ${list}`);
    else parts.push(operator === "Exists" ? key : `!${key}`);
  }
  return parts.sort().join(",");
}
