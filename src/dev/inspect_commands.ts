import { type Command, InvalidArgumentError, Option } from "commander";
import { durationHint, parseDuration } from "../base/duration.ts";
import type { SessionOptions } from "./inspect/session.ts";
import { type Level, parseLevel } from "../observe/log.ts";
import type { LogsPorts } from "./inspect/logs/logs.ts";
import type { Terminal } from "./terminal.ts";

/** What commander makes of the options that the commands share. */
interface Shared {
  readonly url?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly podPort?: number;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly timeout: number;
  readonly output: "text" | "json";
  /** `-n`. */
  readonly n?: string;
}

const minIntervalMs = 100;
const maxIntervalMs = 3_600_000;

/**
 * Adds the commands that ask a running operator. Their code is loaded when one of them is used: it reads responses with
 * a library that the other commands need not wait for. `command` creates a subcommand from its name, summary, examples.
 */
export function addInspectCommands(
  command: (name: string, summary: string, lines: readonly string[]) => Command,
  terminal: Terminal,
  ports: LogsPorts,
  done: (code: number) => void,
): void {
  shared(command("status", "Print how the operators of a Runtime are; exits with 1 when one is degraded", [
    "ork status",
    "ork status website -w",
    "ork status --url http://127.0.0.1:8080 -o json | jq '.crds[] | select(.healthy | not).name'",
  ]))
    .argument("[CRD]", "kind, plural or key of the Katalog; all when left out")
    .option("-w, --watch", "print it again and again until a signal comes")
    .addOption(
      new Option("--interval <TIME>", "time between two of --watch").argParser(parseInterval).default(1_000, "1s"),
    )
    .action(async (crd: string | undefined, given: Shared & { watch?: boolean; interval: number }) => {
      const { status } = await import("./inspect/status.ts");
      const { watch = false, interval: intervalMs, output } = given;
      done(await status({ ...where(given), crd, watch, intervalMs, output }, terminal, ports));
    });

  shared(command("get", "List the custom resources that a Runtime reconciles", [
    "ork get",
    "ork get websites -n shop",
    "ork get website -A -o json",
  ]))
    .argument("[CRD]", "kind, plural or key of the Katalog; all when left out")
    .addOption(new Option("-n <NAMESPACE>", "namespace of the custom resources").conflicts("allNamespaces"))
    .option("-A, --all-namespaces", "those of all namespaces, as without -n")
    .action(async (crd: string | undefined, given: Shared) => {
      const { getCrs } = await import("./inspect/crs.ts");
      done(await getCrs({ ...where(given), crd, crNamespace: given.n, output: given.output }, terminal, ports));
    });

  shared(command("events", "Print what an operator recorded on a custom resource, newest first", [
    "ork events website hello",
    "ork events website hello -n shop -o json",
  ]))
    .argument("<KIND>", "kind, plural or key of the Katalog")
    .argument("<NAME>", "name of the custom resource")
    .addOption(crNamespaceOption())
    .action(async (kind: string, name: string, given: Shared) => {
      const { events } = await import("./inspect/events.ts");
      done(await events({ ...where(given), kind, name, crNamespace: given.n, output: given.output }, terminal, ports));
    });

  shared(command("why", "Print what an operator did with a custom resource lately, why, and what comes next", [
    "ork why website hello",
    "ork why website hello -n shop -o json",
  ]))
    .argument("<KIND>", "kind, plural or key of the Katalog")
    .argument("<NAME>", "name of the custom resource")
    .addOption(crNamespaceOption())
    .action(async (kind: string, name: string, given: Shared) => {
      const { why } = await import("./inspect/why.ts");
      done(await why({ ...where(given), kind, name, crNamespace: given.n, output: given.output }, terminal, ports));
    });

  command("logs", "Print the logs of all replicas of Runtime and Gateway, in the order of time", [
    "ork logs -f",
    "ork logs --since 10m --level warn",
    "ork logs --cr shop/hello -o json | jq .pass",
    "ork logs runtime-0.log runtime-1.log --box website",
    "ork-runtime run -f katalog.yaml | ork logs -",
  ])
    .argument("[FILE...]", "files in place of Pods; - for standard input")
    .option("-f, --follow", "print lines as they come, also of replicas that start later, until a signal comes")
    .addOption(new Option("--since <TIME>", "lines of the last TIME alone: 10m").argParser(parseSince))
    .addOption(new Option("--level <LEVEL>", "the lowest level: debug, info, warn or error").argParser(parseLogLevel))
    .option("--box <KEY>", "lines of this operator alone: its key under spec.crds")
    .option("--cr <NS/NAME>", "lines of this custom resource alone; NAME where its kind has no namespace")
    .option("--pass <ID>", "lines of this pass alone")
    .option("--namespace <NAME>", "namespace of the Pods; else ORK_NAMESPACE, else orkestra-system")
    .option(
      "--pod <NAME>",
      "this Pod alone; may be given several times",
      (name, names: string[]) => [...names, name],
      [],
    )
    .addOption(new Option("--component <NAME>", "Pods of this one alone").choices(["runtime", "gateway"]))
    .option("--kubeconfig <FILE>", "cluster of the Pods; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "context of the kubeconfig")
    .addOption(new Option("-o, --output <FORMAT>", "what is printed").choices(["text", "json"]).default("text"))
    .action(async (files: string[], { follow = false, since: sinceMs, pod: pods, ...given }: LogsGiven) => {
      const { logs } = await import("./inspect/logs/logs.ts");
      done(await logs({ ...given, files, follow, sinceMs, pods }, terminal, ports));
    });
}

/** What commander makes of the options of `ork logs`. */
interface LogsGiven {
  readonly follow?: boolean;
  readonly since?: number;
  readonly level?: Level;
  readonly box?: string;
  readonly cr?: string;
  readonly pass?: string;
  readonly namespace?: string;
  readonly pod: readonly string[];
  readonly component?: "runtime" | "gateway";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: "text" | "json";
}

function parseSince(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError(`It is a time: ${durationHint}`);
  return ms;
}

function parseLogLevel(text: string): Level {
  const level = parseLevel(text);
  if (level === undefined) throw new InvalidArgumentError("Use debug, info, warn or error");
  return level;
}

function shared(command: Command): Command {
  return command
    .option("--url <URL>", "HTTP API of the Runtime; else ORK_URL, else the Pod that leads, by a port-forward")
    .option("--namespace <NAME>", "namespace of the Runtime's Pods; else ORK_NAMESPACE, else orkestra-system")
    .option("--pod <NAME>", "Pod of the Runtime; the one that leads when left out")
    .addOption(new Option("--pod-port <PORT>", "port of its HTTP API; 8080 when left out").argParser(parsePodPort))
    .option("--kubeconfig <FILE>", "cluster of the Runtime; else KUBECONFIG, else ~/.kube/config")
    .option("--context <NAME>", "context of the kubeconfig")
    .addOption(
      new Option("--timeout <TIME>", "how long to wait for a response").argParser(parseInterval).default(10_000, "10s"),
    )
    .addOption(new Option("-o, --output <FORMAT>", "what is printed").choices(["text", "json"]).default("text"));
}

function crNamespaceOption(): Option {
  return new Option("-n <NAMESPACE>", "its namespace; the one that its operator watches, or default, when left out");
}

function where({ url, namespace, pod, podPort: port, kubeconfig, context, timeout }: Shared): SessionOptions {
  return { url, namespace, pod, port, kubeconfig, context, timeoutMs: timeout };
}

function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < minIntervalMs || ms > maxIntervalMs) {
    throw new InvalidArgumentError(`It is a time from 100ms to 1h: ${durationHint}`);
  }
  return ms;
}

function parsePodPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new InvalidArgumentError("A port is a number from 1 to 65535");
  return port;
}
