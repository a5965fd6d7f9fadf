import { configColumns } from "./columns_config.ts";
import { networkColumns } from "./columns_network.ts";
import { workloadColumns } from "./columns_workloads.ts";
import type { Column } from "./values.ts";

const all: Readonly<Record<string, readonly Column[]>> = { ...workloadColumns, ...networkColumns, ...configColumns };

/** The API server's own columns of a kind (kubernetes/pkg/printers/internalversion); `undefined` where it has none. */
export function builtInColumns(storageKey: string): readonly Column[] | undefined {
  return all[storageKey];
}
