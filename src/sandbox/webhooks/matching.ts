import type { KubeObject } from "../../k8s/object.ts";
import { type Any, listOf } from "../kinds/fields.ts";
import { matchesLabels } from "../kinds/selectors.ts";
import type { ResourceVersion } from "../resource.ts";
import type { Operation, Review } from "../steps.ts";

/** What the rules of webhooks are about. */
export interface Ruled {
  readonly operation: Operation;
  readonly type: ResourceVersion;
  readonly subresource: string;
}

/**
 * The version of the resource that a webhook is to see a request at; `undefined`: no rule is about it. With
 * `matchPolicy: Equivalent` a rule about another version counts, and the objects are converted.
 */
export function matchedVersion({ rules, matchPolicy }: Any, { operation, type, subresource }: Ruled) {
  const matches = (version: ResourceVersion) =>
    listOf(rules).some((rule) =>
      isNamed(rule.apiGroups, version.group) && isNamed(rule.apiVersions, version.version) &&
      isNamed(rule.operations, operation) && isScope(rule.scope, type) &&
      listOf(rule.resources).some((text) => isResource(String(text), type.resource.plural, subresource))
    );
  if (matches(type)) return type;
  return matchPolicy === "Exact" ? undefined : type.resource.versions.find(matches);
}

function isNamed(list: Any, name: string): boolean {
  return listOf(list).some((each) => each === "*" || each === name);
}

function isScope(scope: Any, { resource }: ResourceVersion): boolean {
  return (scope ?? "*") === "*" || (scope === "Namespaced") === resource.namespaced;
}

// `pods`, `pods/status`, `pods/*`, `*`, `*/scale`; the first and the fourth are about no subresource.
function isResource(text: string, plural: string, subresource: string): boolean {
  const [name, part = ""] = text.split("/");
  return (name === "*" || name === plural) && (part === "*" || part === subresource);
}

/** Whether the selectors of a webhook choose a request. `namespace`: the Namespace that the object is in. */
export function isSelected(webhook: Any, { type, object, oldObject }: Review, namespace?: KubeObject): boolean {
  const { namespaceSelector, objectSelector } = webhook;
  // Namespaces are chosen by their own labels, other objects in cluster scope always.
  const place = type.resource.kind === "Namespace" && type.group === "" ? object ?? oldObject : namespace;
  if (place !== undefined && !matchesLabels(namespaceSelector, place.metadata.labels ?? {})) return false;
  return isEmpty(objectSelector) ||
    [object, oldObject].some((one) => one !== undefined && matchesLabels(objectSelector, one.metadata.labels ?? {}));
}

function isEmpty(selector: Any): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && listOf(selector?.matchExpressions).length === 0;
}
