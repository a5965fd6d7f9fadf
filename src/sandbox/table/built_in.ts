import type { Column } from "./columns.ts";

/** The API server's own columns of a kind (kubernetes/pkg/printers/internalversion); `undefined` where it has none. */
export function builtInColumns(_storageKey: string): readonly Column[] | undefined {
  return undefined;
}
