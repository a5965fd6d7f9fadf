import { waitFor } from "./wait_for.ts";

/** A program under test. Disposing of it ends it. */
export interface RunningBinary extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Settled once it has ended. */
  readonly ended: Promise<{ code: number; signal: Deno.Signal | null }>;
  /** Waits for a text or pattern on either output; fails at once when the program ends without it. */
  waitForOutput(wanted: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Sends SIGTERM (or another signal) and returns how it ended; SIGKILL after `timeoutMs`. */
  stop(options?: { signal?: Deno.Signal; timeoutMs?: number }): Promise<{ code: number; signal: Deno.Signal | null }>;
}

export interface BinaryOptions {
  /** Added to an environment that holds only PATH, HOME and what Deno needs; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

/** Of our own environment, what every program gets. */
const passedOn = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "DENO_TLS_CA_STORE", "SYSTEMROOT"];

/** Starts a program: `[path, argument, …]`. */
export function runBinary(command: readonly string[], options: BinaryOptions = {}): RunningBinary {
  const env: Record<string, string> = {};
  for (const name of passedOn) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  env["NO_COLOR"] = "1";
  env["ORK_PORT"] = "0"; // several run at the same time
  // Tests run side by side on one API server: those of elections say so.
  env["LEADER_ELECTION"] = "false";
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    clearEnv: true,
    env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = { stdout: "", stderr: "" };
  let running = true;
  const collect = async (name: "stdout" | "stderr"): Promise<void> => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) output[name] += text;
  };
  const feed = async (): Promise<void> => {
    if (options.stdin === undefined) return;
    const writer = child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // it may end without reading
    }
  };
  const ended = Promise.all([child.status, collect("stdout"), collect("stderr"), feed()]).then(([status]) => {
    running = false;
    return { code: status.code, signal: status.signal };
  });

  const binary: RunningBinary = {
    pid: child.pid,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    ended,
    async waitForOutput(wanted, timeoutMs) {
      const found = await waitFor(`${command[0]} prints ${wanted}`, () => {
        const all = `${output.stdout}\n${output.stderr}`;
        if (typeof wanted === "string" ? all.includes(wanted) : wanted.test(all)) return "found";
        return running ? undefined : "ended";
      }, { ...(timeoutMs === undefined ? {} : { timeoutMs }), explain: () => output });
      if (found === "ended") throw new Error(`${command[0]} ended without ${wanted}: ${Deno.inspect(output)}`);
    },
    async stop({ signal = "SIGTERM", timeoutMs = 10_000 } = {}) {
      if (running) child.kill(signal);
      const timer = setTimeout(() => running && child.kill("SIGKILL"), timeoutMs);
      const end = await ended;
      clearTimeout(timer);
      return end;
    },
    async [Symbol.asyncDispose]() {
      await binary.stop();
    },
  };
  return binary;
}

/** Runs a program to its end. */
export async function runToEnd(
  command: readonly string[],
  options: BinaryOptions & { timeoutMs?: number } = {},
): Promise<{ code: number; signal: Deno.Signal | null; stdout: string; stderr: string }> {
  const binary = runBinary(command, options);
  const timer = setTimeout(() => void binary.stop({ signal: "SIGKILL" }), options.timeoutMs ?? 60_000);
  const { code, signal } = await binary.ended;
  clearTimeout(timer);
  return { code, signal, stdout: binary.stdout, stderr: binary.stderr };
}
