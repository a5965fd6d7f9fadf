import { type Command, InvalidArgumentError, Option } from "commander";
import type { ApiServer, Component } from "../../bundle/mod.ts";
import { defaultNamespace } from "../../k8s/installation.ts";
import { isDnsLabel } from "../../k8s/names.ts";
import { UsageError } from "../usage_error.ts";
import type { GenerateOptions, InstallOptions } from "./generate_options.ts";

/** By the names that commander gives options. */
export interface InstallFlags {
  readonly namespace?: string;
  readonly for?: ReadonlySet<Component>;
  readonly with?: "workloads";
  readonly previous?: string;
  readonly leaseScope?: "process" | "box";
  readonly image?: string;
  readonly imageGateway?: string;
  readonly apiServer?: readonly ApiServer[];
}

const aliases: Readonly<Record<string, Component>> = {
  "runtime": "runtime",
  "run": "runtime",
  "gateway": "gateway",
  "gw": "gateway",
  "controlcenter": "controlcenter",
  "control-center": "controlcenter",
  "cc": "controlcenter",
};

/** What of an installation a subcommand is about; `workloads`: all of it, with what runs it. */
export type InstallParts = "all" | "workloads" | "rbac" | "configmap";

/** Adds the options of a subcommand that prints an installation, or `parts` of one. */
export function addInstallOptions(command: Command, parts: InstallParts): Command {
  addNamespaceOption(command);
  if (parts === "configmap") return command;
  command
    .addOption(
      new Option("--for <PARTS>", "runtime, gateway, controlcenter, or several; all of them when left out")
        .argParser(readComponents),
    )
    .addOption(
      new Option("--previous <FILE>", "bundle or Katalog of before: grants also what removing its children takes")
        .argParser(readText),
    )
    .addOption(
      new Option("--lease-scope <SCOPE>", "as the Runtime is started: process, or box").choices(["process", "box"]),
    );
  if (parts === "rbac") return command;
  if (parts === "all") {
    command.addOption(new Option("--with <WHAT>", "also what runs Runtime and Gateway").choices(["workloads"]));
  }
  return command
    .addOption(new Option("--image <IMAGE>", "image of the Runtime").argParser(readText))
    .addOption(new Option("--image-gateway <IMAGE>", "image of the Gateway").argParser(readText))
    .addOption(
      new Option(
        "--api-server <ADDRESS:PORT>",
        "endpoint of the API server, repeated: the Pods may connect to nothing else",
      ).argParser(readApiServer),
    );
}

/** Where an installation is. */
export function addNamespaceOption(command: Command): Command {
  return command.addOption(
    new Option("-n, --namespace <NAMESPACE>", `where it is installed; else ORK_NAMESPACE, else ${defaultNamespace}`)
      .argParser(readNamespace),
  );
}

/** The options that were given. Throws `UsageError`. */
export function installOptions(
  given: InstallFlags,
  options: GenerateOptions,
  env: (name: string) => string | undefined,
): InstallOptions {
  const { image, imageGateway, previous, leaseScope = "process", apiServer } = given;
  const workloads = given.with === "workloads";
  const ofWorkloads = { "--image": image, "--image-gateway": imageGateway, "--api-server": apiServer };
  for (const [name, value] of Object.entries(ofWorkloads)) {
    if (value !== undefined && !workloads) throw new UsageError(`${name} is for --with workloads`);
  }
  return {
    ...options,
    namespace: namespaceFrom(given.namespace, env),
    components: given.for ?? new Set(Object.values(aliases)),
    leases: leaseScope,
    previous,
    workloads,
    image,
    imageGateway,
    apiServers: apiServer ?? [],
  };
}

/** The one that was given, else that of the environment, else the default. Throws `UsageError`. */
export function namespaceFrom(given: string | undefined, env: (name: string) => string | undefined): string {
  return given ?? namespaceOf(env("ORK_NAMESPACE")) ?? defaultNamespace;
}

function namespaceOf(variable: string | undefined): string | undefined {
  if (variable === undefined || variable === "") return undefined;
  if (!isDnsLabel(variable)) throw new UsageError(`Cannot use "${variable}" as ORK_NAMESPACE: it names no namespace`);
  return variable;
}

function readNamespace(text: string): string {
  if (!isDnsLabel(text)) throw new InvalidArgumentError("A namespace has at most 63 of a-z, 0-9 and hyphens");
  return text;
}

function readComponents(text: string, before: ReadonlySet<Component> = new Set()): ReadonlySet<Component> {
  const parts = text.split(",").map((part) => aliases[part.trim().toLowerCase()]);
  if (parts.includes(undefined)) throw new InvalidArgumentError("Use runtime, gateway, controlcenter, or several");
  return new Set([...before, ...parts as Component[]]);
}

function readApiServer(text: string, before: readonly ApiServer[] = []): readonly ApiServer[] {
  const [, ipv6, ipv4, port] = /^(?:\[([0-9a-f:]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/i.exec(text) ?? [];
  const address = ipv6 ?? ipv4 ?? "";
  const host = ipv6 === undefined ? address : `[${address}]`;
  if (!URL.canParse(`https://${host}`) || Number(port) < 1 || Number(port) > 65535) {
    throw new InvalidArgumentError("Give an IP address and a port, as 192.0.2.1:6443 or [2001:db8::1]:443");
  }
  return [...before, { address, port: Number(port) }];
}

/** An unset variable in a script: not the same as no option at all. */
function readText(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty");
  return text;
}
