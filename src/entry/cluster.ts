import { loadConfig, type LoadOptions } from "../cluster/load.ts";
import { type ClusterConfig, ConfigError } from "../cluster/mod.ts";
import type { Output } from "./command_line.ts";

/** Finds the cluster; `undefined` when there is none, with the reason printed. */
export async function clusterOf(options: LoadOptions, output: Output): Promise<ClusterConfig | undefined> {
  try {
    return await loadConfig(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    output.err(`${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
    return undefined;
  }
}
