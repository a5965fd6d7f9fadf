import { isVersionOnly } from "./conversion.ts";
import { groupKind } from "../k8s/object.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/** Ruling of the language: without a selector every ConfigMap or Pod of the cluster would be reconciled. */
export function builtInKindsHaveSelectors({ known, entry, path, report }: CrdContext): void {
  if (known?.builtIn !== true || [...entriesOf(childOf(entry, "labelSelector"))].length > 0) return;
  const apiTypes = childOf(entry, "apiTypes") ?? entry;
  report.error(
    apiTypes.at,
    keyPath(path, "apiTypes"),
    `Every ${known.type.kind} of the cluster would be reconciled`,
    "add labelSelector with the labels of those that are meant",
  );
}

export function clusterScopedCrsHaveNoNamespace({ known, entry, path, report }: CrdContext): void {
  const namespace = childOf(entry, "namespace");
  if (known === undefined || known.type.namespaced || namespace === undefined) return;
  report.error(
    namespace.at,
    keyPath(path, "namespace"),
    `${known.type.kind} is cluster-scoped: its objects have no namespace`,
    "remove this key, or use labelSelector",
  );
}

export function typedModeIsLeftOut({ entry, path, report }: CrdContext): void {
  const mode = childOf(entry, "mode");
  if (textOf(mode) !== "typed") return;
  report.error(mode!.at, keyPath(path, "mode"), 'The mode "typed" is not supported', "remove this key");
}

/** `default: true` is what is so anyway (ruling 71); anything else would need another reconciler. */
export function defaultReconcilerIsUsed({ entry, path, report }: CrdContext): void {
  for (const home of [["operatorBox"], ["operatorBox", "reconciler"]]) {
    const said = nodeAt(entry, ...home, "default");
    if (said?.type !== "scalar" || said.value !== false) continue;
    report.error(
      said.at,
      keyPath(path, ...home, "default"),
      "Only the default reconciler is supported",
      "remove this key",
    );
  }
}

/** Boxes share nothing, so that none can hold up another. */
export function queuesAreNotShared({ entry, path, report }: CrdContext): void {
  const shared = nodeAt(entry, "operatorBox", "reconciler", "queue", "shared");
  if (shared?.type !== "scalar" || shared.value !== true) return;
  const hint = "remove this key; DEFAULT_WORKERS and workers bound how much is done at a time";
  report.error(
    shared.at,
    keyPath(path, "operatorBox", "reconciler", "queue", "shared"),
    "Queues are not shared between operators",
    hint,
  );
}

export function apiPathFitsTheGroup({ known, entry, path, report }: CrdContext): void {
  const node = nodeAt(entry, "apiTypes", "apiPath");
  if (known === undefined || node === undefined) return;
  const right = known.type.group === "" ? "/api" : "/apis";
  if (textOf(node) === right) return;
  report.error(
    node.at,
    keyPath(path, "apiTypes", "apiPath"),
    `${groupKind(known.type)} is served under ${right}`,
    "remove this key: it follows from the group",
  );
}

/** Fields that the API server offers for every custom resource (KEP-4358 lets a CRD add others). */
export function fieldSelectorsAreServed({ known, entry, path, report }: CrdContext): void {
  const selector = childOf(entry, "fieldSelector");
  if (known === undefined || known.builtIn) return;
  for (const [key, { keyAt }] of entriesOf(selector)) {
    if (key === "metadata.name" || key === "metadata.namespace" || known.selectableFields.includes(key)) continue;
    report.warn(
      keyAt,
      keyPath(path, "fieldSelector", key),
      `The API server may not support the field selector "${key}"`,
      "it offers metadata.name, metadata.namespace and the CRD's selectableFields",
    );
  }
}

/** Two boxes on the same objects would undo each other's work. */
export function kindsHaveOneBox(crds: readonly CrdContext[]): void {
  const seen = new Map<string, CrdContext[]>();
  for (const crd of crds) {
    const enabled = childOf(crd.entry, "enabled");
    if (crd.known === undefined || (enabled?.type === "scalar" && enabled.value === false)) continue;
    if (isVersionOnly(crd, crds)) continue;
    const kind = groupKind(crd.known.type);
    const others = seen.get(kind) ?? [];
    const rival = others.find((other) => !areApart(crd.entry, other.entry));
    if (rival !== undefined) {
      const isOtherVersion = rival.known?.type.version !== crd.known.type.version;
      crd.report.error(
        crd.keyAt,
        crd.path,
        `"${rival.name}" already watches ${kind} (${rival.keyAt.file}, line ${rival.keyAt.line})`,
        isOtherVersion
          ? "an entry for another version has conversion and no operatorBox: one box sees the objects of all versions"
          : "declare a kind once, or keep the two apart by namespace or labelSelector",
      );
    }
    seen.set(kind, [...others, crd]);
  }
}

/** Children created under a former name are adopted by one box alone (ruling 22). */
export function formerNamesAreFree(crds: readonly CrdContext[]): void {
  const inUse = new Set(crds.map(({ name }) => name));
  const taken = new Map<string, CrdContext>();
  for (const crd of crds) {
    itemsOf(childOf(crd.entry, "formerNames")).forEach((node, i) => {
      const name = textOf(node);
      if (name === undefined) return;
      const path = itemPath(keyPath(crd.path, "formerNames"), i);
      const other = taken.get(name);
      if (inUse.has(name)) {
        crd.report.error(
          node.at,
          path,
          name === crd.name
            ? `"${name}" is the present name of this entry`
            : `"${name}" is not a former name: another entry of spec.crds has it now`,
          "remove it",
        );
      } else if (other !== undefined) {
        crd.report.error(
          node.at,
          path,
          other === crd ? `"${name}" is already listed` : `"${name}" is already a former name of "${other.name}"`,
          "keep one of them",
        );
      }
      taken.set(name, crd);
    });
  }
}

/** No object can match both: other namespaces, or one label with two values. */
function areApart(a: Node, b: Node): boolean {
  const [first, second] = [textOf(childOf(a, "namespace")), textOf(childOf(b, "namespace"))];
  if (first !== undefined && second !== undefined && first !== second) return true;
  return [...entriesOf(childOf(a, "labelSelector"))].some(([key, { value }]) => {
    const other = nodeAt(b, "labelSelector", key);
    return other !== undefined && textOf(other) !== textOf(value);
  });
}
