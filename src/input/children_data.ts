import { compareText } from "../base/finding.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { setOwn } from "../base/json.ts";
import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";

/** A child as far as templates see it. */
export interface NamedChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  /** The parts of the object that the Katalog reads. */
  readonly view: KubeObject;
}

/** Short names that templates may use beside the kind (ruling 51). */
const shortNames: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: "hpa",
  PersistentVolumeClaim: "pvc",
  PersistentVolume: "pv",
  PodDisruptionBudget: "pdb",
};

/**
 * The value of `.children`: `<kind>` is the only one or the newest of its kind, `<kinds>` a map by name; keys in lower
 * and in camel case (rulings 6, 51). Of several of one name, in namespaces of their own, all but the oldest stand under
 * `<namespace>/<name>`. `custom` is a map by name of the children made by `custom` entries.
 */
export function childrenData(children: readonly NamedChild[], customKinds: ReadonlySet<string>): JsonMap {
  const data: JsonMap = {};
  const byKind = new Map<string, NamedChild[]>();
  for (const child of children) {
    const sameKind = byKind.get(child.type.kind);
    if (sameKind === undefined) byKind.set(child.type.kind, [child]);
    else sameKind.push(child);
  }
  const custom: JsonMap = {};
  for (const [kind, found] of byKind) {
    found.sort((a, b) => compareText(created(b), created(a)) || compareText(a.key, b.key));
    const all: JsonMap = {};
    // The oldest of a name first: it has the name for its key.
    for (const child of found.toReversed()) {
      const { name } = child.view.metadata;
      const isFirst = !Object.hasOwn(all, name);
      setOwn(all, isFirst ? name : child.key, child.view as unknown as Json);
      if (isFirst && customKinds.has(kind)) setOwn(custom, name, child.view as unknown as Json);
    }
    const newest = found[0]!.view as unknown as Json;
    const { plural } = found[0]!.type;
    for (const key of spellings(kind)) setOwn(data, key, newest);
    for (const key of [plural, `${camelCase(kind)}${plural.slice(kind.length)}`]) {
      if (!Object.hasOwn(data, key)) setOwn(data, key, all);
    }
  }
  if (Object.keys(custom).length > 0) {
    data["custom"] = custom;
    data["customs"] = custom; // an older spelling (ruling 71)
  }
  return data;
}

/** The keys of one kind: `cronJob`, `cronjob` and the short name. */
export function spellings(kind: string): string[] {
  const short = shortNames[kind];
  return [...new Set([camelCase(kind), kind.toLowerCase(), ...(short === undefined ? [] : [short])])];
}

function camelCase(kind: string): string {
  return kind.slice(0, 1).toLowerCase() + kind.slice(1);
}

function created(child: NamedChild): string {
  return child.view.metadata.creationTimestamp ?? "";
}
