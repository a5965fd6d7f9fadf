import type { RunPorts } from "./run.ts";
import { paint, type Terminal } from "./terminal.ts";

export interface SandboxOptions {
  readonly port: number;
  /** Where the kubeconfig is written; a file in a temporary folder when absent. */
  readonly out?: string | undefined;
}

/** `ork sandbox`: serves an API server in memory until it is stopped. */
export async function serve(
  { port, out }: SandboxOptions,
  terminal: Terminal,
  { openSandbox, until }: Pick<RunPorts, "openSandbox" | "until">,
): Promise<number> {
  const stopped = until();
  let sandbox;
  try {
    sandbox = await openSandbox({ port, ...(out === undefined ? {} : { kubeconfigPath: out }) });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    terminal.err(`Cannot listen on port ${port}: something else does; leave --port away to get a free one`);
    return 1;
  }
  try {
    terminal.out(`Sandbox at ${sandbox.cluster.server}; nothing in it outlives this process`);
    terminal.out(`export KUBECONFIG=${paint(terminal, "bold", sandbox.kubeconfigPath)}`);
    const signal = await stopped;
    terminal.out(`${signal}: stopped`);
    return 0;
  } finally {
    await sandbox.stop();
  }
}
