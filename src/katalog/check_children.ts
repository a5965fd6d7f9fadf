import { labels } from "../k8s/names.ts";
import { groupKind } from "../k8s/object.ts";
import { customWorkloadKinds, shorthands } from "../resources/mod.ts";
import { defaultNameOf, placesOf } from "./child_places.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { childOf, entriesOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import { canBeEqual, canBeEqualInOnePass, possibleText } from "./possible_text.ts";

/** `metadata.namespaced` and `metadata.namespace` must fit what is known about a kind. */
export function customChildrenFitTheirKind({ children, report }: CrdContext): void {
  for (const { shorthand, type, node, metadata, metadataPath } of children) {
    if (type === undefined) continue;
    const namespaced = nodeAt(node, "metadata", "namespaced");
    const said = namespaced?.type === "scalar" && typeof namespaced.value === "boolean" ? namespaced.value : undefined;
    if (said !== undefined && said !== type.namespaced) {
      report.error(
        namespaced!.at,
        keyPath(metadataPath, "namespaced"),
        `${type.kind} is ${type.namespaced ? "namespaced" : "cluster-scoped"}`,
        "remove this key: the kind is known",
      );
    }
    const namespace = childOf(metadata, "namespace");
    // The shorthands of cluster-scoped kinds have no such key.
    if (namespace !== undefined && !type.namespaced && shorthand === "custom") {
      report.error(
        namespace.at,
        keyPath(metadataPath, "namespace"),
        `${type.kind} is cluster-scoped: it has no namespace`,
        "remove this key",
      );
    }
  }
}

/** A box that makes objects of the kind that it watches would never come to rest. */
export function childrenAreOfOtherKinds({ children, known, entry, report }: CrdContext): void {
  const selector = [...entriesOf(childOf(entry, "labelSelector"))];
  for (const { type, node, path, metadata, block } of children) {
    if (type === undefined || known === undefined || groupKind(type) !== groupKind(known.type)) continue;
    if (block !== "onDelete" && isOwn(metadata)) {
      const at = childOf(metadata, "name") ?? node;
      report.error(at.at, path, `An object of ${type.kind} cannot be its own child`, "give the child another name");
      continue;
    }
    const selected = selector.every(([key, { value }]) => {
      const label = textOf(nodeAt(metadata, "labels", key));
      return label?.includes("{{") === true || label === textOf(value);
    });
    if (!selected) continue;
    report.warn(
      node.at,
      path,
      `The operator of ${type.kind} creates objects of ${type.kind}, which it then reconciles as well`,
      "make sure that a condition ends this",
    );
  }
}

/** Name and namespace are those of the CR, whichever it is. */
function isOwn(metadata: Node | undefined): boolean {
  const [name, namespace] = ["name", "namespace"].map((key) => textOf(childOf(metadata, key))?.replaceAll(/\s/g, ""));
  return name === "{{.metadata.name}}" && (namespace === undefined || namespace === "{{.metadata.namespace}}");
}

/** Two entries of a block for one object: whichever comes last would win in every pass. */
export function childrenHaveDistinctNames({ children, report }: CrdContext): void {
  const first = new Map<string, DeclaredChild>();
  for (const child of children) {
    if (child.type === undefined || child.conditional || child.block === "onDelete") continue;
    const keys = placesOf(child).map(({ namespace }) =>
      JSON.stringify([child.block, groupKind(child.type!), child.name ?? "", namespace ?? ""])
    );
    const taken = keys.find((key) => first.has(key));
    const other = taken === undefined ? undefined : first.get(taken);
    if (other === undefined) {
      for (const key of keys) first.set(key, child);
      continue;
    }
    const name = childOf(child.metadata, "name");
    const line = other.node.at.line;
    report.error(
      (name ?? child.node).at,
      name === undefined ? child.path : keyPath(child.metadataPath, "name"),
      child.name === undefined
        ? `This ${child.type.kind} and the one in line ${line} have the same default name`
        : `This ${child.type.kind} has the name of the one in line ${line}`,
      "give each a name of its own, or conditions that exclude each other",
    );
  }
}

/** `forEach` with a name that is the same for every element makes one child again and again. */
export function forEachNamesEachChild({ children, report }: CrdContext): void {
  for (const child of children) {
    const { node, metadata, metadataPath, path, name, type } = child;
    const forEach = childOf(node, "forEach");
    // Another value than a map is reported where shapes are checked.
    if (forEach?.type !== "map") continue;
    const as = textOf(childOf(forEach, "as")) ?? "item";
    const own = [".item", ".value", ".index", `.${as}`];
    const texts = [name, ...placesOf(child).map(({ namespace }) => namespace)];
    if (texts.some((text) => own.some((variable) => text?.includes(variable) === true))) continue;
    const at = childOf(metadata, "name");
    report.error(
      (at ?? forEach).at,
      at === undefined ? keyPath(path, "forEach") : keyPath(metadataPath, "name"),
      `Every element declares the same ${type?.kind ?? "child"}: its name does not depend on the element`,
      `write a name such as "{{ .metadata.name }}-{{ .${as} }}"`,
    );
  }
}

/** What stands at the root of a template's data: the CR's own fields, and what `forEach` itself adds. */
const taken = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "spec",
  "status",
  "children",
  "cross",
  "external",
  "value",
  "index",
]);

/** `forEach.as` is a name that templates can write, and hides nothing that they read. */
export function forEachHidesNothing({ children, report }: CrdContext): void {
  for (const { node, path } of children) {
    const as = childOf(childOf(node, "forEach"), "as");
    const text = textOf(as);
    if (as === undefined || text === undefined) continue;
    const at = keyPath(keyPath(path, "forEach"), "as");
    const hint = 'use a word of your own, such as "region"';
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) || text === "__proto__") {
      report.error(as.at, at, `"${text}" is not a name that a template can read as .${text}`, hint);
    } else if (taken.has(text)) {
      report.error(as.at, at, `"${text}" hides .${text}, which templates read otherwise`, hint);
    }
  }
}

/** A Service must know whose Pods it is for (ruling 45). What depends on the CR is decided in the pass. */
export function servicesSelectOneWorkload({ children, report }: CrdContext): void {
  const made = children.filter(({ block }) => block !== "onDelete");
  const workloads = made.filter(({ shorthand }) => shorthands.get(shorthand)?.workload === true);
  const customs = made.filter(({ shorthand, type }) =>
    shorthand === "custom" && type !== undefined && customWorkloadKinds.includes(groupKind(type))
  );
  for (const service of made) {
    if (service.shorthand !== "services") continue;
    const near = workloads.filter((workload) => workload.namespace === service.namespace);
    const nearCustoms = customs.filter((workload) => workload.namespace === service.namespace);
    if ([...near, ...nearCustoms].some((workload) => canHaveOneName(workload, service))) continue;
    const selects = childOf(service.node, "selector") !== undefined;
    if (workloads.length === 0 && !nearCustoms.some(carriesOwner)) {
      if (!selects && nearCustoms.length === 1) continue;
      const lines = nearCustoms.map(({ node }) => node.at.line).join(", ");
      if (nearCustoms.length > 0) {
        report.warn(
          service.node.at,
          service.path,
          "The Service selects Pods with the label orkestra-owner alone, which those of custom workloads do not have " +
            `(${nearCustoms.length === 1 ? "line" : "lines"} ${lines})`,
          'name it like its workload, or give the Pods of that the label orkestra-owner: "{{ .metadata.name }}"',
        );
        continue;
      }
    }
    if (selects) continue;
    if (workloads.length === 0) {
      report.warn(
        service.node.at,
        service.path,
        "The box declares no workload, so the Service selects every Pod of its CR (label orkestra-owner)",
        "give it a selector",
      );
      continue;
    }
    const certain = near.filter((workload) => !workload.conditional);
    if (near.length > 0 && certain.length < 2) continue;
    const lines = certain.map((workload) => workload.node.at.line).join(", ");
    report.error(
      service.node.at,
      service.path,
      near.length === 0
        ? "Nothing says which Pods the Service is for: there is no workload beside it"
        : `Nothing says which Pods the Service is for: there are ${certain.length} workloads (lines ${lines})`,
      "give it the name of its workload, or a selector",
    );
  }
}

/** Whether the Pods of a custom workload may have the label by which Services find Pods of their CR. */
function carriesOwner({ node }: DeclaredChild): boolean {
  const podLabels = nodeAt(node, "spec", "template", "metadata", "labels");
  return podLabels?.type === "map" ? childOf(podLabels, labels.owner) !== undefined : podLabels !== undefined;
}

function canHaveOneName(a: DeclaredChild, b: DeclaredChild): boolean {
  const [first, second] = [possibleText(nameOf(a)), possibleText(nameOf(b))];
  // Two elements of forEach are different data.
  const apart = [a, b].some(({ node }) => childOf(node, "forEach") !== undefined);
  return apart ? canBeEqual(first, second) : canBeEqualInOnePass(first, second);
}

/** The declared name, or the default one (ruling 18). */
function nameOf(child: DeclaredChild): string {
  return child.name ?? defaultNameOf(child) ?? "";
}
