import { defaultBudget } from "../cluster/mod.ts";
import { systemClock } from "./clock.ts";
import { type Options, runProgram, UsageError, versionCommand, type Words } from "./command_line.ts";
import type { Isolation } from "./host.ts";
import { clusterOf, createLog, openRun, planOf, stopSignal } from "./run.ts";
import { type Level, parseLevel } from "../observe/log.ts";

const terminal: Words = { out: (text) => console.log(text), err: (text) => console.error(text) };
const binary = "ork-runtime";

/** The Runtime binary: `run` and `version`, nothing else. Answers the exit code. */
export function main(args: readonly string[], words: Words = terminal): Promise<number> {
  return runProgram(
    {
      binary,
      summary: "The Runtime of Ork: turns the Katalogs it is given into running operators.",
      commands: [
        {
          name: "run",
          summary: "Run the operators of one or more Katalogs until SIGTERM or SIGINT",
          options: [
            { name: "file", short: "f", value: "FILE", repeated: true, summary: "Katalog; katalog.yaml when left out" },
            { name: "kubeconfig", value: "FILE", summary: "Cluster; else KUBECONFIG, else the Pod's service account" },
            { name: "context", value: "NAME", summary: "Context of the kubeconfig" },
            {
              name: "isolation",
              value: "HOW",
              summary: "cells (each operator an isolate of its own, the default) or shared",
            },
            { name: "cell-memory", value: "MB", summary: "Heap of a cell; 256 when left out" },
            {
              name: "api-rate",
              value: "N",
              summary: "API calls a second that one operator may make; 500 when left out",
            },
            {
              name: "api-calls",
              value: "N",
              summary: "API calls that one operator may have under way; 32 when left out",
            },
            { name: "log-level", value: "LEVEL", summary: "debug, info, warn or error; else LOG_LEVEL, else info" },
          ],
          examples: [
            `${binary} run -f /etc/orkestra/katalog/katalog.yaml`,
            `${binary} run -f a.yaml -f b.yaml --kubeconfig ~/.kube/config`,
          ],
          run: (options) => run(options, words),
        },
        versionCommand(binary, words),
      ],
    },
    args,
    words,
  );
}

async function run(options: Options, words: Words): Promise<number> {
  // Before anything that takes time: a signal at any moment ends the process in order.
  const until = stopSignal();
  const level = logLevel(options.one("log-level") ?? Deno.env.get("LOG_LEVEL"));
  const isolation = readIsolation(options.one("isolation"), options.one("cell-memory"));
  const budget = {
    perSecond: readCount("api-rate", options.one("api-rate")) ?? defaultBudget.perSecond,
    inFlight: readCount("api-calls", options.one("api-calls")) ?? defaultBudget.inFlight,
  };
  const files = katalogFiles(options.all("file"));
  const cluster = await clusterOf({
    kubeconfigFlag: options.one("kubeconfig"),
    context: options.one("context"),
    env: (name) => Deno.env.get(name),
    readTextFile: (path) => Deno.readTextFile(path),
  }, words);
  const log = createLog(systemClock, level);
  const logsIdle = level === "debug";
  // The threads get ready on another processor while this one reads the Katalog.
  const open = cluster && openRun({ binary, cluster, log, logsIdle, clock: systemClock, until, budget, ...isolation });
  const plan = await planOf(files, words);
  if (open === undefined || plan === undefined) {
    await open?.close();
    return 1;
  }
  return await open.run(plan);
}

/** `-f a,b -f c` names three files. */
function katalogFiles(given: readonly string[]): readonly string[] {
  if (given.length === 0) return ["katalog.yaml"];
  const files = given.flatMap((text) => text.split(",")).filter((text) => text !== "");
  // An unset variable in a script: not the same as no option at all.
  if (files.length === 0) throw new UsageError('Option "--file" names no file');
  return files;
}

function logLevel(text: string | undefined): Level {
  const level = parseLevel(text ?? "info");
  if (level === undefined) throw new UsageError(`Unknown log level "${text}": use debug, info, warn or error`);
  return level;
}

function readIsolation(how = "cells", memory?: string): { isolation: Isolation; cellMemoryMb?: number } {
  if (how !== "cells" && how !== "shared") throw new UsageError(`Unknown isolation "${how}": use cells or shared`);
  if (memory === undefined) return { isolation: how };
  if (!/^\d{2,5}$/.test(memory)) {
    throw new UsageError(`Cannot use "${memory}" as memory of a cell: give it in MB, as 256`);
  }
  return { isolation: how, cellMemoryMb: Number(memory) };
}

function readCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new UsageError(`Cannot use "${text}" as --${option}: give a number from 1 to 99999`);
  }
  return Number(text);
}
