import { waitFor } from "./wait_for.ts";

/** A process that does not outlive its starter, however that one ends. */
export interface Supervised {
  readonly name: string;
  readonly logPath: string;
  /** Settled once it has ended, with its exit code. */
  readonly ended: Promise<number>;
  readonly running: boolean;
  /** SIGTERM, after ten seconds SIGKILL. */
  stop(): Promise<void>;
}

/**
 * The shell holds the process and the reading end of our pipe. When the pipe closes (we close it, or we are gone,
 * SIGKILL included) it ends the process: TERM first, KILL if that does not help.
 */
const script = `
exec 3<&0
log=$1; shift
"$@" >"$log" 2>&1 </dev/null 3<&- &
child=$!
(
  trap '' INT TERM
  cat <&3 >/dev/null
  kill "$child" 2>/dev/null || exit 0
  for _ in $(seq 100); do kill -0 "$child" 2>/dev/null || exit 0; sleep 0.1; done
  kill -9 "$child" 2>/dev/null
) >/dev/null 2>&1 &
trap '' INT TERM
wait "$child"
`;

/** Starts a program whose output goes to a file. */
export function supervise(
  name: string,
  command: readonly string[],
  options: { logPath: string; cwd: string; env?: Record<string, string> },
): Supervised {
  const child = new Deno.Command("sh", {
    args: ["-c", script, name, options.logPath, ...command],
    cwd: options.cwd,
    ...(options.env === undefined ? {} : { env: options.env }),
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let running = true;
  const ended = child.status.then(async ({ code }) => {
    running = false;
    await child.stdin.close().catch(() => {
      // Closed by stop() already.
    });
    return code;
  });
  return {
    name,
    logPath: options.logPath,
    ended,
    get running() {
      return running;
    },
    async stop() {
      if (running) {
        await child.stdin.close().catch(() => {
          // It ended in this very moment.
        });
      }
      await ended;
    },
  };
}

/** Waits until a supervised process does its work. Fails at once, with the end of its log, when it ends instead. */
export async function untilReady(
  process: Supervised,
  probe: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  try {
    await waitFor(`${process.name} is ready`, async () => {
      if (!process.running) return "ended";
      return await probe() ? "ready" : undefined;
    }, { timeoutMs }).then((state) => {
      if (state === "ended") throw new Error(`${process.name} ended instead of becoming ready`);
    });
  } catch (cause) {
    const log = await Deno.readTextFile(process.logPath).catch((error) => String(error));
    throw new Error(`Cannot start ${process.name}: ${cause}\n${log.split("\n").slice(-20).join("\n")}`, { cause });
  }
}
