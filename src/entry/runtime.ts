import {
  httpLimitsOf,
  katalogSummary,
  readSettings,
  runFlags,
  type RunSettings,
  SettingError,
} from "../runtime/mod.ts";
import { systemClock } from "./clock.ts";
import {
  debugLevel,
  debugSwitch,
  katalogFiles,
  type Options,
  type Output,
  runProgram,
  UsageError,
  versionCommand,
} from "./command_line.ts";
import { RecordingReader, systemFiles } from "../files/mod.ts";
import { ListenError } from "../serve/mod.ts";
import { electionOf } from "./election.ts";
import { portAdvice } from "./http.ts";
import { logVariables, processEnv } from "./environment.ts";
import { clusterOf } from "./cluster.ts";
import { createLog } from "./open_log.ts";
import { type OpenRun, openRun, planOf, sourceOf } from "./run.ts";
import { stopSignal } from "./stop_signal.ts";

const terminal: Output = { out: (text) => console.log(text), err: (text) => console.error(text) };
const binary = "ork-runtime";

/** The Runtime binary: `run` and `version`, nothing else. Returns the exit code. */
export function main(args: readonly string[], output: Output = terminal): Promise<number> {
  return runProgram(
    {
      binary,
      summary: "The Runtime of Ork: runs the operators of Katalogs.",
      commands: [
        {
          name: "run",
          summary: "Run the operators of one or more Katalogs until SIGTERM or SIGINT",
          options: [
            { name: "file", short: "f", value: "FILE", repeated: true, summary: katalogSummary },
            ...runFlags.map((flag) => ({ ...flag, summary: capitalized(flag.summary) })),
            debugSwitch,
          ],
          positional: "file",
          examples: [
            `${binary} run -f /etc/orkestra/katalog/katalog.yaml`,
            `${binary} run a.yaml b.yaml --kubeconfig ~/.kube/config`,
          ],
          run: (options) => run(options, output),
        },
        versionCommand(binary, output),
      ],
    },
    args,
    output,
  );
}

async function run(options: Options, output: Output): Promise<number> {
  // Before anything that takes time: a signal at any moment ends the process in order.
  const signal = stopSignal();
  const settings = settingsOf(options, processEnv);
  const named = katalogFiles(options.all("file"));
  const cluster = await clusterOf({
    kubeconfigFlag: settings.kubeconfig,
    context: settings.context,
    env: processEnv,
    readTextFile: (path) => Deno.readTextFile(path),
  }, output);
  const { log, closed } = createLog(systemClock, settings);
  logVariables(log);
  const until = Promise.race([signal, closed]);
  const { isolation = "cells", cellMemoryMb, budget, port = 8080, shutdownMs, gatewayEndpoint } = settings;
  const logsIdle = settings.logLevel === "debug";
  const place = {
    binary,
    isolation,
    cellMemoryMb,
    budget,
    log,
    logsIdle,
    clock: systemClock,
    until,
    traceEnv: processEnv,
    http: { host: "all", port, limits: httpLimitsOf(settings.httpLimits) },
    shutdownMs,
    gatewayEndpoint,
  } as const;
  const ownNamespace = cluster?.source === "in-cluster" ? cluster.namespace : undefined;
  // The threads get ready on another processor while this one reads the Katalog.
  let open: OpenRun | undefined;
  try {
    open = cluster && openRun({
      ...place,
      cluster,
      accounts: settings.namespace ?? ownNamespace ?? "default",
      election: electionOf(settings, true, ownNamespace),
    });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    output.err(`${error.message}; ${portAdvice}`);
    return 1;
  }
  // Standard input may never end.
  const reader = new RecordingReader(systemFiles({ env: processEnv }));
  const loaded = await Promise.race([planOf(named, reader, output), until]);
  if (open === undefined || loaded === undefined || typeof loaded === "string") {
    await open?.close();
    return typeof loaded === "string" ? 0 : 1;
  }
  return await open.run(loaded, sourceOf(named, reader, settings.reload === true ? "end" : "report"));
}

function settingsOf(options: Options, env: (name: string) => string | undefined): RunSettings {
  try {
    return readSettings((name) => options.one(name) ?? debugLevel(options, name), env);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new UsageError(error.message);
  }
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
