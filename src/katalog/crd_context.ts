import type { Position } from "../base/finding.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { CrdTypes } from "./crd_types.ts";
import type { KnownType } from "./declared_type.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import type { NamespaceLists, Security } from "./model.ts";
import type { Report } from "./report.ts";
import { entryShapes } from "./schema_box.ts";

/** What the checks of one entry of `spec.crds` look at. Its shape may be wrong: that is reported elsewhere. */
export interface CrdContext {
  readonly name: string;
  readonly keyAt: Position;
  readonly entry: Node;
  /** `spec.crds.<name>`. */
  readonly path: string;
  /** `undefined` where the declaration of the type has errors. */
  readonly known?: KnownType | undefined;
  readonly children: readonly DeclaredChild[];
  readonly types: CrdTypes;
  /** Those of the entry and of the Katalog. */
  readonly namespaces: NamespaceLists;
  /** Of the Katalog. */
  readonly security: Security;
  /** Other boxes may observe its objects. */
  readonly crossAccess: boolean;
  readonly report: Report;
}

/** One item of a resource list. */
export interface DeclaredChild {
  readonly block: "onCreate" | "onReconcile" | "onDelete";
  readonly shorthand: string;
  readonly node: Node;
  readonly path: string;
  /** `undefined` for a `custom` entry that does not say. */
  readonly type?: ResourceType;
  /** Where name and namespace are: the entry itself, or its `metadata`. */
  readonly metadata: Node | undefined;
  readonly metadataPath: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** Made for each element of a list, or only when conditions hold. */
  readonly conditional: boolean;
}

const blocks = ["onCreate", "onReconcile", "onDelete"] as const;

/** The children that an entry of `spec.crds` declares. */
export function declaredChildren(entry: Node, path: string, types: CrdTypes): DeclaredChild[] {
  return blocks.flatMap((block) => {
    const blockNode = nodeAt(entry, "operatorBox", block);
    const blockPath = keyPath(path, "operatorBox", block);
    const isGated = hasGate(blockNode);
    const groups = block === "onDelete" ? itemsOf(childOf(blockNode, "groups")) : [];
    return [
      ...childrenOfBlock(block, blockNode, blockPath, isGated, types),
      ...groups.flatMap((group, index) =>
        childrenOfBlock(block, group, itemPath(keyPath(blockPath, "groups"), index), isGated || hasGate(group), types)
      ),
    ];
  });
}

function hasGate(node: Node | undefined): boolean {
  return childOf(node, "when") !== undefined || childOf(node, "or") !== undefined;
}

function childrenOfBlock(
  block: DeclaredChild["block"],
  blockNode: Node | undefined,
  blockPath: string,
  isGated: boolean,
  types: CrdTypes,
): DeclaredChild[] {
  return [...entriesOf(blockNode)].filter(([key]) => entryShapes.has(key)).flatMap(([shorthand, { value }]) =>
    itemsOf(value).map((node, index) => {
      const place = itemPath(keyPath(blockPath, shorthand), index);
      const custom = shorthand === "custom";
      const metadata = custom ? childOf(node, "metadata") : node;
      const type = types.ofEntry(shorthand, node);
      return {
        block,
        shorthand,
        node,
        path: place,
        ...(type === undefined ? {} : { type }),
        metadata,
        metadataPath: custom ? keyPath(place, "metadata") : place,
        name: textOf(childOf(metadata, "name"))?.trim(),
        namespace: textOf(childOf(metadata, "namespace"))?.trim(),
        conditional: isGated || ["when", "or", "forEach"].some((key) => childOf(node, key) !== undefined),
      };
    })
  );
}
