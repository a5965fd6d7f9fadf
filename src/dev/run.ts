import type { Clock } from "../base/clock.ts";
import { equalJson, type Json } from "../base/json.ts";
import type { ClusterConfig } from "../cluster/mod.ts";
import { NetworkError } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { KubeObject } from "../k8s/object.ts";
import { type FileReader, RecordingReader } from "../files/mod.ts";
import type { Katalog } from "../katalog/mod.ts";
import {
  katalogDocuments,
  type KatalogSource,
  katalogSource,
  type LoadedKatalog,
  type RunSettings,
  whyNotOperated,
} from "../runtime/mod.ts";
import { applyFailure, applyObjects, comesFirst, isCrd, readObjects } from "./apply_files.ts";
import { loadPlan } from "./load_plan.ts";
import { printFindings } from "./print_findings.ts";
import { type GatewayPorts, SandboxGateway } from "./sandbox_gateway.ts";
import { paint, type Terminal } from "./terminal.ts";

export interface RunOptions {
  readonly files: readonly string[];
  /** On a private sandbox instead of a cluster. */
  readonly sandbox: boolean;
  /** Manifests that are applied before the operators start. */
  readonly apply: readonly string[];
  readonly settings: RunSettings;
}

/** A sandbox that listens, and the kubeconfig file that leads to it. */
export interface OpenSandbox {
  readonly cluster: ClusterConfig;
  readonly kubeconfigPath: string;
  stop(): Promise<void>;
}

export interface RunPorts extends GatewayPorts {
  readonly clock: Clock;
  readonly files: FileReader;
  /** The cluster that the settings name; `undefined` when there is none, the reason reported. */
  readonly findCluster: (settings: Pick<RunSettings, "kubeconfig" | "context">) => Promise<ClusterConfig | undefined>;
  /** Writes the kubeconfig to the path, or to a new file in a temporary folder. */
  readonly openSandbox: (options: { port?: number; kubeconfigPath?: string }) => Promise<OpenSandbox>;
  /** The field manager is `ork` when left out. */
  readonly connect: (
    cluster: ClusterConfig,
    options?: { readonly fieldManager?: string },
  ) => ClusterApi & { close(): void };
  /**
   * Runs the operators until `until` resolves. Returns the exit code. `replaced` is called when another Katalog takes
   * the place of the running one, between the two.
   */
  readonly operate: (
    loaded: LoadedKatalog,
    cluster: ClusterConfig,
    until: Promise<string>,
    settings: RunSettings,
    source: KatalogSource | undefined,
    replaced?: (loaded: LoadedKatalog) => Promise<void>,
  ) => Promise<number>;
  /** Resolves with the name of the signal that stops the process. */
  readonly until: () => Promise<string>;
}

/** `ork run`: the operators of a Katalog, on a cluster or on a sandbox of their own. */
export async function run(options: RunOptions, terminal: Terminal, ports: RunPorts): Promise<number> {
  const reader = new RecordingReader(ports.files);
  const { findings, katalog, plan, documents: written = [] } = await loadPlan(options.files, reader);
  printFindings(findings, terminal, terminal.err);
  if (katalog === undefined || plan === undefined) return 1;
  // A sandbox has a Gateway too.
  const why = options.sandbox ? undefined : whyNotOperated(plan);
  if (why !== undefined) {
    terminal.err(`ork: ${why}`);
    return 1;
  }
  const objects = await readObjects(filesToApply(options, katalog), terminal, ports.files);
  if (objects === undefined) return 1;
  // From here on something may have to be tidied up, so a signal ends the run in order.
  const until = ports.until();
  const { settings } = options;
  let renewCrds: ((files: readonly string[]) => Promise<void>) | undefined;
  const loaded: LoadedKatalog = { plan, documents: katalogDocuments(katalog, written) };
  const source = katalogSource({
    named: options.files,
    reader,
    mode: settings.reload === false ? "report" : "replace",
    withGateway: options.sandbox,
    newReader: () => ports.files,
    load: async (files) => {
      const { katalog: next, ...again } = await loadAgain(options.files, files);
      if (next !== undefined) await renewCrds?.(crdFilesOf(next));
      return again;
    },
  });
  if (!options.sandbox) {
    const cluster = await ports.findCluster(options.settings);
    if (cluster === undefined) return 1;
    return await applyAndOperate({ loaded, source, cluster, objects, until, settings }, terminal, ports);
  }
  const sandbox = await ports.openSandbox({});
  try {
    terminal.err(paint(terminal, "grey", `Look at it with:  export KUBECONFIG=${sandbox.kubeconfigPath}`));
    const work = { loaded, source, cluster: sandbox.cluster, objects, until, settings };
    renewCrds = crdRenewal(objects.filter(isCrd), sandbox.cluster, terminal, ports);
    return await operateWithGateway(work, terminal, ports);
  } finally {
    await sandbox.stop();
  }
}

/** A sandbox is empty, so it gets what the Katalog names; a cluster gets only what was given with `--apply`. */
function filesToApply({ sandbox, apply }: RunOptions, katalog: Katalog): string[] {
  const named = sandbox
    ? [
      ...katalog.crds.flatMap((crd) => crd.setup),
      ...crdFilesOf(katalog),
      ...katalog.crds.flatMap((crd) => crd.crFiles),
    ]
    : [];
  return [...new Set([...named, ...apply])];
}

function crdFilesOf({ crds }: Katalog): string[] {
  return [...new Set(crds.map(({ crdFile }) => crdFile).filter((path) => path !== undefined))];
}

async function loadAgain(named: readonly string[], files: FileReader) {
  const { findings, katalog, plan, documents = [] } = await loadPlan(named, files);
  if (katalog === undefined || plan === undefined) return { findings };
  return { findings, katalog, loaded: { plan, documents: katalogDocuments(katalog, documents) } };
}

interface Work {
  readonly loaded: LoadedKatalog;
  readonly source: KatalogSource | undefined;
  readonly cluster: ClusterConfig;
  readonly objects: readonly KubeObject[];
  readonly until: Promise<string>;
  readonly settings: RunSettings;
}

async function applyAndOperate(work: Work, terminal: Terminal, ports: RunPorts): Promise<number> {
  const { loaded, source, cluster, objects, until, settings } = work;
  if (!await apply(objects, cluster, terminal, ports)) return 1;
  return await ports.operate(loaded, cluster, until, settings, source);
}

/**
 * Applies the CRDs of a Katalog that was read again, where they differ from those that were applied last. One that is
 * not accepted has been reported, and the operators run on. CRs stay what users have made of them.
 */
function crdRenewal(
  applied: readonly KubeObject[],
  cluster: ClusterConfig,
  terminal: Terminal,
  ports: RunPorts,
): (files: readonly string[]) => Promise<void> {
  let last = applied;
  return async (files) => {
    const next = (await readObjects(files, terminal, ports.files) ?? []).filter(isCrd);
    const changed = next.filter((crd) => !last.some((before) => equalJson(before as Json, crd as Json)));
    last = next;
    await apply(changed, cluster, terminal, ports);
  };
}

/** The same with the Gateway, which comes before the CRs, so that they are reviewed, and after their CRDs. */
async function operateWithGateway(work: Work, terminal: Terminal, ports: RunPorts): Promise<number> {
  const { loaded, source, cluster, objects, until, settings } = work;
  const gateway = new SandboxGateway(cluster, settings, terminal, ports);
  try {
    const [first, rest] = [objects.filter(comesFirst), objects.filter((object) => !comesFirst(object))];
    if (!await apply(first, cluster, terminal, ports)) return 1;
    if (!await gateway.serve(loaded.plan)) return 1;
    if (!await apply(rest, cluster, terminal, ports)) return 1;
    // A Gateway that cannot be replaced has said so; the operators run without it, as in a cluster.
    const replaced = async ({ plan }: LoadedKatalog) => void await gateway.serve(plan);
    return await ports.operate(loaded, cluster, until, settings, source, replaced);
  } finally {
    await gateway.stop();
  }
}

/** Returns false, with the reason printed, where an object is not accepted. */
async function apply(
  objects: readonly KubeObject[],
  cluster: ClusterConfig,
  terminal: Terminal,
  ports: RunPorts,
): Promise<boolean> {
  if (objects.length === 0) return true;
  const api = ports.connect(cluster);
  try {
    await applyObjects(api, ports.clock, objects, (text) => terminal.err(text));
    return true;
  } catch (error) {
    const failure = applyFailure(error) ?? (error instanceof NetworkError ? error.message : undefined);
    if (failure === undefined) throw error;
    terminal.err(failure);
    return false;
  } finally {
    api.close();
  }
}
