import { bundleObjects } from "../../bundle/mod.ts";
import { isCallError } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { Plan } from "../../plan/mod.ts";
import { readinessOf } from "../../readiness/mod.ts";
import { applyFailure, applyObjects } from "../apply_files.ts";
import { definitionsOf } from "../generate/crd.ts";
import type { InstallOptions } from "../generate/generate_options.ts";
import { missingImages, withInstallation } from "../generate/installation.ts";
import type { RunPorts } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { waitUntil } from "../wait_until.ts";
import { find, findInstalled, nameOfObject, remove, typeOfObject } from "./objects.ts";

/** What distinguishes writes of `ork install` from those of everything else. */
export const installManager = "ork-install";

export type InstallPorts = Pick<RunPorts, "clock" | "files" | "findCluster" | "connect">;

/** What both commands take. */
export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Without it only what would be done is printed. */
  readonly yes: boolean;
  /** The CRDs that the Katalog names too. */
  readonly withCrds: boolean;
  /** How long to wait, in milliseconds. */
  readonly timeoutMs: number;
}

export interface InstallCommandOptions extends InstallOptions, ClusterOptions {
  /** Takes fields over that others have applied. */
  readonly forceConflicts: boolean;
}

/** How often Deployments are looked at. */
const pollMs = 500;

/**
 * `ork install`: applies the bundle of a Katalog, with what runs it, waits until that is available, and deletes what a
 * former Katalog needed. Prints first what that is; without `yes` that is all, with exit code 1. Exit code 1 also as of
 * `withInstallation`, for what the API server refuses, and for what is not available in time. Throws `UsageError` where no
 * image is named.
 */
export function install(options: InstallCommandOptions, terminal: Terminal, ports: InstallPorts): Promise<number> {
  return withInstallation(options, terminal, ports.files, async (installation) => {
    const definitions = options.withCrds ? definitionsOf(installation.katalog, ports.files, terminal) : [];
    if (definitions === undefined) return 1;
    const { installed, workloads, text } = installation;
    const bundle = bundleObjects(installed, text(), workloads).map(({ object }) => object);
    const missing = missingImages(JSON.stringify(bundle));
    if (missing.length > 0) throw new UsageError(`Name the images that are run, with ${missing.join(" and ")}`);
    const objects = [...definitions, ...bundle] as unknown as KubeObject[];
    const cluster = await ports.findCluster(options);
    if (cluster === undefined) return 1;
    const api = ports.connect(cluster, { fieldManager: installManager });
    try {
      return await carryOut(objects, installed.plan, options, terminal, api, ports);
    } catch (error) {
      const reason = applyFailure(error) ?? (isCallError(error) ? error.message : undefined);
      if (reason === undefined) throw error;
      terminal.err(`ork install: ${reason}`);
      return 1;
    } finally {
      api.close();
    }
  });
}

async function carryOut(
  objects: readonly KubeObject[],
  plan: Plan,
  { namespace, yes, timeoutMs, forceConflicts }: InstallCommandOptions,
  terminal: Terminal,
  api: ClusterApi,
  { clock }: InstallPorts,
): Promise<number> {
  const applied = new Set(objects.map(nameOfObject));
  const leftOver = (await findInstalled(api, namespace)).filter((object) => !applied.has(nameOfObject(object)));
  for (const object of objects) {
    const there = await find(api, typeOfObject(object), object.metadata);
    terminal.out(`${there === undefined ? "create" : "apply "}  ${nameOfObject(object)}`);
  }
  for (const object of leftOver) terminal.out(`delete  ${nameOfObject(object)}`);
  await warnOfDefinitions(plan, applied, terminal, api);
  if (!yes) {
    terminal.err("Nothing was changed: add --yes to do this");
    return 1;
  }
  await applyObjects(api, clock, objects, () => {}, forceConflicts);
  const waiting = await untilAvailable(objects.filter(({ kind }) => kind === "Deployment"), timeoutMs, api, clock);
  if (waiting.length > 0) {
    for (const text of waiting) terminal.err(`ork install: ${text}`);
    terminal.err(
      `Everything is applied, and not available within ${timeoutMs / 1000} s; what is to be deleted was left: repeat ` +
        "the command when it is",
    );
    return 1;
  }
  // What ran before needed it until now.
  for (const object of leftOver) await remove(api, object);
  terminal.out(`Installed in ${namespace}`);
  return 0;
}

/** Without its CRD an operator waits. */
async function warnOfDefinitions(
  { boxes }: Plan,
  applied: ReadonlySet<string>,
  terminal: Terminal,
  api: ClusterApi,
): Promise<void> {
  const type = builtInType("CustomResourceDefinition")!;
  const names = boxes.filter((box) => builtInType(box.type.kind, box.type.group) === undefined)
    .map((box) => `${box.type.plural}.${box.type.group}`);
  for (const name of new Set(names)) {
    if (applied.has(`${type.kind} ${name}`) || await find(api, type, { name }) !== undefined) continue;
    terminal.err(`warning: there is no CRD ${name}, so its operator waits for it: apply it, or add --with-crds`);
  }
}

/** Returns what each Deployment waits for that is not available in time. */
async function untilAvailable(
  deployments: readonly KubeObject[],
  timeoutMs: number,
  api: ClusterApi,
  clock: InstallPorts["clock"],
): Promise<string[]> {
  let waiting: string[] = [];
  await waitUntil(clock, timeoutMs, async () => {
    waiting = [];
    for (const object of deployments) {
      const now = await find(api, typeOfObject(object), object.metadata);
      const { state, message } = now === undefined ? { state: "absent", message: "it is gone" } : readinessOf(now);
      if (state !== "ready") waiting.push(`${nameOfObject(object)}: ${message}`);
    }
    return waiting.length === 0 || undefined;
  }, pollMs);
  return waiting;
}
