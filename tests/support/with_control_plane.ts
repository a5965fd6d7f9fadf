/**
 * Runs commands with a control plane, one after the other, and stops that when the last one ends, however it ends:
 *
 *     KUBEBUILDER_ASSETS=… deno run -A tests/support/with_control_plane.ts [--optional] [--nodes N] COMMAND ARGUMENT… \
 *       [--then COMMAND ARGUMENT…]
 *
 * They find it through the environment (`sharedControlPlane`); the exit code is the first one that is not 0. With
 * `--optional` they are run without a control plane where KUBEBUILDER_ASSETS is not set.
 */
import { join } from "node:path";
import { controlPlaneVariable, startControlPlane } from "./control_plane.ts";

async function main(args: readonly string[]): Promise<number> {
  const rest = [...args];
  const optional = rest[0] === "--optional" && rest.shift() !== undefined;
  const nodes = rest[0] === "--nodes" ? Number(rest.splice(0, 2)[1]) : 2;
  const commands = splitAt(rest, "--then");
  if (commands.some((command) => command.length === 0) || !Number.isInteger(nodes)) {
    console.error(
      "usage: with_control_plane.ts [--optional] [--nodes N] COMMAND ARGUMENT… [--then COMMAND ARGUMENT…]",
    );
    return 2;
  }
  if (optional && (Deno.env.get("KUBEBUILDER_ASSETS") ?? "") === "") {
    console.error("KUBEBUILDER_ASSETS is not set: what needs a control plane is left out");
    return await runAll(commands, {});
  }
  const plane = await startControlPlane({ nodes });
  let code = 1;
  try {
    code = await runAll(commands, { [controlPlaneVariable]: join(plane.dir, "control-plane.json") });
  } finally {
    const logs = await plane.stop({ keepLogs: code !== 0 });
    if (logs !== undefined) console.error(`The logs of the control plane are in ${logs}`);
  }
  return code;
}

/** A command that fails does not keep the next one from running; SIGTERM does. */
async function runAll(commands: readonly (readonly string[])[], env: Record<string, string>): Promise<number> {
  let code = 0;
  let terminated = false;
  for (const [command, ...args] of commands) {
    if (terminated) break;
    const child = new Deno.Command(programOf(command!), { args, env, stdin: "null" }).spawn();
    // startControlPlane() ends everything on a signal, but the command has to go first.
    const onSignal = (): void => {
      terminated = true;
      child.kill("SIGTERM");
    };
    Deno.addSignalListener("SIGTERM", onSignal);
    const status = await child.status;
    Deno.removeSignalListener("SIGTERM", onSignal);
    code ||= status.code;
  }
  return code;
}

function splitAt(args: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  for (const arg of args) arg === separator ? parts.push([]) : parts.at(-1)!.push(arg);
  return parts;
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
