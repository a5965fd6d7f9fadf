/**
 * Runs a command with a control plane, and stops that when the command ends, however it ends:
 *
 *     KUBEBUILDER_ASSETS=… deno run -A tests/support/with_control_plane.ts [--nodes N] COMMAND ARGUMENT…
 *
 * The command finds it through the environment (`sharedControlPlane`); its exit code is ours.
 */
import { join } from "node:path";
import { controlPlaneVariable, startControlPlane } from "./control_plane.ts";

async function main(args: readonly string[]): Promise<number> {
  const nodes = args[0] === "--nodes" ? Number(args[1]) : 2;
  const [command, ...rest] = args[0] === "--nodes" ? args.slice(2) : args;
  if (command === undefined || !Number.isInteger(nodes)) {
    console.error("usage: with_control_plane.ts [--nodes N] COMMAND ARGUMENT…");
    return 2;
  }
  const plane = await startControlPlane({ nodes });
  let code = 1;
  try {
    const child = new Deno.Command(command === "deno" ? Deno.execPath() : command, {
      args: rest,
      env: { [controlPlaneVariable]: join(plane.dir, "control-plane.json") },
      stdin: "null",
    }).spawn();
    // startControlPlane() ends everything on a signal, but the command has to go first.
    const onSignal = (): void => child.kill("SIGTERM");
    Deno.addSignalListener("SIGTERM", onSignal);
    code = (await child.status).code;
    Deno.removeSignalListener("SIGTERM", onSignal);
  } finally {
    const logs = await plane.stop({ keepLogs: code !== 0 });
    if (logs !== undefined) console.error(`The logs of the control plane are in ${logs}`);
  }
  return code;
}

if (import.meta.main) {
  Deno.exit(
    await main(Deno.args).catch((error) => {
      console.error(error.message);
      return 1;
    }),
  );
}
