import { compareText } from "../../base/finding.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type ObjectKey, objectKey } from "../../k8s/object.ts";
import { BoundedList } from "./bounded_list.ts";
import { type Definition, oldVersions } from "./definition.ts";
import { type LastWrite, lastWrite } from "./last_write.ts";
import { objectPages } from "./object_pages.ts";
import type { Patience } from "./patience.ts";
import { type CrdReport, maxFailures, type ObjectsReport } from "./report.ts";

/** Objects that are named in a report. */
const maxNamed = 20;

/**
 * What is stored of a CRD, as far as Kubernetes tells. Objects are listed only where some may be stored in an old
 * version. Throws as `objectPages` does.
 */
export async function checkCrd(api: ClusterApi, definition: Definition, patience: Patience): Promise<CrdReport> {
  const { name, type, storageVersion, storedVersions, obstacle } = definition;
  const base = { name, kind: type.kind, storageVersion, storedVersions };
  if (obstacle !== undefined) return { ...base, state: "blocked", reason: obstacle };
  if (oldVersions(definition).length === 0) return { ...base, state: "current" };
  return { ...base, state: "pending", objects: await countObjects(api, definition, patience) };
}

async function countObjects(api: ClusterApi, definition: Definition, patience: Patience): Promise<ObjectsReport> {
  const namespaces = new Map<string, number>();
  const hints = new BoundedList<{ readonly key: ObjectKey; readonly lastWrite: LastWrite }>(maxNamed);
  const unreadable = new BoundedList<{ readonly key: ObjectKey; readonly reason: string }>(maxFailures);
  let total = 0;
  for await (const page of objectPages(api, definition, patience)) {
    for (const object of page.objects) {
      total++;
      const { namespace = "" } = object.metadata;
      namespaces.set(namespace, (namespaces.get(namespace) ?? 0) + 1);
      const write = lastWrite(object);
      if (write === undefined || write.version === definition.storageVersion) continue;
      hints.add({ key: objectKey(object.metadata), lastWrite: write });
    }
    if (page.unreadable !== undefined) unreadable.add(page.unreadable);
    if (unreadable.count === maxFailures) break;
  }
  return {
    total: total + unreadable.count,
    // In cluster scope there is no namespace.
    namespaces: [...namespaces].filter(([namespace]) => namespace !== "")
      .map(([namespace, count]) => ({ namespace, count }))
      .sort((a, b) => b.count - a.count || compareText(a.namespace, b.namespace)),
    lastWrittenInOthers: { count: hints.count, objects: hints.items },
    unreadable: { count: unreadable.count, objects: unreadable.items },
  };
}
