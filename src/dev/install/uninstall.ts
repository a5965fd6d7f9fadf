import { isCallError } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { defaultInstallation, installedName, katalogConfigMap } from "../../k8s/installation.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { loadKatalog } from "../../katalog/mod.ts";
import { derivePlan, type Plan } from "../../plan/mod.ts";
import type { Terminal } from "../terminal.ts";
import { type ClusterOptions, installManager, type InstallPorts } from "./install.ts";
import {
  find,
  findConverted,
  findInstalled,
  findMade,
  findWebhooks,
  listAll,
  nameOfObject,
  remove,
  typeOfObject,
  untilGone,
} from "./objects.ts";

export interface UninstallOptions extends ClusterOptions {
  readonly namespace: string;
}

const definitionType = builtInType("CustomResourceDefinition")!;
const workloadKinds = ["Deployment", "PodDisruptionBudget", "Service", "NetworkPolicy"];
/** Bindings before what they bind; what processes make for themselves when nobody may make it any more. */
const lastKinds = [
  ...["ConfigMap", "FlowSchema", "PriorityLevelConfiguration"],
  ...["RoleBinding", "ClusterRoleBinding", "Role", "ClusterRole", "ServiceAccount", "Lease", "Secret"],
];

/** What there is to be removed, by step. */
interface Found {
  /** Lets the Gateway register webhooks: without subjects they stay away. Protection refuses to delete it until then. */
  readonly registration: readonly KubeObject[];
  readonly webhooks: readonly KubeObject[];
  readonly converted: readonly KubeObject[];
  readonly definitions: readonly KubeObject[];
  readonly workloads: readonly KubeObject[];
  readonly rest: readonly KubeObject[];
}

/**
 * `ork uninstall`: removes an installation, whatever Katalog it was for and by whatever tool it was made. Webhooks go
 * first, while the Gateway still serves them, then what runs, then permissions. Namespace, CRDs and CRs stay; `withCrds`
 * deletes the CRDs of the installed Katalog while the Runtime is there, whose finalizers CRs may have. May be interrupted
 * and repeated. Without `yes` it prints what would be done, with exit code 1.
 */
export async function uninstall(options: UninstallOptions, terminal: Terminal, ports: InstallPorts): Promise<number> {
  const cluster = await ports.findCluster(options);
  if (cluster === undefined) return 1;
  const api = ports.connect(cluster, { fieldManager: installManager });
  try {
    return await carryOut(options, terminal, api, ports);
  } catch (error) {
    if (!isCallError(error)) throw error;
    terminal.err(`ork uninstall: ${error.message}`);
    return 1;
  } finally {
    api.close();
  }
}

async function carryOut(
  { namespace, withCrds, yes, timeoutMs }: UninstallOptions,
  terminal: Terminal,
  api: ClusterApi,
  { clock }: InstallPorts,
): Promise<number> {
  const plan = await installedPlan(api, namespace);
  if (withCrds && plan === undefined) {
    terminal.err(
      `ork uninstall: there is no ConfigMap ${katalogConfigMap.name} with a Katalog in ${namespace} that says which CRDs ` +
        "to delete: leave --with-crds away",
    );
    return 1;
  }
  const found = await findAll(api, namespace, withCrds ? plan : undefined);
  const deleted = [...found.webhooks, ...found.definitions, ...found.workloads, ...found.rest];
  if (deleted.length === 0 && found.converted.length === 0) {
    terminal.out(`Nothing is installed in ${namespace}`);
    return 0;
  }
  for (const object of found.converted) terminal.out(`change  ${nameOfObject(object)}: conversion None`);
  for (const object of deleted) terminal.out(`delete  ${nameOfObject(object)}`);
  if (plan !== undefined) await warnOfObjects(plan, withCrds, terminal, api);
  if (!yes) {
    terminal.err("Nothing was changed: add --yes to do this");
    return 1;
  }
  const late = (objects: readonly KubeObject[], why: string): number => {
    terminal.err(
      `ork uninstall: ${objects.map(nameOfObject).join(", ")}: not gone within ${timeoutMs / 1000} s; ${why}`,
    );
    return 1;
  };
  for (const object of found.registration) await revoke(api, object);
  await unregister(api, found.webhooks, found.converted);
  for (const object of found.definitions) await remove(api, object);
  const definitionsLeft = await untilGone(api, clock, found.definitions, timeoutMs);
  if (definitionsLeft.length > 0) {
    return late(
      definitionsLeft,
      "CRs may wait for a finalizer; what runs was left, since it removes them: repeat the command",
    );
  }
  for (const object of found.workloads) await remove(api, object, "Foreground");
  const workloadsLeft = await untilGone(api, clock, found.workloads, timeoutMs);
  if (workloadsLeft.length > 0) return late(workloadsLeft, "permissions were left: repeat the command");
  // What a Gateway wrote that did not know yet what it may no longer do.
  await unregister(api, await findWebhooks(api, namespace), await findConverted(api, namespace));
  // Those that were made since.
  for (const object of sorted([...found.rest, ...await findMade(api, namespace)])) await remove(api, object);
  terminal.out(`Uninstalled from ${namespace}; the namespace is left${withCrds ? "" : ", and so are CRDs and CRs"}`);
  return 0;
}

async function findAll(api: ClusterApi, namespace: string, deleted: Plan | undefined): Promise<Found> {
  const installed = await findInstalled(api, namespace);
  const registration = installed.filter(({ kind, metadata }) =>
    kind === "ClusterRoleBinding" && metadata.name === installedName(defaultInstallation.gatewayAccount, namespace)
  );
  const definitions: KubeObject[] = [];
  for (const name of deleted === undefined ? [] : definitionNames(deleted)) {
    const object = await find(api, definitionType, { name });
    if (object !== undefined) definitions.push(object);
  }
  return {
    registration,
    webhooks: await findWebhooks(api, namespace),
    // Those that are deleted as well: until they are gone their objects are read.
    converted: await findConverted(api, namespace),
    definitions,
    workloads: installed.filter(({ kind }) => workloadKinds.includes(kind)),
    rest: sorted([
      ...installed.filter((object) => !workloadKinds.includes(object.kind)),
      ...await findMade(api, namespace),
    ]),
  };
}

/** A binding without subjects; the same field manager gives them back in a later installation. */
async function revoke(api: ClusterApi, { apiVersion, kind, metadata, roleRef }: KubeObject): Promise<void> {
  const { name, labels = {} } = metadata; // the labels are how it is found again
  const object: KubeObject = { apiVersion, kind, metadata: { name, labels }, roleRef, subjects: [] };
  await api.apply(typeOfObject(object), object, { force: true });
}

/** With the Gateway gone, an API server could call it no more: objects in other versions could not even be deleted. */
async function unregister(
  api: ClusterApi,
  webhooks: readonly KubeObject[],
  converted: readonly KubeObject[],
): Promise<void> {
  for (const object of webhooks) await remove(api, object);
  for (const { metadata: { name } } of converted) {
    await api.mergePatch(definitionType, { name }, { spec: { conversion: { strategy: "None", webhook: null } } });
  }
}

/** The Plan of the Katalog that is installed; `undefined` where there is none that this version can load. */
async function installedPlan(api: ClusterApi, namespace: string): Promise<Plan | undefined> {
  const map = await find(api, builtInType("ConfigMap")!, { name: katalogConfigMap.name, namespace });
  const text: unknown = map?.["data"]?.[katalogConfigMap.key];
  if (typeof text !== "string") return undefined;
  const bytes = new TextEncoder().encode(text);
  const { katalog } = loadKatalog([{ path: katalogConfigMap.key, bytes }], () => undefined);
  return katalog === undefined ? undefined : derivePlan(katalog);
}

function definitionNames({ boxes }: Plan): string[] {
  const custom = boxes.filter(({ type }) => builtInType(type.kind, type.group) === undefined);
  return [...new Set(custom.map(({ type }) => `${type.plural}.${type.group}`))].sort();
}

/** CRs that are deleted, or that nobody can delete any more. */
async function warnOfObjects(plan: Plan, withCrds: boolean, terminal: Terminal, api: ClusterApi): Promise<void> {
  const types = new Map(plan.boxes.map(({ type }) => [`${type.plural}.${type.group}`, type]));
  for (const [name, type] of types) {
    if (await find(api, definitionType, { name }) === undefined) continue;
    const objects = await listAll(api, type);
    const held = objects.filter(({ metadata: { finalizers = [] } }) =>
      finalizers.some((each) => each.endsWith(".orkestra.orkspace.io/cleanup"))
    );
    if (withCrds && objects.length > 0) {
      terminal.err(`warning: with the CRD ${name} all ${type.kind} are deleted, ${objects.length} at present`);
    } else if (held.length > 0) {
      terminal.err(
        `warning: ${held.length} ${type.kind} have a finalizer that the Runtime alone removes: deleted later, they stay ` +
          "until it is installed again; delete them first if that is not wanted",
      );
    }
  }
}

function sorted(objects: readonly KubeObject[]): KubeObject[] {
  const unique = new Map(objects.map((object) => [nameOfObject(object), object]));
  return [...unique.values()].sort((a, b) => lastKinds.indexOf(a.kind) - lastKinds.indexOf(b.kind));
}
