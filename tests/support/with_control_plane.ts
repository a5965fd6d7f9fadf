/**
 * Runs a command with a control plane, and stops that when the command ends, however it ends:
 *
 *     KUBEBUILDER_ASSETS=… deno run -A tests/support/with_control_plane.ts [--optional] [--nodes N] COMMAND ARGUMENT…
 *
 * The command finds it through the environment (`sharedControlPlane`); its exit code is ours. With `--optional` it is
 * run without a control plane where KUBEBUILDER_ASSETS is not set.
 */
import { join } from "node:path";
import { controlPlaneVariable, startControlPlane } from "./control_plane.ts";

async function main(args: readonly string[]): Promise<number> {
  const optional = args[0] === "--optional";
  const [first, second, ...others] = optional ? args.slice(1) : args;
  const nodes = first === "--nodes" ? Number(second) : 2;
  const [command, ...rest] = first === "--nodes" ? others : args.slice(optional ? 1 : 0);
  if (command === undefined || !Number.isInteger(nodes)) {
    console.error("usage: with_control_plane.ts [--optional] [--nodes N] COMMAND ARGUMENT…");
    return 2;
  }
  if (optional && (Deno.env.get("KUBEBUILDER_ASSETS") ?? "") === "") {
    console.error("KUBEBUILDER_ASSETS is not set: what needs a control plane is left out");
    return (await new Deno.Command(programOf(command), { args: rest, stdin: "null" }).spawn().status).code;
  }
  const plane = await startControlPlane({ nodes });
  let code = 1;
  try {
    const child = new Deno.Command(programOf(command), {
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

/** `deno` is the very one that runs this. */
function programOf(command: string): string {
  return command === "deno" ? Deno.execPath() : command;
}

if (import.meta.main) {
  Deno.exit(
    await main(Deno.args).catch((error) => {
      console.error(error.message);
      return 1;
    }),
  );
}
