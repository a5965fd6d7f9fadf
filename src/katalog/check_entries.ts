import type { JsonMap } from "../base/json.ts";
import type { RecordShape } from "../base/shape.ts";
import { shorthands, staticErrors } from "../resources/mod.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, type Node } from "./node.ts";
import { valueOf } from "./value.ts";

/** What only becomes clear when an entry is made an object: volumes that are not declared, probes without a port, … */
export function entriesMakeObjects({ children, report }: CrdContext): void {
  for (const { shorthand, node, path, block } of children) {
    const known = shorthands.get(shorthand);
    if (known === undefined || node.type !== "map") continue;
    // An entry of onDelete may only name its object.
    if (block === "onDelete" && !isWhole(node, known.shape)) continue;
    for (const error of staticErrors(known, valueOf(node, known.shape) as JsonMap)) {
      const place = error.path === "" ? path : `${path}.${error.path}`;
      report.error(nearestNode(node, error.path).at, place, error.message);
    }
  }
}

function isWhole(node: Node, { required = [], oneOfFields = [] }: RecordShape): boolean {
  const given = (key: string): boolean => childOf(node, key) !== undefined;
  return required.every(given) && oneOfFields.every((group) => group.some(given));
}

/** The node that a path such as `volumeMounts[1].name` leads to, or the last one on the way. */
function nearestNode(node: Node, path: string): Node {
  let at = node;
  for (const [, key, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const next: Node | undefined = key !== undefined
      ? at.type === "map" ? at.entries.get(key)?.value : undefined
      : at.type === "list"
      ? at.items[Number(index)]
      : undefined;
    if (next === undefined) break;
    at = next;
  }
  return at;
}
