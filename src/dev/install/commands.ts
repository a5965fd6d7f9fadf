import { type Command, InvalidArgumentError, Option } from "commander";
import { durationHint, parseDuration } from "../../base/duration.ts";
import {
  addInstallOptions,
  addNamespaceOption,
  type InstallFlags,
  installOptions,
} from "../generate/install_commands.ts";
import type { Terminal } from "../terminal.ts";
import type { ClusterOptions, InstallPorts } from "./install.ts";

interface ClusterFlags extends InstallFlags {
  readonly file?: string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly yes?: boolean;
  readonly withCrds?: boolean;
  readonly forceConflicts?: boolean;
  readonly timeout: number;
}

const defaultTimeoutMs = 2 * 60_000;

/** Adds `ork install`, a command that takes Katalogs, and `ork uninstall`. Their code is loaded when it is used. */
export function addInstallCommands(
  commands: { readonly install: Command; readonly uninstall: Command },
  terminal: Terminal,
  ports: InstallPorts & { readonly env: (name: string) => string | undefined },
  done: (code: number) => void,
): void {
  addClusterOptions(
    addInstallOptions(commands.install, "workloads"),
    "apply the CRDs that the Katalog names by crdFile",
  )
    .option("--force-conflicts", "take over fields that others have applied")
    .action(async (named: string[], flags: ClusterFlags) => {
      const { install } = await import("./install.ts");
      const options = { files: [...named, ...flags.file ?? []] };
      const given = installOptions({ ...flags, with: "workloads" }, options, ports.env);
      const forceConflicts = flags.forceConflicts === true;
      done(await install({ ...given, ...clusterOptions(flags), forceConflicts }, terminal, ports));
    });
  addClusterOptions(
    addNamespaceOption(commands.uninstall),
    "delete the CRDs of the installed Katalog, and so all its CRs",
  )
    .action(async (flags: ClusterFlags) => {
      const { uninstall } = await import("./uninstall.ts");
      const { namespace } = installOptions(flags, { files: [] }, ports.env);
      done(await uninstall({ namespace, ...clusterOptions(flags) }, terminal, ports));
    });
}

function addClusterOptions(command: Command, withCrds: string): Command {
  return command
    .option("--with-crds", withCrds)
    .option("-y, --yes", "do it; without this option only what would be done is printed")
    .addOption(
      new Option("--timeout <DURATION>", "how long to wait, 2m when left out").argParser(readTimeout).default(
        defaultTimeoutMs,
        "2m",
      ),
    )
    .option("--kubeconfig <FILE>", "cluster; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "context of the kubeconfig");
}

function clusterOptions({ kubeconfig, context, yes, withCrds, timeout }: ClusterFlags): ClusterOptions {
  return { kubeconfig, context, yes: yes === true, withCrds: withCrds === true, timeoutMs: timeout };
}

function readTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError(durationHint);
  return ms;
}
