import type { JsonMap } from "../../src/base/json.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { gatewayScenarios } from "./gateway_scenarios.ts";
import { type Account, Installation } from "./installation.ts";
import { describePermission, needs, type Permission, permissionsOf } from "./permissions.ts";
import { runtimeScenarios } from "./runtime_scenarios.ts";
import type { Scenario } from "./scenario.ts";

/** What came of taking one permission away. */
export interface Finding {
  readonly example: string;
  readonly process: "runtime" | "gateway";
  /** `patch deployments.apps`; the namespace of the installation is `NAMESPACE`. */
  readonly permission: string;
  /** The scenario that needs it; `undefined`: none does. */
  readonly scenario: string | undefined;
  /** Requests that the API server refused for the want of it. */
  readonly refused: number;
  /** What the scenario did not come to; `undefined`: it came to everything. */
  readonly failure: string | undefined;
  /** The process, a status or an Event says that something is forbidden. */
  readonly said: boolean;
}

/** A scenario fails for the want of it, and nobody is left to guess why. */
export function isNoticed({ refused, failure, said }: Finding): boolean {
  return refused > 0 && (failure !== undefined || said);
}

/**
 * Permissions that nothing misses and that are not exempt (ruling 106): `list` where `watch` of the same is missed, for
 * most kinds come as a stream and are listed only after a watch has failed, and `patch` of Events, which counts up one
 * that recurs.
 */
export function unnoticed(findings: readonly Finding[]): Finding[] {
  const noticed = findings.filter(isNoticed);
  const isExempt = ({ example, process, permission }: Finding) =>
    permission.startsWith("patch events.events.k8s.io") ||
    noticed.some((other) =>
      other.example === example && other.process === process &&
      other.permission.replace(/^watch /, "list ") === permission
    );
  return findings.filter((finding) => !isNoticed(finding) && !isExempt(finding));
}

/**
 * What is never in the audit log: the API server checks it in the course of another request. The admission plugin
 * OwnerReferencesPermissionEnforcement asks for `update` of `<plural>/finalizers` where owner references are set, and a
 * write of a role or binding asks for `escalate` or `bind`.
 */
function isImplied({ verb, resource }: Permission): boolean {
  return verb === "escalate" || verb === "bind" || resource.endsWith("/finalizers");
}

export interface NecessityOptions {
  readonly plane: ControlPlane;
  /** Which of the permissions of one process to take away. */
  readonly choose: (permissions: readonly string[]) => readonly string[];
  readonly note: (line: string) => void;
}

/**
 * Runs an example through its scenarios, with all its permissions and then, for each of them, without it. Throws where a
 * scenario fails although everything is granted, or something is refused then.
 */
export async function necessityOf(example: string, options: NecessityOptions): Promise<Finding[]> {
  await using installation = await Installation.open(options.plane, example);
  const findings: Finding[] = [];
  for (const process of ["runtime", "gateway"] as const) {
    const name = process === "runtime" ? "orkestra" : "orkestra-gateway";
    if (!installation.has(name)) continue;
    const account = await installation.account(name);
    const scenariosOf = process === "runtime" ? runtimeScenarios : gatewayScenarios;
    const scenarios = scenariosOf(installation, account);
    const subject = { installation, account, scenarios, ...options, example, process };
    findings.push(...await new Subject(subject).run());
  }
  return findings;
}

interface SubjectOptions extends NecessityOptions {
  readonly installation: Installation;
  readonly account: Account;
  readonly scenarios: readonly Scenario[];
  readonly example: string;
  readonly process: "runtime" | "gateway";
}

const noScenario = { scenario: undefined, refused: 0, failure: undefined, said: false };

/** How long one step of a scenario may take, with everything granted and without a permission. */
const stepMs = 90_000;
const lackingMs = 30_000;
/** How long a scenario continues once a process has said that it was refused something. */
const afterRefusalMs = 6_000;
/** How often the responses of the API server are looked at. */
const lookMs = 100;

/** One process of an installation. */
class Subject {
  readonly #options: SubjectOptions;

  constructor(options: SubjectOptions) {
    this.#options = options;
  }

  async run(): Promise<Finding[]> {
    const { installation, account, choose, scenarios } = this.#options;
    const rolesOf = new Set(
      installation.objects.filter(({ kind }) => String(kind).endsWith("RoleBinding")).filter((binding) =>
        (binding["subjects"] as JsonMap[]).some((subject) => subject["name"] === account.name)
      ).map((binding) => idOf(String((binding["roleRef"] as JsonMap)["kind"]), binding)),
    );
    const all = permissionsOf(installation.objects).filter(({ role }) => rolesOf.has(idOf(role.kind, role)));
    const used = await this.#usedBy(all);
    const findings: Finding[] = [];
    const chosen = new Set(choose(all.map((permission) => this.#describe(permission))));
    for (const permission of all) {
      if (!chosen.has(this.#describe(permission))) continue;
      const users = scenarios.filter((each) =>
        used.get(each)?.has(permission) || (isImplied(permission) && each.name === "create")
      );
      let finding: Finding = { ...this.#subject(permission), ...noScenario };
      for (const scenario of users) {
        finding = await this.#without(permission, scenario);
        if (isNoticed(finding)) break;
      }
      this.#options.note(formatFinding(finding));
      findings.push(finding);
    }
    return findings;
  }

  /** Which permissions the scenarios use, with everything granted. */
  async #usedBy(all: readonly Permission[]): Promise<Map<Scenario, Set<Permission>>> {
    const { plane, account, scenarios, installation, example, process, note } = this.#options;
    const used = new Map<Scenario, Set<Permission>>();
    for (const scenario of scenarios) {
      await scenario.reset();
      await scenario.prepare();
      const mark = await plane.auditLog.mark();
      const startMs = performance.now();
      let log = "";
      try {
        await scenario.run(stepMs);
      } catch (error) {
        log = await scenario.end();
        throw new Error(`${example} ${process}, ${scenario.name}: ${error}\n${log}`, { cause: error });
      }
      const ms = Math.round(performance.now() - startMs);
      await scenario.end();
      const requests = await plane.auditLog.requestsSince(mark, { user: account.user });
      // Not what is refused to everybody, in a namespace that is being deleted.
      const refused = requests.filter(({ code, causes }) => code === 403 && !causes.includes("NamespaceTerminating"));
      if (refused.length > 0) {
        throw new Error(`${example} ${process}, ${scenario.name}: refused ${Deno.inspect(refused)}`);
      }
      const distinct = [...new Map(requests.map((each) => [
        [each.verb, each.group, each.resource, each.subresource, each.namespace, each.name, each.code === 201].join(),
        each,
      ])).values()];
      used.set(
        scenario,
        new Set(all.filter((each) => distinct.some((request) => needs(request, each, installation.objects, account)))),
      );
      note(`${example} ${process}: ${scenario.name} takes ${ms} ms and uses ${used.get(scenario)!.size} permissions`);
    }
    await scenarios[0]!.reset();
    return used;
  }

  async #without(permission: Permission, scenario: Scenario): Promise<Finding> {
    const { plane, account, installation } = this.#options;
    await scenario.reset();
    await scenario.prepare();
    account.proxy.forget();
    await installation.take(permission, account);
    const mark = await plane.auditLog.mark();
    let failure: string | undefined;
    const watch = this.#cancelAfterRefusal(scenario);
    try {
      await scenario.run(lackingMs);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    } finally {
      watch.stop();
    }
    const told = await scenario.told();
    const log = await scenario.end();
    const requests = await plane.auditLog.requestsSince(mark, { user: account.user });
    await installation.giveBack(permission, account);
    const refused = requests.filter(({ code }) => code === 403).filter((request) =>
      isImplied(permission) || needs(request, permission, installation.objects, account)
    );
    return {
      ...this.#subject(permission),
      scenario: scenario.name,
      refused: refused.length,
      failure,
      said: /forbidden/i.test(log) || /forbidden/i.test(told),
    };
  }

  /**
   * The proxy sees refusals at once, the audit log later. A process that says nothing is given all the time that there is:
   * what it did not come to is then all that shows that something is missing.
   */
  #cancelAfterRefusal(scenario: Scenario): { stop(): void } {
    let sinceMs: number | undefined;
    const timer = setInterval(() => {
      if (!this.#options.account.proxy.calls.some(({ status }) => status === 403)) return;
      if (!/forbidden/i.test(scenario.printed())) return;
      sinceMs ??= performance.now();
      if (performance.now() - sinceMs > afterRefusalMs) scenario.cancel();
    }, lookMs);
    return { stop: () => clearInterval(timer) };
  }

  #subject(permission: Permission): Pick<Finding, "example" | "process" | "permission"> {
    const { example, process } = this.#options;
    return { example, process, permission: this.#describe(permission) };
  }

  #describe(permission: Permission): string {
    return describePermission(permission).replaceAll(this.#options.account.namespace, "NAMESPACE");
  }
}

function idOf(kind: string, { metadata }: { readonly metadata?: unknown }): string {
  const { name, namespace = "" } = metadata as { name: string; namespace?: string };
  return `${kind} ${namespace}/${name}`;
}

/** One line. */
export function formatFinding(finding: Finding): string {
  const { example, process, permission, scenario, refused, failure, said } = finding;
  const outcome = scenario === undefined ? "nothing needs it" : refused === 0 ? `not refused in ${scenario}` : [
    `refused ${refused} times in ${scenario}`,
    said ? "says so" : "says nothing",
    failure === undefined ? "comes to all" : failure.split(";")[0]!,
  ].join(", ");
  return `${isNoticed(finding) ? "noticed" : "NOT NOTICED"}  ${example} ${process}: ${permission}: ${outcome}`;
}
