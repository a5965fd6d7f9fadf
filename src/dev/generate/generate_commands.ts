import { type Command, InvalidArgumentError, Option } from "commander";
import type { FileReader } from "../../files/mod.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { generateChart } from "./chart.ts";
import { generateCr } from "./cr.ts";
import { generateCrd } from "./crd.ts";
import { generateDashboards, printedForms } from "./dashboards/dashboards.ts";
import type { FolderOptions, InstallOptions } from "./generate_options.ts";
import { generateBundle, generateConfigMap, generateRbac } from "./install.ts";
import {
  addInstallOptions,
  addNamespaceOption,
  type InstallFlags,
  installOptions,
  namespaceFrom,
} from "./install_commands.ts";
import { generateKatalog, type KatalogOptions } from "./katalog.ts";
import { generateKustomize } from "./kustomize.ts";
import { generatePolicies } from "./policies.ts";

/** What a subcommand needs of its surroundings; returns the exit code. */
type Generate<Options> = (options: Options, terminal: Terminal, files: FileReader) => Promise<number>;

/** One subcommand of `ork generate`. */
type Subcommand =
  & { readonly name: string; readonly summary: string; readonly examples: readonly string[] }
  & (
    | { readonly run: Generate<KatalogOptions>; readonly addSecurity?: true }
    /** It prints an installation, or these parts of one. */
    | { readonly install: Generate<InstallOptions>; readonly parts: "all" | "rbac" | "configmap" }
    /** It writes a folder with one. */
    | { readonly folder: Generate<FolderOptions>; readonly parts: "workloads" }
  );

const subcommands: readonly Subcommand[] = [
  {
    name: "bundle",
    summary: "Print what an installation of a Katalog needs: permissions, the Katalog, and what runs it",
    examples: [
      "ork generate bundle -f katalog.yaml | kubectl apply --server-side -f -",
      "ork generate bundle . --with workloads --image example.org/ork-runtime:1 -o bundle.yaml",
      "ork generate bundle . --previous bundle.yaml -o next.yaml",
    ],
    install: generateBundle,
    parts: "all",
  },
  {
    name: "chart",
    summary: "Write a Helm chart that installs a Katalog",
    examples: [
      "ork generate chart -f katalog.yaml --image example.org/ork-runtime:1 -o chart",
      "helm install shop chart --namespace orkestra-system --create-namespace",
    ],
    folder: generateChart,
    parts: "workloads",
  },
  {
    name: "kustomize",
    summary: "Write a base for kustomize that installs a Katalog",
    examples: [
      "ork generate kustomize -f katalog.yaml --image example.org/ork-runtime:1 -o base",
      "kubectl apply --server-side -k base/crds && kubectl apply --server-side -k base",
    ],
    folder: generateKustomize,
    parts: "workloads",
  },
  {
    name: "rbac",
    summary: "Print the ServiceAccounts, roles and bindings of a Katalog",
    examples: ["ork generate rbac -f katalog.yaml", "ork generate rbac . --for runtime -n shop-system"],
    install: generateRbac,
    parts: "rbac",
  },
  {
    name: "configmap",
    summary: "Print the ConfigMap with a Katalog that needs no other file",
    examples: ["ork generate configmap -f katalog.yaml | kubectl apply --server-side -f -"],
    install: generateConfigMap,
    parts: "configmap",
  },
  {
    name: "cr",
    summary: "Print an example of each kind of CR, by the schemas of the CRDs",
    examples: ["ork generate cr -f katalog.yaml -o cr.yaml"],
    run: generateCr,
  },
  {
    name: "katalog",
    summary: "Print a Katalog to start from, from the manifests of CRDs, or without any",
    examples: ["ork generate katalog crd.yaml -o katalog.yaml", "ork generate katalog --add-security -o katalog.yaml"],
    run: generateKatalog,
    addSecurity: true,
  },
  {
    name: "policies",
    summary: "Print the rules of a Katalog as admission policies, which the API server evaluates itself",
    examples: [
      "ork generate policies -f katalog.yaml | kubectl apply -f -",
      "ork generate policies . -o policies.yaml",
    ],
    run: generatePolicies,
  },
  {
    name: "crd",
    summary: "Print the CRDs that a Katalog names by crdFile, with its rules as x-kubernetes-validations",
    examples: ["ork generate crd -f katalog.yaml | kubectl apply -f -", "ork generate crd . -o crd.yaml"],
    run: generateCrd,
  },
];

/** Dashboards and alerts: a folder, or one of them. */
const dashboardsExamples = [
  "ork generate dashboards -f katalog.yaml -o monitoring",
  "ork generate dashboards . --as rules -o rules.yaml",
  "ork generate dashboards . --as prometheusrule | kubectl apply -f -",
  "ork generate dashboards . --as box --box website -o website.json",
];

/**
 * Adds `ork generate` and its subcommands. `add` creates a subcommand of a command, from name, summary and examples,
 * that takes Katalogs as every command does.
 */
export function addGenerateCommands(
  generate: Command,
  add: (parent: Command, name: string, summary: string, examples: readonly string[]) => Command,
  { terminal, files, env, versionLine }: {
    readonly terminal: Terminal;
    /** `ork 0.1.0 (…)`. */
    readonly versionLine: string;
    readonly files: FileReader;
    readonly env: (name: string) => string | undefined;
  },
  done: (code: number) => void,
): void {
  for (const subcommand of subcommands) {
    const { name, summary, examples } = subcommand;
    const command = add(generate, name, summary, examples);
    if ("folder" in subcommand) command.option("-o, --output <FOLDER>", "where it is written", readPath);
    else {
      command.option("--dry-run", "print, and write nothing: -o is left aside");
      command.option(
        "-o, --output <FILE>",
        "where it is written; standard output when left out, and for -",
        readPath,
      );
    }
    if ("addSecurity" in subcommand) command.option("--add-security", "with rules, a Gateway and protection");
    if ("parts" in subcommand) addInstallOptions(command, subcommand.parts);
    command.action(async (named: string[], flags: GivenFlags) => {
      const { file = [], output, addSecurity, dryRun = false } = flags;
      const options = {
        files: [...named, ...file],
        output: output === "-" || dryRun ? undefined : output,
        addSecurity,
      };
      if ("folder" in subcommand) {
        if (options.output === undefined) throw new UsageError("Name the folder with -o: it has several files");
        const version = versionLine.split(" ")[1] ?? "";
        const given = installOptions({ ...flags, with: "workloads" }, options, env);
        done(await subcommand.folder({ ...given, output: options.output, version }, terminal, files));
        return;
      }
      done(
        "parts" in subcommand
          ? await subcommand.install(installOptions(flags, options, env), terminal, files)
          : await subcommand.run(options, terminal, files),
      );
    });
  }
  const dashboards = add(
    generate,
    "dashboards",
    "Write dashboards of Grafana and alerts of Prometheus for the operators of a Katalog",
    dashboardsExamples,
  );
  addNamespaceOption(dashboards)
    .option("-o, --output <PATH>", "the folder; with --as the file, standard output when left out, and for -", readPath)
    .addOption(new Option("--as <WHAT>", "print one of them alone").choices(printedForms))
    .option("--box <KEY>", "with --as box: which operator, by its key under spec.crds")
    .option("--runbooks <URL>", "where docs/alerts.md can be read, for runbook_url", readUrl)
    .action(async (named: string[], { file = [], output, as, box, runbooks, namespace }: DashboardFlags) => {
      const options = { files: [...named, ...file], output: output === "-" ? undefined : output, as, box, runbooks };
      done(await generateDashboards({ ...options, namespace: namespaceFrom(namespace, env) }, terminal, files));
    });
}

interface DashboardFlags extends GivenFlags {
  readonly as?: (typeof printedForms)[number];
  readonly box?: string;
  readonly runbooks?: string;
}

function readUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("Give https://HOST/PATH");
  }
  return text.replace(/#.*$/, "");
}

interface GivenFlags extends InstallFlags {
  readonly addSecurity?: boolean;
  readonly dryRun?: boolean;
  readonly file?: string[];
  readonly output?: string;
}

/** An unset variable in a script: not the same as no option at all. */
function readPath(text: string): string {
  if (text === "") throw new InvalidArgumentError("It names no file");
  return text;
}
