import type { KubeObject, ObjectKey } from "../../k8s/object.ts";
import type { Json } from "../../base/json.ts";
import { equalJson, isMap } from "../../base/json.ts";

/** What a pass wrote. */
interface WrittenObjects {
  readonly objects: ReadonlyMap<string, KubeObject>;
  readonly statusPaths: readonly string[];
}

/** What the report of such an object says first. */
export const neverAtRest = "never comes to rest";
/** Paths that are reported. */
const maxPaths = 3;
/** Objects whose last writes are kept for comparison. */
const maxObjects = 100;

/** Compares the writes of consecutive passes of an object that never comes to rest, to name the changing paths. */
export class Restlessness {
  readonly #last = new Map<ObjectKey, WrittenObjects>();

  /** The paths in which this pass's writes differ from those of the pass before, the first three. */
  compare(key: ObjectKey, written: WrittenObjects): string[] {
    const last = this.#last.get(key);
    if (last !== undefined || this.#last.size < maxObjects) this.#last.set(key, written);
    const paths = written.statusPaths.filter((path) =>
      !path.startsWith("status.conditions") && path !== "status.observedGeneration"
    );
    for (const [id, object] of written.objects) {
      const before = last?.objects.get(id);
      if (before === undefined) continue;
      for (const path of differences(before as unknown as Json, object as unknown as Json, "")) {
        if (!path.startsWith('metadata.annotations["orkestra')) {
          paths.push(`${object.kind} ${object.metadata.name}: ${path}`);
        }
      }
    }
    return paths.slice(0, maxPaths);
  }

  forget(key: ObjectKey): void {
    this.#last.delete(key);
  }
}

function differences(before: Json | undefined, after: Json | undefined, path: string, depth = 0): string[] {
  if (equalJson(before, after)) return [];
  if (depth > 50 || !isMap(before) || !isMap(after)) return [path];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const below = /^[A-Za-z0-9_-]+$/.test(key) ? `${path === "" ? "" : `${path}.`}${key}` : `${path}["${key}"]`;
    return differences(before[key], after[key], below, depth + 1);
  });
}
