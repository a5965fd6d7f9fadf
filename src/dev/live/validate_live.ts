import type { JsonMap } from "../../base/json.ts";
import { accountGrants, type LeaseScope, type PermissionLine } from "../../bundle/mod.ts";
import { type ClusterConfig, isCallError } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { FileReader } from "../../files/mod.ts";
import { apiVersionOf } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { RunSettings } from "../../runtime/mod.ts";
import { loadPlan } from "../load_plan.ts";
import { printFindings } from "../print_findings.ts";
import { paint, type Terminal } from "../terminal.ts";
import { compareGrants, type LiveGrants } from "./live_grants.ts";

export interface LiveOptions {
  readonly files: readonly string[];
  /** Of the installation. */
  readonly namespace: string;
  readonly leases: LeaseScope;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly output: "text" | "json";
}

export interface LivePorts {
  readonly files: FileReader;
  readonly findCluster: (settings: Pick<RunSettings, "kubeconfig" | "context">) => Promise<ClusterConfig | undefined>;
  readonly connect: (cluster: ClusterConfig) => ClusterApi & { close(): void };
}

const kinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
/** Pages of 500 objects of a kind: more than a cluster can be looked after with. */
const maxPages = 200;

/**
 * `ork validate --live`: compares what the ServiceAccounts of an installation need with what the roles and bindings of a
 * cluster grant them. Exit code 1 where the two differ. It reads RBAC objects, and nothing else.
 */
export async function validateLive(options: LiveOptions, terminal: Terminal, ports: LivePorts): Promise<number> {
  const { findings, plan } = await loadPlan(options.files, ports.files);
  printFindings(findings, terminal, terminal.err);
  if (plan === undefined) return 1;
  const cluster = await ports.findCluster(options);
  if (cluster === undefined) return 1;
  const { namespace, leases } = options;
  const api = ports.connect(cluster);
  let accounts: LiveGrants[];
  try {
    const objects = await readRbac(api);
    const components = new Set(["runtime", "gateway"] as const);
    accounts = accountGrants({ plan, namespace, leases, components })
      .map((account) => compareGrants(account, objects, namespace));
  } catch (error) {
    if (!isCallError(error)) throw error;
    terminal.err(`ork: ${error.message}`);
    return 1;
  } finally {
    api.close();
  }
  const differing = accounts.filter(({ missing, excess }) => missing.length + excess.length > 0);
  if (options.output === "json") terminal.out(JSON.stringify({ namespace, accounts }, null, 2));
  else for (const line of linesOf(accounts, namespace, terminal)) terminal.out(line);
  return differing.length === 0 ? 0 : 1;
}

async function readRbac(api: ClusterApi): Promise<JsonMap[]> {
  const objects: JsonMap[] = [];
  for (const kind of kinds) {
    const type = builtInType(kind)!;
    await api.list(type, {}, (items) => {
      for (const item of items) objects.push({ ...item as unknown as JsonMap, apiVersion: apiVersionOf(type), kind });
    }, { maxPages });
  }
  return objects;
}

function linesOf(accounts: readonly LiveGrants[], namespace: string, terminal: Terminal): string[] {
  return accounts.flatMap(({ account, missing, excess }) => {
    const name = `ServiceAccount ${namespace}/${account}`;
    if (missing.length + excess.length === 0) {
      return [`${name}: ${paint(terminal, "green", "granted is what is needed, and nothing else")}`];
    }
    return [
      name,
      ...missing.map((line) => {
        const lines = line.reasons.map((reason) => reason.replace(/:0$/, "")).slice(0, 3).join(", ");
        return `  ${paint(terminal, "red", "missing:")} ${describe(line)}  (${lines})`;
      }),
      ...excess.map((line) => `  ${paint(terminal, "yellow", "not needed:")} ${describe(line)}  (${line.via})`),
    ];
  });
}

function describe({ verbs, resource, namespace, names }: PermissionLine<string>): string {
  const which = names === undefined ? "" : ` named ${names.join(", ")}`;
  return `${verbs.join(", ")} ${resource}${which}${namespace === undefined ? "" : ` in ${namespace}`}`;
}
