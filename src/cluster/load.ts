import { join } from "node:path";
import { type ClusterConfig, ConfigError } from "./config.ts";
import { inClusterConfig, isInCluster } from "./in_cluster.ts";
import { resolveContext } from "./kubeconfig.ts";
import { type Kubeconfig, mergeKubeconfigs, parseKubeconfigFile } from "./kubeconfig_file.ts";

export interface LoadOptions {
  /** Value of `--kubeconfig`: one file. */
  readonly kubeconfigFlag?: string | undefined;
  /** Value of `--context`. */
  readonly context?: string | undefined;
  readonly env: (name: string) => string | undefined;
  /** Throws `Deno.errors.NotFound` for a file that is not there. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Home folder where `.kube/config` may be used; binaries that must not read it leave it out. */
  readonly home?: string | undefined;
}

const listSeparator = Deno.build.os === "windows" ? ";" : ":";

/**
 * Finds the cluster: `--kubeconfig`, else the files of `KUBECONFIG` merged, else the service account of the Pod, else
 * `~/.kube/config`. Throws `ConfigError` that says what was looked for.
 */
export async function loadConfig(options: LoadOptions): Promise<ClusterConfig> {
  const { kubeconfigFlag, env, readTextFile } = options;
  if (kubeconfigFlag !== undefined && kubeconfigFlag !== "") {
    return await resolve(await readAll([kubeconfigFlag], "--kubeconfig", readTextFile), options);
  }
  const listed = (env("KUBECONFIG") ?? "").split(listSeparator).filter((path) => path !== "");
  if (listed.length > 0) return await resolve(await readAll(listed, "KUBECONFIG", readTextFile), options);
  if (isInCluster(env)) return await inClusterConfig(env, readTextFile);
  if (options.home !== undefined) {
    const standard = await readOptional(join(options.home, ".kube", "config"), readTextFile);
    if (standard !== undefined) return await resolve(standard, options);
  }
  const home = options.home === undefined ? "" : ", there is no ~/.kube/config";
  throw new ConfigError(`Cannot find a cluster: KUBECONFIG is not set${home} and this is not a Pod`, {
    source: "KUBECONFIG",
    hint: "pass --kubeconfig FILE or set KUBECONFIG",
  });
}

function resolve(kubeconfig: Kubeconfig, { context, readTextFile }: LoadOptions): Promise<ClusterConfig> {
  return resolveContext(kubeconfig, { readTextFile, ...(context === undefined ? {} : { context }) });
}

/** Reads what is there of the files; at least one must be. */
async function readAll(
  paths: readonly string[],
  source: string,
  readTextFile: (path: string) => Promise<string>,
): Promise<Kubeconfig> {
  const found: Kubeconfig[] = [];
  for (const path of paths) {
    const kubeconfig = await readOptional(path, readTextFile);
    if (kubeconfig !== undefined) found.push(kubeconfig);
  }
  if (found.length > 0) return mergeKubeconfigs(found);
  throw new ConfigError(`Cannot read ${paths.join(", ")} (${source}): no such file`, { source });
}

async function readOptional(
  path: string,
  readTextFile: (path: string) => Promise<string>,
): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new ConfigError(`Cannot read ${path}`, { source: path, cause });
  }
  return parseKubeconfigFile(text, path);
}
