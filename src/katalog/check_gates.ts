import { nearest } from "../base/suggest.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, itemPath, itemsOf, keyPath, nodeAt, textOf } from "./node.ts";

/** A gate asks for what the list beside it declares. */
export function gatesAskForDeclaredSentinels({ entry, path, report }: CrdContext): void {
  const gates = nodeAt(entry, "operatorBox", "preReconcile");
  const declared = itemsOf(childOf(gates, "sentinels")).map(textOf).filter((name) => name !== undefined);
  for (const gate of ["enqueueGate", "reconcileGate"]) {
    const at = keyPath(path, "operatorBox", "preReconcile", gate, "sentinels");
    itemsOf(nodeAt(gates, gate, "sentinels")).forEach((item, i) => {
      const name = textOf(item);
      if (name === undefined || declared.includes(name)) return;
      const near = nearest(name, declared);
      const hint = near === undefined ? "add it to preReconcile.sentinels" : `did you mean ${near}?`;
      report.error(item.at, itemPath(at, i), `The sentinel "${name}" is not declared`, hint);
    });
  }
}
