import type { Json } from "../base/json.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { badRequest } from "./faults.ts";
import { coreEventField } from "./kinds/events.ts";
import type { ResourceVersion } from "./resource.ts";

const maxSelectorLength = 16 * 1024;

/** Fields that a field selector may name, by storage key, beside `metadata.name` and `metadata.namespace`. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  "events.": [
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
  ],
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

/** Reads a field selector, `metadata.name=a,status.phase!=Running` (`fields.ParseSelector`). Throws `ApiFault` 400. */
export function parseFieldSelector(
  text: string | null,
  { resource, selectableFields = [] }: ResourceVersion,
): ((object: KubeObject) => boolean) | undefined {
  if (text === null || text.trim() === "") return undefined;
  if (text.length > maxSelectorLength) throw badRequest("invalid selector: it is too long");
  const own = selectable[resource.storageKey];
  const known = ["metadata.name", "metadata.namespace", ...own ?? [], ...selectableFields];
  const terms = text.split(/(?<!\\),/).filter((term) => term !== "").map((term) => {
    const match = /^([^=!]+)(==|=|!=)([^]*)$/.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const field = resource.group === "events.k8s.io" ? coreEventField(match[1]!) : match[1]!;
    if (!known.includes(field)) {
      throw badRequest(
        own === undefined && !resource.custom
          ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
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
  return field.split(".");
}

/** What an absent field counts as. */
const absent: Readonly<Record<string, string>> = {
  unschedulable: "false",
  hostNetwork: "false",
  replicas: "0",
  succeeded: "0",
};

function fieldText(object: KubeObject, path: readonly string[]): string {
  const value: Json | undefined = valueAt(object as unknown as Json, path);
  return value !== undefined && value !== null ? String(value) : absent[path.at(-1)!] ?? "";
}
