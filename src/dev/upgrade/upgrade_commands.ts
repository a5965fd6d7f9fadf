import { type Command, Option } from "commander";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import type { UpgradePorts } from "./crds.ts";

interface CrdsFlags {
  readonly file?: string[];
  readonly check?: boolean;
  readonly migrate?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: "text" | "json";
}

/**
 * Adds the subcommands of `ork upgrade`. `add` creates one, from name, summary and examples, that takes Katalogs as
 * every command does. Their code is loaded when it is used.
 */
export function addUpgradeCommands(
  upgrade: Command,
  add: (parent: Command, name: string, summary: string, examples: readonly string[]) => Command,
  terminal: Terminal,
  ports: UpgradePorts,
  done: (code: number) => void,
): void {
  add(upgrade, "katalog", "Rewrite Katalogs in older layouts in place, with their comments", [
    "ork upgrade katalog -f katalog.yaml",
    "ork upgrade katalog --check",
    "ork upgrade katalog - < old.yaml > katalog.yaml",
  ])
    .option("--check", "write nothing; exits with 1 where something is to be rewritten")
    .action(async (named: string[], { file = [], check = false }: { file?: string[]; check?: boolean }) => {
      const { upgradeKatalog } = await import("./katalog.ts");
      done(await upgradeKatalog({ files: [...named, ...file], check }, terminal, ports.files));
    });

  add(upgrade, "crds", "Have the objects of a Katalog's CRDs stored in the storage version", [
    "ork upgrade crds -f katalog.yaml --check",
    "ork upgrade crds -f katalog.yaml --migrate",
    "ork upgrade crds --check -o json | jq '.crds[] | select(.state == \"pending\").name'",
  ])
    .option("--check", "print in which versions objects are stored; exits with 1 where something is to be done")
    .addOption(new Option("--migrate", "write every object again; may be interrupted and repeated").conflicts("check"))
    .option("--kubeconfig <FILE>", "cluster; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "context of the kubeconfig")
    .addOption(new Option("-o, --output <FORMAT>", "what is printed").choices(["text", "json"]).default("text"))
    .action(async (named: string[], { file = [], check, migrate, kubeconfig, context, output }: CrdsFlags) => {
      if (check !== true && migrate !== true) throw new UsageError("Choose what to do: --check or --migrate");
      const { upgradeCrds } = await import("./crds.ts");
      const action = check === true ? "check" : "migrate";
      done(await upgradeCrds({ files: [...named, ...file], action, kubeconfig, context, output }, terminal, ports));
    });
}
