/**
 * Runs commands with a control plane, one after the other, and stops that when the last one ends, however it ends:
 *
 *     KUBEBUILDER_ASSETS=… deno run -A tests/support/with_control_plane.ts [--optional] [--nodes N] COMMAND ARGUMENT… \
 *       [--then COMMAND ARGUMENT… | --beside COMMAND ARGUMENT…]…
 *
 * What follows `--beside` runs at the same time as the command before it, and its output comes when it has ended.
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
  const steps = splitAt(rest, "--then").map((step) => splitAt(step, "--beside"));
  if (steps.flat().some((command) => command.length === 0) || !Number.isInteger(nodes)) {
    console.error(
      "usage: with_control_plane.ts [--optional] [--nodes N] COMMAND ARGUMENT… " +
        "[--then COMMAND ARGUMENT… | --beside COMMAND ARGUMENT…]…",
    );
    return 2;
  }
  if (optional && (Deno.env.get("KUBEBUILDER_ASSETS") ?? "") === "") {
    console.error("KUBEBUILDER_ASSETS is not set: what needs a control plane is left out");
    return await runAll(steps, {});
  }
  const plane = await startControlPlane({ nodes });
  let code = 1;
  try {
    code = await runAll(steps, { [controlPlaneVariable]: join(plane.dir, "control-plane.json") });
  } finally {
    const logs = await plane.stop({ keepLogs: code !== 0 });
    if (logs !== undefined) console.error(`The logs of the control plane are in ${logs}`);
  }
  return code;
}

/** A command that fails does not keep the others from running; SIGTERM does. */
async function runAll(
  steps: readonly (readonly (readonly string[])[])[],
  env: Record<string, string>,
): Promise<number> {
  let code = 0;
  const running = new Set<Deno.ChildProcess>();
  let terminated = false;
  // startControlPlane() ends everything on a signal, but the commands have to go first.
  const onSignal = (): void => {
    terminated = true;
    for (const child of running) child.kill("SIGTERM");
  };
  Deno.addSignalListener("SIGTERM", onSignal);
  const run = async ([command, ...args]: readonly string[], beside: boolean): Promise<void> => {
    const output = beside ? "piped" : "inherit";
    const child = new Deno.Command(programOf(command!), { args, env, stdin: "null", stdout: output, stderr: output })
      .spawn();
    running.add(child);
    const printed = beside ? await child.output() : undefined;
    const status = printed ?? await child.status;
    running.delete(child);
    if (printed !== undefined) {
      await writeAll(Deno.stdout, printed.stdout);
      await writeAll(Deno.stderr, printed.stderr);
    }
    code ||= status.code;
  };
  try {
    for (const [first, ...beside] of steps) {
      if (terminated) break;
      await Promise.all([run(first!, false), ...beside.map((command) => run(command, true))]);
    }
  } finally {
    Deno.removeSignalListener("SIGTERM", onSignal);
  }
  return code;
}

async function writeAll(stream: { write(bytes: Uint8Array): Promise<number> }, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
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
