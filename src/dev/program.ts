import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { katalogSummary, readSettings, runFlags, type RunSettings, SettingError } from "../runtime/mod.ts";
import { gateFlags, GateSettingError, type GateSettings, readGateSettings } from "../gateway/settings.ts";
import { addControlCenterCommand, type ControlCenterPorts } from "./controlcenter_command.ts";
import { demo, type DemoPorts } from "./demo.ts";
import { addDiffCommands } from "./diff/diff_commands.ts";
import type { OpenRehearsal } from "./diff/rehearsal.ts";
import { reviewOffline } from "./gate.ts";
import { addGenerateCommands } from "./generate/generate_commands.ts";
import { defaultNamespace } from "../k8s/installation.ts";
import type { FileReader } from "../files/mod.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { addInstallCommands } from "./install/commands.ts";
import { init, listPackNames } from "./init.ts";
import { InspectError } from "./inspect/inspect_error.ts";
import type { LogsPorts } from "./inspect/logs/logs.ts";
import { addInspectCommands } from "./inspect_commands.ts";
import { whyLeftOut } from "./left_out_commands.ts";
import { listDomains, listNotes, searchNotes, showNote } from "./notes.ts";
import { run, type RunPorts } from "./run.ts";
import { serve } from "./sandbox.ts";
import type { OpenLab } from "./simulate/lab.ts";
import { addSimulateCommands } from "./simulate/simulate_commands.ts";
import { template, type TemplatePorts } from "./template.ts";
import type { Terminal } from "./terminal.ts";
import { addUpgradeCommands } from "./upgrade/upgrade_commands.ts";
import { UsageError } from "./usage_error.ts";
import { validate } from "./validate/validate.ts";

/** Everything that `ork` needs of its surroundings. */
export interface DevPorts extends RunPorts, DemoPorts, LogsPorts, ControlCenterPorts {
  readonly terminal: Terminal;
  readonly versionLine: string;
  /** Runs the Gateway of Katalogs until a signal; returns the exit code. */
  readonly gate: (files: readonly string[], settings: GateSettings) => Promise<number>;
  readonly stored: TemplatePorts["stored"];
  readonly rehearse: OpenRehearsal;
  readonly openLab: OpenLab;
}

const helpExit = new Set(["commander.helpDisplayed", "commander.help", "commander.version"]);

/** Carries out a command line of `ork`. Exit codes: 0 fine, 1 findings or failure, 2 wrong usage (ruling 31). */
export async function runCommandLine(args: readonly string[], ports: DevPorts): Promise<number> {
  const why = whyLeftOut(args[0]);
  if (why !== undefined) {
    ports.terminal.err(`ork: ${why}`);
    return 2;
  }
  let code = 0;
  const program = createProgram(ports, (result) => code = result);
  try {
    await program.parseAsync(joinBare(args), { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof UsageError) {
      ports.terminal.err(`ork: ${error.message}`);
      return 2;
    }
    const trouble = error instanceof InspectError ? error.message : troubleWithFiles(error);
    if (trouble !== undefined) {
      ports.terminal.err(`ork: ${trouble}`);
      return 1;
    }
    if (!(error instanceof CommanderError)) throw error;
    return helpExit.has(error.code) && error.exitCode === 0 ? 0 : 2;
  }
}

/** What a folder, a file or a pipe refused, in words; `undefined` for everything else. */
function troubleWithFiles(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const kinds = [
    Deno.errors.NotFound,
    Deno.errors.NotADirectory,
    Deno.errors.IsADirectory,
    Deno.errors.PermissionDenied,
    Deno.errors.AlreadyExists,
    Deno.errors.FilesystemLoop,
    Deno.errors.BrokenPipe,
  ];
  // Other troubles of the system (a full disk) have a code only, as ENOSPC. So have commander's, which are none.
  if (error instanceof CommanderError) return undefined;
  if (!kinds.some((kind) => error instanceof kind) && typeof (error as { code?: unknown }).code !== "string") {
    return undefined;
  }
  return error.message;
}

function createProgram(ports: DevPorts, done: (code: number) => void): Command {
  const { terminal } = ports;
  const program = new Command("ork")
    .description("Kubernetes operators from a YAML file")
    .version(ports.versionLine, "-V, --version", "Print the version")
    .helpOption("-h, --help", "Print this")
    .helpCommand("help [COMMAND]", "Print the help of a command")
    .showHelpAfterError('Run "ork --help" to see what is possible')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, "ork: ")),
      getOutHasColors: () => terminal.colour,
      getErrHasColors: () => terminal.colour,
    })
    .exitOverride();
  examples(program, ["ork init shop --pack hello-website", "ork run --sandbox", "ork validate -f katalog.yaml"]);

  /** A subcommand: commander copies the settings above to it. */
  const command = (name: string, summary: string, lines: readonly string[]): Command =>
    examples(program.command(name).description(summary).helpOption("-h, --help", "Print this"), lines);

  command("init", "Start a Katalog from an example", [
    "ork init --list",
    "ork init shop",
    "ork init orders --pack database",
  ])
    .argument("[NAME]", "name of the Katalog and of its folder; the current folder when left out")
    .option("-p, --pack <PACK>", "example to start from", "hello-website")
    .option("-l, --list", "list the examples")
    .action((name: string | undefined, { pack, list }: { pack: string; list?: boolean }) =>
      done(list === true ? listPackNames(terminal) : init({ name, pack }, terminal))
    );

  command("validate", "Report every error in a Katalog", [
    "ork validate",
    "ork validate katalog.yaml more.yaml",
    "ork validate --strict .",
    "ork validate --full",
    "ork validate -f katalog.yaml -o json | jq '.findings[].message'",
    "ork validate --full -o sarif > ork.sarif",
    "ork validate --live -n orkestra-system",
  ])
    .addArgument(fileArgument())
    .addOption(fileOption())
    .addOption(
      new Option("-o, --output <FORMAT>", "how findings are printed").choices(["text", "json", "sarif"]).default(
        "text",
      ),
    )
    .option("--full", "what each CRD may, enforces and protects too, and what its CRs let their authors decide")
    .option("--strict", "exit with 1 for warnings too")
    .addOption(
      new Option("--live", "compare what is granted in a cluster with what is needed").conflicts(["full", "strict"]),
    )
    .option("-n, --namespace <NAMESPACE>", `--live: of the installation; else ORK_NAMESPACE, else ${defaultNamespace}`)
    .addOption(
      new Option("--lease-scope <SCOPE>", "--live: as the Runtime is started").choices(["process", "box"]).default(
        "process",
      ),
    )
    .option("--kubeconfig <FILE>", "--live: cluster; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "--live: context of the kubeconfig")
    .action(async (named: string[], { file = [], output, strict = false, full = false, ...more }: ValidateFlags) => {
      const { versionLine, files } = ports;
      if (more.live === true) {
        if (output === "sarif") throw new UsageError("--live prints text or json: it finds nothing in a file");
        const namespace = more.namespace ?? (ports.env("ORK_NAMESPACE") || defaultNamespace);
        if (!isDnsLabel(namespace)) throw new UsageError(`"${namespace}" cannot be a namespace`);
        const { validateLive } = await import("./live/validate_live.ts");
        const { leaseScope: leases, kubeconfig, context } = more;
        const live = { files: [...named, ...file], namespace, leases, kubeconfig, context, output };
        return done(await validateLive(live, terminal, ports));
      }
      done(await validate({ files: [...named, ...file], output, strict, full, versionLine }, terminal, files));
    });

  command("template", "Print what a Katalog comes to, without a cluster", [
    "ork template katalog.yaml",
    "ork template katalog.yaml --cr cr.yaml",
    "ork template katalog.yaml --graph",
    "kubectl get website hello -o yaml | ork template katalog.yaml --cr - | kubectl diff -f -",
  ])
    .addArgument(fileArgument())
    .addOption(fileOption())
    .addOption(
      collected("--cr <FILE>", "objects to render: prints their children, labels and status; - is standard input"),
    )
    .addOption(new Option("--yaml", "the Katalog as YAML, as without an option").conflicts(["json", "graph"]))
    .addOption(new Option("--json", "the Katalog as JSON").conflicts(["yaml", "graph", "cr"]))
    .addOption(
      new Option("--graph", "the operators in the order in which they start, and what each waits for")
        .conflicts(["yaml", "json", "cr"]),
    )
    .action(async (named: string[], { file = [], cr = [], json, graph }: TemplateFlags) => {
      const { clock, stored, files } = ports;
      const as = json === true ? "json" : graph === true ? "graph" : "yaml";
      const options = { files: [...named, ...file], crs: cr, as } as const;
      done(await template(options, terminal, { wallMs: clock.wallMs(), stored, files }));
    });

  /** A subcommand that takes Katalogs. */
  const subcommand = (parent: Command, name: string, summary: string, lines: readonly string[]): Command =>
    examples(parent.command(name).description(summary).helpOption("-h, --help", "Print this"), lines)
      .addArgument(fileArgument()).addOption(fileOption());

  addGenerateCommands(
    command("generate", "Print manifests that a Katalog comes to, without a cluster", [
      "ork generate bundle -f katalog.yaml",
      "ork generate policies -f katalog.yaml",
      "ork generate crd -f katalog.yaml -o crd.yaml",
    ]),
    subcommand,
    ports,
    done,
  );

  addSimulateCommands(
    command("simulate", "Print what the operators of a Katalog do with CRs, pass by pass, in memory", [
      "ork simulate",
      "ork simulate -f katalog.yaml --cr cr.yaml",
      "ork simulate ./...",
    ]).addArgument(new Argument("[FILE...]", "documents of kind Simulate, Katalogs, or FOLDER/...")).addOption(
      fileOption(),
    ),
    collected,
    subcommand,
    terminal,
    ports,
    done,
  );

  addDiffCommands(command, (one) => one.addArgument(fileArgument()).addOption(fileOption()), terminal, ports, done);

  addInstallCommands(
    {
      install: subcommand(program, "install", "Install a Katalog in a cluster, and wait until it is available", [
        "ork install -f katalog.yaml --image example.org/ork-runtime:1 --with-crds",
        "ork install -f katalog.yaml --image example.org/ork-runtime:1 --with-crds --yes",
      ]),
      uninstall: command("uninstall", "Remove an installation from a cluster: webhooks, what runs, permissions", [
        "ork uninstall -n orkestra-system",
        "ork uninstall -n orkestra-system --with-crds --yes",
      ]),
    },
    terminal,
    ports,
    done,
  );

  addUpgradeCommands(
    command("upgrade", "Bring a Katalog, or what is in a cluster, up to date", [
      "ork upgrade katalog -f katalog.yaml",
      "ork upgrade crds -f katalog.yaml --check",
      "ork upgrade crds -f katalog.yaml --migrate",
    ]),
    subcommand,
    terminal,
    ports,
    done,
  );

  const gate = command("gate", "Review objects by the rules of a Katalog as the Gateway does, without a cluster", [
    "ork gate -f katalog.yaml --cr cr.yaml",
    "ork gate run -f katalog.yaml --kubeconfig ~/.kube/config",
  ])
    .alias("gateway")
    .addArgument(fileArgument())
    .addOption(fileOption())
    .addOption(collected("--cr <FILE>", "objects to review; - is standard input"))
    .action(async (named: string[], { file = [], cr = [] }: { file?: string[]; cr?: string[] }) => {
      if (cr.length === 0) {
        throw new UsageError('Name objects to review with --cr, or serve webhooks with "ork gate run"');
      }
      const { clock, files } = ports;
      done(await reviewOffline({ files: [...named, ...file], crs: cr }, terminal, { wallMs: clock.wallMs(), files }));
    });
  const gateRun = examples(
    gate.command("run").description("Serve the webhooks of a Katalog from this machine, and keep them registered")
      .helpOption("-h, --help", "Print this"),
    ["ork gate run -f katalog.yaml", "ork gate run --advertise-url https://192.0.2.10:8443 --port 8443"],
  ).addArgument(fileArgument()).addOption(fileOption());
  const gateOptions = new Map(gateFlags.map(({ name, value, summary }) => {
    const option = new Option(`--${name} <${value}>`, lowerCased(summary));
    gateRun.addOption(option);
    return [name, option];
  }));
  gateRun.action(async (named: string[], given: { file?: string[]; [setting: string]: unknown }) => {
    const one = (name: string) => given[gateOptions.get(name)!.attributeName()] as string | undefined;
    done(await ports.gate([...named, ...gate.opts()["file"] ?? [], ...given.file ?? []], gateSettingsOf(one, ports)));
  });

  const runCommand = command("run", "Run the operators of a Katalog until SIGTERM or SIGINT", [
    "ork run --sandbox",
    "ork run katalog.yaml --apply crd.yaml --apply cr.yaml",
    "ork run katalog.yaml --kubeconfig ~/.kube/config --context kind-dev",
    "ork run --sandbox --log-level debug",
  ])
    .addArgument(fileArgument())
    .addOption(fileOption())
    .option("--sandbox", "on an API server in memory, with the CRDs and CRs that the Katalog names, and its Gateway")
    .option("--skip-external", "make no HTTP calls of lists external: each comes to status 200 and an empty body")
    .addOption(collected("--apply <FILE>", "manifests to apply first, CRDs before everything else"))
    .option("--apply-cr", "apply crd.yaml and cr.yaml of the folder of the Katalog first, as far as they are there")
    .option("--debug", "as --log-level debug");
  const settingOptions = new Map(runFlags.map(({ name, value, bare, summary }) => {
    // An optional value would be the next argument, a file perhaps: `joinBare` gives one to every bare option.
    const option = new Option(bare === undefined ? `--${name} <${value}>` : `--${name} [${value}]`, summary);
    runCommand.addOption(option);
    return [name, option];
  }));
  runCommand.action(async (named: string[], given: RunFlags) => {
    const settings = settingsOf(
      (name) =>
        given[settingOptions.get(name)!.attributeName()] as string | undefined ??
          (name === "log-level" && given.debug === true ? "debug" : undefined),
      ports,
    );
    if (given.sandbox === true && (settings.kubeconfig !== undefined || settings.context !== undefined)) {
      throw new UsageError("--sandbox is a cluster of its own: leave --kubeconfig and --context away");
    }
    const { file = [], apply = [], sandbox = false, skipExternal = false, applyCr = false } = given;
    const options = {
      files: [...named, ...file],
      sandbox,
      apply: applyCr ? [...besideKatalogs([...named, ...file], ports.files), ...apply] : apply,
      settings: skipExternal ? { ...settings, skipExternal } : settings,
    };
    done(await run(options, terminal, ports));
  });

  const notes = command("notes", "List the functions of templates", [
    "ork notes --domain replicas",
    "ork notes search sha",
    "ork notes show default",
  ])
    .option("--domain <TEXT>", "those of the domains that have this in their name")
    .action(({ domain }: { domain?: string }) => done(listNotes(domain, terminal)));
  const note = (name: string, summary: string, example: string): Command =>
    examples(notes.command(name).description(summary).helpOption("-h, --help", "Print this"), [example]);
  note("domains", "List the domains, and how many functions each has", "ork notes domains")
    .action(() => done(listDomains(terminal)));
  note("search", "Find functions by their name or summary", "ork notes search sha").argument("<TEXT>", "in any case")
    .action((text: string) => done(searchNotes(text, terminal)));
  note("show", "Print one function", "ork notes show default").argument("<NAME>", "as in a template")
    .action((name: string) => done(showNote(name, terminal)));

  addInspectCommands(command, terminal, ports, done);
  addControlCenterCommand(command, ports, done);

  command("sandbox", "Serve an API server in memory that kubectl can talk to", [
    "ork sandbox",
    "ork sandbox --port 8001 --out sandbox.kubeconfig",
  ])
    .addOption(
      new Option("--port <PORT>", "port on 127.0.0.1; a free one when left out").argParser(parsePort),
    )
    .option("--out <FILE>", "where the kubeconfig is written; a temporary file when left out")
    .action(async ({ port = 0, out }: { port?: number; out?: string }) =>
      done(await serve({ port, out }, terminal, ports))
    );

  command("demo", "Watch a Katalog become an operator, on a sandbox, in a few seconds", ["ork demo", "ork demo --ui"])
    .option("--ui", "show it in the Control Center too, until a signal comes")
    .action(async ({ ui = false }: { ui?: boolean }) => done(await demo(terminal, ports, ui)));

  command("version", "Print the version", ["ork version"]).action(() => terminal.out(ports.versionLine));
  return program;
}

interface ValidateFlags {
  readonly file?: string[];
  readonly output: "text" | "json" | "sarif";
  readonly strict?: boolean;
  readonly live?: boolean;
  readonly namespace?: string;
  readonly leaseScope: "process" | "box";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly full?: boolean;
}

interface TemplateFlags {
  readonly file?: string[];
  readonly cr?: string[];
  readonly json?: boolean;
  readonly graph?: boolean;
}

/** By the names that commander gives options: `cell-memory` is `cellMemory`. */
interface RunFlags {
  readonly file?: string[];
  readonly apply?: string[];
  readonly sandbox?: boolean;
  readonly skipExternal?: boolean;
  readonly applyCr?: boolean;
  readonly debug?: boolean;
  readonly [setting: string]: unknown;
}

/** `crd.yaml` and `cr.yaml` in the folders of Katalogs, as far as they are there. */
function besideKatalogs(katalogs: readonly string[], files: FileReader): string[] {
  const folders = (katalogs.length === 0 ? ["katalog.yaml"] : katalogs).filter((path) => path !== "-")
    .map((path) => files.read(path) === "folder" ? `${path.replace(/\/+$/, "")}/` : path.replace(/[^/]*$/, ""));
  return [...new Set(folders)].flatMap((folder) => [`${folder}crd.yaml`, `${folder}cr.yaml`])
    .filter((path) => {
      const read = files.read(path);
      return read !== "folder" && "bytes" in read;
    });
}

/**
 * `--reload` is `--reload=true`: options that may stand without a value take none from the next argument. `deno task
 * demo -- --ui` passes the two dashes on, which end no options there.
 */
function joinBare(given: readonly string[]): string[] {
  const args = given[0] === "demo" && given[1] === "--" ? ["demo", ...given.slice(2)] : given;
  const end = args.indexOf("--");
  return args.map((arg, n) => {
    const flag = end >= 0 && n > end ? undefined : runFlags.find(({ name }) => arg === `--${name}`);
    return flag?.bare === undefined ? arg : `${arg}=${flag.bare}`;
  });
}

function gateSettingsOf(given: (name: string) => string | undefined, { env }: Pick<DevPorts, "env">): GateSettings {
  try {
    // On a workstation: reached by its address, not by a Service, and on ports that are free.
    const local: Record<string, string> = { "advertise-url": "https://127.0.0.1:0", port: "0", "http-port": "0" };
    return readGateSettings((name) => given(name) ?? local[name], env);
  } catch (error) {
    if (!(error instanceof GateSettingError)) throw error;
    throw new UsageError(error.message);
  }
}

function lowerCased(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function settingsOf(given: (name: string) => string | undefined, { env }: Pick<DevPorts, "env">): RunSettings {
  try {
    return readSettings(given, env);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new UsageError(error.message);
  }
}

function fileArgument(): Argument {
  return new Argument("[FILE...]", "Katalogs, as with -f");
}

function fileOption(): Option {
  return collected("-f, --file <FILE>", katalogSummary);
}

/** An option that may be repeated; `a,b` is two. */
function collected(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: string[] | undefined) => {
    const files = text.split(",").filter((part) => part !== "");
    // An unset variable in a script: not the same as no option at all.
    if (files.length === 0) throw new InvalidArgumentError("It names no file");
    return [...(before ?? []), ...files];
  });
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) throw new InvalidArgumentError("A port is a number from 0 to 65535");
  return port;
}

function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}
