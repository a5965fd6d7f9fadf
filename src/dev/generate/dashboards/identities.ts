import type { Subject } from "./subject.ts";

/** What names the dashboard of all operators of a Katalog, for ever. */
export function overviewIdentity({ katalog }: Pick<Subject, "katalog">): readonly string[] {
  return ["overview", katalog];
}

/** What names the dashboard of one operator, by its key. */
export function boxIdentity({ katalog }: Pick<Subject, "katalog">, key: string): readonly string[] {
  return ["box", katalog, key];
}
