import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, nodeAt, placeOf, textOf } from "./node.ts";

/** Each watch is another one, and each name of Events can be read in a template. */
export function watchesAreDistinct({ entry, path, report }: CrdContext): void {
  const at = keyPath(path, "operatorBox", "watch");
  const known = new Map<string, string>();
  itemsOf(nodeAt(entry, "operatorBox", "watch")).forEach((item, i) => {
    const parts = ["apiVersion", "kind", "namespace", "name"].map((key) => textOf(childOf(item, key)) ?? "");
    const keyFrom = childOf(item, "keyFrom");
    const route = ["label", "name", "namespace"].map((key) => textOf(childOf(keyFrom, key)) ?? "");
    const identity = JSON.stringify([parts, route]);
    const first = known.get(identity);
    if (first === undefined) return void known.set(identity, placeOf(item.at));
    report.error(item.at, itemPath(at, i), `The same is watched in ${first}`, "keep one of them");
  });
}

export function eventWatchesMatchSomething({ entry, path, report }: CrdContext): void {
  const at = keyPath(path, "operatorBox", "watchEvents");
  for (const [name, { keyAt, value }] of entriesOf(nodeAt(entry, "operatorBox", "watchEvents"))) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(name)) {
      const message = `Cannot read Events under the name "${name}"`;
      report.error(keyAt, keyPath(at, name), message, "letters and digits, a small letter first: podCrashed");
    }
    const fields = [...entriesOf(value)].filter(([key]) => !["on", "keyFrom", "enqueueGate"].includes(key));
    if (fields.length > 0) continue;
    report.error(keyAt, keyPath(at, name), "Every Event would match", "add a field, such as reason");
  }
}
