import { clusterOf } from "./cluster.ts";
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
import { logVariables, processEnv } from "./environment.ts";
import { runGate } from "./gate.ts";
import { gateFlags, GateSettingError, type GateSettings, readGateSettings } from "../gateway/settings.ts";
import { createLog } from "./open_log.ts";
import { stopSignal } from "./stop_signal.ts";

const terminal: Output = { out: (text) => console.log(text), err: (text) => console.error(text) };
const binary = "ork-gateway";

/** The Gateway binary: `gate` and `version`, nothing else. Returns the exit code. */
export function main(args: readonly string[], output: Output = terminal): Promise<number> {
  return runProgram(
    {
      binary,
      summary: "The Gateway of Ork: admission webhooks.",
      commands: [
        {
          name: "gate",
          alias: "gateway",
          summary: "Serve the webhooks of one or more Katalogs until SIGTERM or SIGINT, and keep them registered",
          options: [
            {
              name: "file",
              short: "f",
              value: "FILE",
              repeated: true,
              summary:
                "Katalog, or a folder of Katalogs; - is standard input; may be repeated; katalog.yaml when left out",
            },
            ...gateFlags,
            debugSwitch,
          ],
          positional: "file",
          examples: [
            `${binary} gate -f /etc/orkestra/katalog/katalog.yaml`,
            `${binary} gate -f katalog.yaml --kubeconfig ~/.kube/config --advertise-url https://192.0.2.10:8443`,
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
  const signal = stopSignal();
  const settings = settingsOf(options, processEnv);
  const files = katalogFiles(options.all("file"));
  const cluster = await clusterOf({
    kubeconfigFlag: settings.kubeconfig,
    context: settings.context,
    env: processEnv,
    readTextFile: (path) => Deno.readTextFile(path),
  }, output);
  if (cluster === undefined) return 1;
  const { log, closed } = createLog(systemClock, settings);
  logVariables(log);
  const until = Promise.race([signal, closed]);
  return await runGate({ binary, settings, files, cluster, log, output, host: "all", until, traceEnv: processEnv });
}

function settingsOf(options: Options, env: (name: string) => string | undefined): GateSettings {
  try {
    return readGateSettings((name) => options.one(name) ?? debugLevel(options, name), env);
  } catch (error) {
    if (!(error instanceof GateSettingError)) throw error;
    throw new UsageError(error.message);
  }
}
