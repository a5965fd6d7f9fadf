import { type Command, InvalidArgumentError, Option } from "commander";
import { durationHint, parseDuration } from "../base/duration.ts";
import { parsePort } from "../serve/mod.ts";
import type { WherePorts } from "./inspect/locate.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** What `ork controlcenter` was given; what is absent was not. */
export interface ControlCenterFlags {
  /** HTTP APIs of Runtimes and Gateways; none: those of a cluster. */
  readonly urls: readonly string[];
  /** 0: a free one. */
  readonly port: number;
  /** An address of this machine, or `all`. */
  readonly listen: string;
  /** Names under which it is reached. */
  readonly hostNames: readonly string[];
  readonly refreshMs: number;
  readonly timeoutMs: number;
  readonly tokenFile?: string | undefined;
  readonly usersFile?: string | undefined;
  readonly proxyHeader?: string | undefined;
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export interface ControlCenterPorts extends WherePorts {
  readonly terminal: Terminal;
  /** Resolves with the name of the signal that stops the process. */
  readonly until: () => Promise<string>;
  /** Runs the web interface until a signal; returns the exit code. */
  readonly controlCenter: (flags: ControlCenterFlags) => Promise<number>;
}

const defaultPort = 8081;
const defaultRefresh = "2s";
const refreshBounds = { minMs: 200, maxMs: 60_000 };
const timeoutBounds = { minMs: 100, maxMs: 60_000 };

/** Adds the command. `command` creates a subcommand from its name, summary, examples. */
export function addControlCenterCommand(
  command: (name: string, summary: string, lines: readonly string[]) => Command,
  { env, controlCenter }: Pick<ControlCenterPorts, "env" | "controlCenter">,
  done: (code: number) => void,
): void {
  command("controlcenter", "Show Runtimes and their operators in a browser; read-only", [
    "ork controlcenter",
    "ork controlcenter --url http://127.0.0.1:8080",
    "ork controlcenter --namespace shop --context kind-dev",
    "ork controlcenter --listen all --host ork.example.com --token-file token",
  ])
    .alias("control")
    .argument("[start]", "may be left out: ork control start")
    .option("-p, --port <PORT>", `port to listen on, 0 for a free one; else ORK_CC_PORT, else ${defaultPort}`)
    .addOption(
      repeated("-u, --url <URL>", "HTTP API of a Runtime or a Gateway; else ORK_URL, else Pods, by port-forwards"),
    )
    // Its former name.
    .addOption(repeated("--urls <URL>", "as --url").hideHelp())
    .option("--refresh <TIME>", `time between two readings; else ORK_CC_REFRESH, else ${defaultRefresh}`)
    .addOption(
      new Option("--timeout <TIME>", "how long to wait for a response").argParser((text) =>
        spanOf(text, timeoutBounds) ?? outside(timeoutBounds)
      ).default(5_000, "5s"),
    )
    .option("--listen <ADDRESS>", "address of this machine to listen on, or all; the others need a login", "127.0.0.1")
    .addOption(repeated("--host <NAME>", "name under which it is reached, besides localhost and addresses"))
    .option("--token-file <FILE>", "file with a token: Authorization: Bearer, or the password of any user")
    .option("--users-file <FILE>", "file with lines user:password")
    .option("--proxy-header <NAME>", "header in which a proxy in front names the user that it has authenticated")
    .option(
      "--namespace <NAME>",
      "namespace of the Pods; all when left out, or orkestra-system where only that is allowed",
    )
    .option("--kubeconfig <FILE>", "cluster of the Runtimes; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "context of the kubeconfig")
    .action(async (start: string | undefined, given: Given) => {
      if (start !== undefined && start !== "start") {
        throw new UsageError(`Cannot use "${start.slice(0, 60)}": the only word that may follow is start`);
      }
      const { url, urls = url, host = [], port, refresh, timeout: timeoutMs, ...more } = given;
      done(
        await controlCenter({
          ...more,
          timeoutMs,
          hostNames: host,
          urls: urls ?? listOf(env("ORK_URL") ?? ""),
          port: portOf(port ?? (env("ORK_CC_PORT") || String(defaultPort))),
          refreshMs: refreshOf(refresh ?? (env("ORK_CC_REFRESH") || defaultRefresh)),
        }),
      );
    });
}

/** By the names that commander gives options. */
interface Given {
  readonly url?: string[];
  readonly urls?: string[];
  readonly host?: string[];
  readonly port?: string;
  readonly refresh?: string;
  readonly timeout: number;
  readonly listen: string;
  readonly tokenFile?: string;
  readonly usersFile?: string;
  readonly proxyHeader?: string;
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** An option that may be repeated; `a,b` is two. */
function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: string[] | undefined) => {
    const all = listOf(text);
    // An unset variable in a script: not the same as no option at all.
    if (all.length === 0) throw new InvalidArgumentError("It is empty");
    return [...(before ?? []), ...all];
  });
}

function listOf(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

function portOf(text: string): number {
  const port = parsePort(text);
  if (port === undefined) {
    throw new UsageError(`Cannot use the port "${text.slice(0, 20)}": give a number from 0 to 65535`);
  }
  return port;
}

function refreshOf(text: string): number {
  const ms = spanOf(text, refreshBounds);
  if (ms !== undefined) return ms;
  throw new UsageError(
    `Cannot use "${text.slice(0, 20)}" as --refresh: it is a time from 200ms to 1m: ${durationHint}`,
  );
}

function spanOf(
  text: string,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): number | undefined {
  const ms = parseDuration(text);
  return ms === undefined || ms < minMs || ms > maxMs ? undefined : ms;
}

function outside({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }): never {
  throw new InvalidArgumentError(`It is a time from ${minMs}ms to ${maxMs / 1000}s: ${durationHint}`);
}
