import { runBinary } from "../../tests/support/run_binary.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { Fault } from "./faults.ts";
import { badBox, katalogText } from "./katalog.ts";
import { Sample } from "./summary.ts";

export interface Double extends AsyncDisposable {
  readonly pid: number;
  readonly server: string;
  set(fault: Fault): Promise<void>;
  /** What was measured since the last call. */
  samples(): Promise<{
    latencies: { box: string; ms: number }[];
    overdue: { box: string; ms: number }[];
    events: { reason?: string; note?: string; regarding?: { kind?: string; name?: string } }[];
    sent: number;
  }>;
}

export async function startDouble(root: string): Promise<Double> {
  const process = runBinary([Deno.execPath(), "run", "-A", `${root}bench/isolation/api_double.ts`]);
  await process.waitForOutput(/\{"port":\d+\}/);
  const { port } = JSON.parse(/\{"port":\d+\}/.exec(process.stdout)![0]);
  const server = `http://127.0.0.1:${port}`;
  const post = async (path: string, body: unknown) =>
    await (await fetch(`${server}/control/${path}`, { method: "POST", body: JSON.stringify(body) })).json();
  return {
    pid: process.pid,
    server,
    set: async (fault) => void await post("fault", { fault }),
    samples: () => post("samples", {}),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** One line of the Runtime's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly box?: string;
  readonly waitedMs?: number;
  readonly stack?: string;
  readonly state?: string;
}

/** The Runtime under test. Its log is read as it comes, and of the bad box's lines the first thousands are kept. */
export interface Operator {
  readonly pid: number;
  readonly ready: ReadonlySet<string>;
  /** Queue waits of the good boxes. */
  readonly waits: Sample;
  readonly badLines: readonly LogLine[];
  /** The log says that the bad box is degraded. */
  readonly isIll: boolean;
  readonly ended: Promise<Deno.CommandStatus>;
  forget(): void;
  until(what: string, probe: () => boolean, timeoutMs: number): Promise<unknown>;
  usage(): Promise<{ cpuS: number; mainCpuS: number; rssMb: number }>;
  stop(): Promise<void>;
}

export async function startOperator(
  options: { binary: string; folder: string; isolation: string; server: string },
): Promise<Operator> {
  const { binary, folder, isolation, server } = options;
  await Deno.writeTextFile(`${folder}/katalog.yaml`, katalogText());
  await Deno.writeTextFile(`${folder}/kubeconfig`, JSON.stringify(kubeconfig(server)));
  const child = new Deno.Command(binary, {
    args: ["run", "-f", `${folder}/katalog.yaml`, "--isolation", isolation],
    env: { KUBECONFIG: `${folder}/kubeconfig`, ORK_PORT: "0" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const ready = new Set<string>();
  const waits = new Sample();
  const badLines: LogLine[] = [];
  let ill = false;
  let ended = false;
  const read = (line: LogLine): void => {
    if (line.box !== badBox) {
      if (line.message.includes(": watching,")) ready.add(line.box ?? "");
      if (line.waitedMs !== undefined) waits.add(line.waitedMs);
      if (line.level === "error" || line.level === "warn") console.log(`  good   ${line.message}`);
      return;
    }
    if (line.message.includes(": watching,")) ready.add(badBox);
    if (badLines.length < 20_000) badLines.push(line);
    if (line.message.includes("its cell was ended") || line.state === "degraded") ill = true;
    if (line.state === "healthy") ill = false;
  };
  void child.status.then(() => ended = true);
  void (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) read(JSON.parse(line));
    }
  })();
  return {
    pid: child.pid,
    ready,
    waits,
    badLines,
    get isIll() {
      return ill;
    },
    ended: child.status,
    forget: () => void (badLines.length = 0),
    async until(what, probe, timeoutMs) {
      await waitFor(what, () => probe() || ended, { timeoutMs, explain: () => badLines.slice(-5) });
      if (ended) throw new Error(`The Runtime has ended: ${Deno.inspect(await child.status)}`);
    },
    usage: () => usageOf(child.pid),
    async stop() {
      if (!ended) child.kill("SIGTERM");
      await child.status;
    },
  };
}

function kubeconfig(server: string): unknown {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "double",
    contexts: [{ name: "double", context: { cluster: "double", user: "nobody" } }],
    clusters: [{ name: "double", cluster: { server } }],
    users: [{ name: "nobody", user: {} }],
  };
}

/** CPU seconds that the whole machine has used so far (Linux). */
export async function machineCpuS(): Promise<number> {
  const [user, nice, system, , , irq, softirq, steal] = (await Deno.readTextFile("/proc/stat")).split("\n")[0]!
    .replace(/^cpu\s+/, "").split(" ").map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) / 100;
}

/** Of a Linux process: CPU seconds in all, of its main thread, and resident memory. */
export async function usageOf(pid: number): Promise<{ cpuS: number; mainCpuS: number; rssMb: number }> {
  const cpu = async (path: string) => {
    const fields = (await Deno.readTextFile(path)).replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return {
    cpuS: await cpu(`/proc/${pid}/stat`),
    mainCpuS: await cpu(`/proc/${pid}/task/${pid}/stat`),
    rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024),
  };
}
