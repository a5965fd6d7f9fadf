import type { Json } from "../base/json.ts";
import { isLabelValue, isQualifiedName } from "../k8s/names.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { badRequest } from "./faults.ts";
import { coreEventField } from "./kinds/events.ts";
import type { Resource } from "./resource.ts";

export type Matcher = (object: KubeObject) => boolean;

const longestSelector = 16 * 1024;

interface Requirement {
  readonly key: string;
  readonly op: "=" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";
  readonly values: ReadonlySet<string>;
}

/** Reads a label selector as in a URL: `a=b,c in (d,e),!f` (`labels.Parse`). Throws `ApiFault` 400. */
export function parseLabelSelector(text: string | null): Matcher | undefined {
  if (text === null || text.trim() === "") return undefined;
  if (text.length > longestSelector) throw unreadable(text.slice(0, 100), "it is too long");
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text));
  return ({ metadata }) => requirements.every((requirement) => meets(metadata.labels ?? {}, requirement));
}

function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const char of text) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (char === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += char;
  }
  return [...parts, part];
}

function parseRequirement(text: string, whole: string): Requirement {
  const part = text.trim();
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  const compare = /^([^=!<>\s]+)\s*(==|=|!=|>|<)\s*([^=!<>\s]*)$/.exec(part);
  let requirement: Requirement;
  if (set !== null) {
    const values = new Set(set[3]!.split(",").map((value) => value.trim()));
    requirement = { key: set[1]!, op: set[2] as "in" | "notin", values };
  } else if (compare !== null) {
    const op = { "=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt" }[compare[2]!] as Requirement["op"];
    requirement = { key: compare[1]!, op, values: new Set([compare[3]!]) };
  } else if (/^!\s*\S+$/.test(part)) requirement = { key: part.slice(1).trim(), op: "!", values: new Set() };
  else if (/^[^\s=!<>()]+$/.test(part)) requirement = { key: part, op: "exists", values: new Set() };
  else throw unreadable(whole, `found '${part}', expected: identifier`);
  if (!isQualifiedName(requirement.key)) throw unreadable(whole, `key: Invalid value: "${requirement.key}"`);
  for (const value of requirement.values) {
    if (!isLabelValue(value)) throw unreadable(whole, `values[0][${requirement.key}]: Invalid value: "${value}"`);
  }
  return requirement;
}

function unreadable(text: string, why: string) {
  return badRequest(`unable to parse requirement: ${why} (selector "${text}")`);
}

function meets(labels: Record<string, string>, { key, op, values }: Requirement): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (op) {
    case "=":
    case "in":
      return value !== undefined && values.has(value);
    case "!=":
    case "notin":
      return value === undefined || !values.has(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      const bound = BigInt([...values][0] === "" ? 0 : [...values][0]!);
      return op === "gt" ? BigInt(value) > bound : BigInt(value) < bound;
    }
    default:
      return op satisfies never;
  }
}

const eventFields = [
  "involvedObject.kind",
  "involvedObject.namespace",
  "involvedObject.name",
  "involvedObject.uid",
  "involvedObject.apiVersion",
  "involvedObject.resourceVersion",
  "involvedObject.fieldPath",
  "reason",
  "reportingComponent",
  "source",
  "type",
];

/** Fields that a field selector may name, by storage key, beside `metadata.name` and `metadata.namespace`. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  "events.": eventFields,
  "pods.": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  "secrets.": ["type"],
  "namespaces.": ["status.phase"],
  "nodes.": ["spec.unschedulable"],
  "services.": ["spec.clusterIP", "spec.type"],
  "replicasets.apps": ["status.replicas"],
  "replicationcontrollers.": ["status.replicas"],
  "jobs.batch": ["status.successful"],
};

/** Reads a field selector: `metadata.name=a,status.phase!=Running` (`fields.ParseSelector`). Throws `ApiFault` 400. */
export function parseFieldSelector(
  text: string | null,
  resource: Resource,
  extra: readonly string[] = [],
): Matcher | undefined {
  if (text === null || text.trim() === "") return undefined;
  if (text.length > longestSelector) throw unreadable(text.slice(0, 100), "it is too long");
  const own = selectable[resource.storageKey];
  const known = ["metadata.name", "metadata.namespace", ...own ?? [], ...extra];
  const terms = text.split(/(?<!\\),/).filter((term) => term !== "").map((term) => {
    const match = /^([^=!]+)(==|=|!=)([^]*)$/.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const field = resource.group === "events.k8s.io" ? coreEventField(match[1]!.trim()) : match[1]!.trim();
    if (!known.includes(field)) {
      const two = '"metadata.name", "metadata.namespace"';
      throw badRequest(
        own === undefined && !resource.custom
          ? `"${field}" is not a known field selector: only ${two}`
          : `field label not supported: ${field}`,
      );
    }
    return { path: pathOf(field), negated: match[2] === "!=", value: match[3]!.replace(/\\([\\,=])/g, "$1") };
  });
  return (object) => terms.every(({ path, negated, value }) => (fieldText(object, path) === value) !== negated);
}

function pathOf(field: string): string[] {
  if (field === "source") return ["source", "component"];
  if (field === "status.successful") return ["status", "succeeded"];
  return field.replace(/^\./, "").split(".");
}

function fieldText(object: KubeObject, path: readonly string[]): string {
  const value: Json | undefined = valueAt(object as unknown as Json, path);
  if (value !== undefined && value !== null) return String(value);
  const last = path.at(-1)!;
  if (last === "unschedulable" || last === "hostNetwork") return "false";
  return last === "replicas" || last === "succeeded" ? "0" : "";
}
