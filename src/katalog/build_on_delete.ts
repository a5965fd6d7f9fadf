import { parseDuration } from "../base/duration.ts";
import type { ResourceType } from "../k8s/object.ts";
import { buildBlock } from "./build_box.ts";
import { buildGate } from "./build_conditions.ts";
import { defaults } from "./defaults.ts";
import type { DeletionBlock, DeletionGroup } from "./model.ts";
import { childOf, itemPath, itemsOf, type Node, placeOf, textOf } from "./node.ts";

/**
 * `operatorBox.onDelete`; `undefined` where it declares no entry. The defaults that `operatorBox` declares for its
 * children do not apply: a Job of `onDelete` goes with its CR, and what an entry names is deleted.
 */
export function buildOnDelete(
  node: Node | undefined,
  typeOf: (shorthand: string, entry: Node) => ResourceType | undefined,
): DeletionBlock | undefined {
  if (node === undefined) return undefined;
  const nodes = itemsOf(childOf(node, "groups"));
  const groups = nodes.length === 0
    ? [buildGroup("onDelete", node, typeOf, {})]
    : nodes.map((group, index) => buildGroup(itemPath("onDelete.groups", index), group, typeOf, buildGate(group)));
  if (groups.every(({ entries }) => entries.length === 0)) return undefined;
  const ordered = childOf(node, "ordered");
  const timeout = textOf(childOf(node, "timeout"));
  return {
    ...buildGate(node),
    ordered: ordered?.type === "scalar" && ordered.value === true,
    timeoutMs: (timeout === undefined ? undefined : parseDuration(timeout)) ?? defaults.deletionTimeoutMs,
    groups,
    at: placeOf(node.at),
  };
}

/** The gate of the flat lists is that of the block. */
function buildGroup(
  id: string,
  node: Node,
  typeOf: (shorthand: string, entry: Node) => ResourceType | undefined,
  gate: Pick<DeletionGroup, "when" | "or">,
): DeletionGroup {
  const { entries } = buildBlock(node, { force: true, adopt: false, deletionPolicy: "Delete" }, typeOf);
  const name = id === "onDelete" ? undefined : textOf(childOf(node, "name"));
  return {
    id,
    name,
    ...gate,
    entries: entries.map((entry) => ({ ...entry, force: true, adopt: false, deletionPolicy: "Delete" })),
  };
}
