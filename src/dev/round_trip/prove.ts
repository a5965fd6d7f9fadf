import { compileConversion, type CompiledConversion, ConversionError, convert } from "../../admission/convert.ts";
import type { Finding } from "../../base/finding.ts";
import { isMap, type Json, type JsonMap, ownValue, stringifyJson } from "../../base/json.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import { apiVersionOf, type KubeObject } from "../../k8s/object.ts";
import type { ConversionPathPlan, ConversionPlan } from "../../plan/mod.ts";
import { asStored } from "./as_stored.ts";
import { findLoss, type Loss, shrink } from "./loss.ts";
import { sampleObjects } from "./sample_objects.ts";

/** Objects of one direction. */
const maxObjects = 1000;
/** Paths of all kinds together. */
const maxPaths = 200;

/**
 * Converts objects of every version along each path and back, as the API server would, and reports the smallest that
 * loses a field (an error), or that cannot be converted although its schema admits it (a warning). Objects are made
 * from the schemas, the same ones each time: that nothing is found does not prove that nothing is lost. Versions
 * without a known schema are left out.
 */
export function proveRoundTrips(plans: readonly ConversionPlan[]): Finding[] {
  const findings: Finding[] = [];
  let left = maxPaths;
  for (const plan of plans) {
    const conversion = compileConversion(plan);
    for (const path of plan.paths) {
      if (left-- <= 0) return findings;
      findings.push(...provePath(conversion, path));
    }
  }
  return findings;
}

function provePath(conversion: CompiledConversion, path: ConversionPathPlan): Finding[] {
  const { from, to } = path;
  const schema = schemaOf(conversion.plan, from);
  if (schema === undefined || schemaOf(conversion.plan, to) === undefined) return [];
  const findings: Finding[] = [];
  let lost = false;
  let failed = false;
  for (const object of sampleObjects(schema, maxObjects)) {
    const outcome = roundTrip(conversion, path, object);
    if (outcome.type === "lost" && !lost) {
      lost = true;
      const smallest = shrink(object, schema, (smaller) => roundTrip(conversion, path, smaller).type === "lost");
      const shown = roundTrip(conversion, path, smallest);
      if (shown.type === "lost") findings.push(lossFinding(path, smallest, shown));
    } else if (outcome.type === "failed" && !failed) {
      failed = true;
      findings.push({
        ...placeOf(path),
        severity: "warning",
        message: `Not every object of ${from} can be converted to ${to} and back: ${outcome.message}`,
        hint: `the smallest that was found has ${brief(object)}; make the template, or the schema, stricter`,
      });
    }
    if (lost && failed) break;
  }
  return findings;
}

type Outcome =
  | { readonly type: "kept" }
  | { readonly type: "lost"; readonly loss: Loss; readonly between: Json }
  | { readonly type: "failed"; readonly message: string };

/** `fields` are those of an object besides `metadata` and `status`. */
function roundTrip(conversion: CompiledConversion, { from, to }: ConversionPathPlan, fields: JsonMap): Outcome {
  const { plan } = conversion;
  const { group, kind } = plan;
  const inVersion = (object: KubeObject, version: string): KubeObject => {
    const { apiVersion, kind, metadata, ...body } = object;
    const stored = asStored(body, schemaOf(plan, version));
    return { apiVersion, kind, metadata, ...(isMap(stored) ? stored : {}) };
  };
  const via = (object: KubeObject, version: string): KubeObject =>
    inVersion(convert(conversion, object, apiVersionOf({ group, version })), version);
  const metadata = { name: "one", namespace: "team" };
  try {
    const before = inVersion({ apiVersion: apiVersionOf({ group, version: from }), kind, metadata, ...fields }, from);
    const between = via(before, to);
    const loss = findLoss(bodyOf(before), bodyOf(via(between, from)), "");
    return loss === undefined ? { type: "kept" } : { type: "lost", loss, between: bodyOf(between) };
  } catch (error) {
    if (error instanceof ConversionError) return { type: "failed", message: error.message };
    throw error;
  }
}

function bodyOf({ apiVersion: _version, kind: _kind, metadata: _metadata, ...body }: KubeObject): JsonMap {
  return body;
}

/** The schema of what is converted: `metadata` and `status` are not. */
function schemaOf({ versions }: ConversionPlan, version: string): JsonMap | undefined {
  const schema = versions.find(({ name }) => name === version)?.schema;
  const properties = schema === undefined ? undefined : ownValue(schema, "properties");
  if (schema === undefined || !isMap(properties)) return undefined;
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...converted } = properties;
  return { ...schema, properties: converted };
}

function lossFinding(
  path: ConversionPathPlan,
  object: JsonMap,
  { loss, between }: Outcome & { readonly type: "lost" },
): Finding {
  const { from, to } = path;
  const what = loss.after === undefined ? "is gone" : `is ${brief(loss.after)}`;
  return {
    ...placeOf(path),
    severity: "error",
    message: `From ${from} to ${to} and back, ${loss.path} (${brief(loss.before)}) ${what}`,
    hint: `the smallest object that was found: ${brief(object)} in ${from}, ${brief(between)} in ${to}; ` +
      `what templates read must be written again by the path from ${to} to ${from}`,
  };
}

function brief(value: Json): string {
  return shortenMiddle(stringifyJson(value), 200);
}

/** Where a path stands: `katalog.yaml:12:9`. */
function placeOf({ at, path }: ConversionPathPlan): Omit<Finding, "severity" | "message"> {
  const [, file = at, line = "1", column = "1"] = /^(.*):(\d+):(\d+)$/.exec(at) ?? [];
  return { file, line: Number(line), column: Number(column), path };
}
