import { equalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { keyPath } from "../../base/key_path.ts";
import { redacted } from "../../base/redact.ts";

/** One place in which two values differ. */
export interface ValueChange {
  /** `spec.template.spec.containers[0].image`; "" is the root. */
  readonly path: string;
  /** Absent: there was none. */
  readonly before?: Json;
  /** Absent: there is none any more. */
  readonly after?: Json;
  /** It may be a secret: `before` and `after` say nothing. */
  readonly isHidden?: true;
}

/** A value, and what may be shown of it: the same value with `redacted` in some places. */
export interface Shown {
  readonly value: Json | undefined;
  readonly shown: Json | undefined;
}

/** Where two values differ, as deep as can be; in the order of the first one's keys. */
export function diffValues(before: Json | undefined, after: Json | undefined): ValueChange[] {
  return diffShown({ value: before, shown: before }, { value: after, shown: after });
}

/** The same where not everything may be shown. */
export function diffShown(before: Shown, after: Shown, path = ""): ValueChange[] {
  const [a, b] = [before.value, after.value];
  if (equalJson(a, b)) return [];
  if (before.shown === redacted || after.shown === redacted) return [{ path, isHidden: true }];
  if (isMap(a) && isMap(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => diffShown(below(before, key), below(after, key), keyPath(path, key)));
  }
  if (Array.isArray(a) && Array.isArray(b)) return diffLists(before, after, path);
  return [{
    path,
    ...before.shown === undefined ? {} : { before: before.shown },
    ...after.shown === undefined ? {} : { after: after.shown },
  }];
}

function below({ value, shown }: Shown, key: string): Shown {
  return { value: ownValue(value as JsonMap, key), shown: isMap(shown) ? ownValue(shown, key) : undefined };
}

/**
 * Items that both lists begin and end with are the same ones; those between are compared one by one, and what one list
 * has more of was added or removed.
 */
function diffLists(before: Shown, after: Shown, path: string): ValueChange[] {
  const [a, b] = [before.value as Json[], after.value as Json[]];
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && equalJson(a[head], b[head])) head++;
  let tail = 0;
  while (tail < shorter - head && equalJson(a[a.length - 1 - tail], b[b.length - 1 - tail])) tail++;
  const changes: ValueChange[] = [];
  for (let i = head; i < Math.max(a.length, b.length) - tail; i++) {
    changes.push(...diffShown(
      i < a.length - tail ? item(before, i) : { value: undefined, shown: undefined },
      i < b.length - tail ? item(after, i) : { value: undefined, shown: undefined },
      `${path}[${i}]`,
    ));
  }
  return changes;
}

function item({ value, shown }: Shown, index: number): Shown {
  return { value: (value as Json[])[index], shown: Array.isArray(shown) ? shown[index] : undefined };
}
