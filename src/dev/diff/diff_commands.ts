import { type Command, InvalidArgumentError, Option } from "commander";
import { durationHint, parseDuration } from "../../base/duration.ts";
import { defaultNamespace, katalogConfigMap } from "../../k8s/installation.ts";
import { isDnsLabel } from "../../k8s/names.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import type { DiffOptions, DiffPorts } from "./diff.ts";

interface DiffFlags {
  readonly cr?: string[];
  readonly bundle?: string;
  readonly cm?: string;
  readonly objects: boolean;
  readonly namespace?: string;
  readonly leaseScope: "process" | "box";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly timeout: number;
  readonly output: "text" | "json";
}

const maxTimeoutMs = 3_600_000;

/**
 * Adds `ork diff` and `ork plan`. Their code is loaded when one of them is used. `command` creates a subcommand from
 * its name, summary and examples; `files` adds what every command has that takes Katalogs.
 */
export function addDiffCommands(
  command: (name: string, summary: string, lines: readonly string[]) => Command,
  withFiles: (command: Command) => Command,
  terminal: Terminal,
  ports: Omit<DiffPorts, "wallMs"> & { readonly env: (name: string) => string | undefined },
  done: (code: number) => void,
): void {
  const run = async (options: Pick<DiffOptions, "before" | "after" | "configMap">, flags: DiffFlags): Promise<void> => {
    const { diff } = await import("./diff.ts");
    const { cr: crs = [], leaseScope: leases, timeout: timeoutMs, ...rest } = flags;
    const namespace = flags.namespace ?? (ports.env("ORK_NAMESPACE") || defaultNamespace);
    const wallMs = ports.clock.wallMs();
    done(await diff({ ...options, ...rest, crs, leases, timeoutMs, namespace }, terminal, { ...ports, wallMs }));
  };

  shared(command("diff", "Print how two Katalogs or bundles differ; exits with 1 where they do, with 2 for trouble", [
    "ork diff old/katalog.yaml new/katalog.yaml",
    "ork diff bundle.yaml katalog.yaml --cr cr.yaml",
    "ork diff installed katalog.yaml -o json | jq '.permissions[]'",
  ]))
    .argument("<FROM>", 'Katalog or bundle of before; "installed": what the cluster has')
    .argument("<TO>", "Katalog or bundle")
    .option("--cr <FILE>", "objects whose children are compared, without a cluster; repeated", collect)
    .action(async (from: string, to: string, flags: DiffFlags) => {
      const before = from === "installed" ? undefined : [from];
      if (before === undefined && flags.cr !== undefined) {
        throw new UsageError("--cr compares without a cluster: name two Katalogs");
      }
      await run({ before, after: [to] }, flags);
    });

  shared(withFiles(
    command("plan", "Print what a Katalog would change in a cluster; exits with 1 where it would, with 2 for trouble", [
      "ork plan -f katalog.yaml",
      "ork plan -f katalog.yaml --no-objects",
      "ork plan -f katalog.yaml --bundle bundle.yaml",
    ]),
  ))
    .addOption(
      new Option("-b, --bundle <FILE>", "compare with the Katalog of a bundle, without a cluster").conflicts("cm"),
    )
    .option("--cm <NAME>", `ConfigMap of the cluster that has the Katalog; ${katalogConfigMap.name} when left out`)
    .action(async (named: string[], { file = [], bundle, cm, ...flags }: DiffFlags & { readonly file?: string[] }) =>
      await run({
        before: bundle === undefined ? undefined : [bundle],
        after: [...named, ...file],
        ...cm === undefined ? {} : { configMap: cm },
      }, flags)
    );
}

function shared(command: Command): Command {
  return command
    .option("--no-objects", "leave out what would be done to the objects in the cluster")
    .addOption(
      new Option("-n, --namespace <NAMESPACE>", `of the installation; else ORK_NAMESPACE, else ${defaultNamespace}`)
        .argParser(readNamespace),
    )
    .addOption(
      new Option("--lease-scope <SCOPE>", "as the Runtime is started").choices(["process", "box"]).default("process"),
    )
    .option("--kubeconfig <FILE>", "cluster; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "context of the kubeconfig")
    .addOption(
      new Option("--timeout <TIME>", "how long the operators may take for all objects").argParser(readTimeout)
        .default(60_000, "1m"),
    )
    .addOption(new Option("-o, --output <FORMAT>", "what is printed").choices(["text", "json"]).default("text"));
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function readNamespace(text: string): string {
  if (!isDnsLabel(text)) throw new InvalidArgumentError("A namespace is a DNS label: lower-case letters, digits and -");
  return text;
}

function readTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1_000 || ms > maxTimeoutMs) {
    throw new InvalidArgumentError(`It is a time from 1s to 1h: ${durationHint}`);
  }
  return ms;
}
