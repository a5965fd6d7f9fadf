import { fileURLToPath } from "node:url";
import { runBinary } from "../../tests/support/run_binary.ts";
import type { Running } from "./contestants.ts";
import { between, bucketOf, type Histogram, quantile, readHistogram } from "./latencies.ts";
import { type LoadJob, type LoadResult, measuringLine } from "./load_job.ts";
import { peakMb, processorMs } from "./usage.ts";

const load = fileURLToPath(new URL("load.ts", import.meta.url));

/** What one contestant did under one load. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly wrong: number;
  readonly errors: number;
  readonly error?: string | undefined;
  readonly reconnects: number;
  /** Cores that the clients used. */
  readonly clientCores: number;
  readonly webhook?: WebhookUse;
}

export interface WebhookUse {
  /** Reviews that the webhook counted. */
  readonly reviews: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly meanMs: number;
  /** 99 % took at most this long. */
  readonly p99Ms: number;
}

/** Runs a load, its clients spread over `processes`. */
export async function measure(job: LoadJob, processes: number, webhook: Running): Promise<Measured> {
  const shares = Array.from(
    { length: Math.min(processes, job.parallel) },
    (_, index) => ({ ...job, parallel: share(job.parallel, processes, index) }),
  );
  const running = shares.map((part) =>
    runBinary([Deno.execPath(), "run", "-A", "--no-check", load], { stdin: JSON.stringify(part) })
  );
  try {
    await Promise.all(running.map((process) => process.waitForOutput(measuringLine, job.warmUpMs + 90_000)));
    const before = await usage(webhook);
    const ends = await Promise.all(running.map((process) => process.ended));
    const after = await usage(webhook);
    const results = running.map((process, index): LoadResult => {
      const { code } = ends[index]!;
      if (code !== 0) throw new Error(`The clients ended with exit code ${code}: ${process.stderr}`);
      return JSON.parse(process.stdout.trimEnd().split("\n").at(-1)!);
    });
    return { ...summary(job, results), ...before && after && { webhook: useOf(before, after) } };
  } finally {
    for (const process of running) await process.stop({ signal: "SIGKILL" });
  }
}

interface Usage {
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly times: Histogram;
}

/** Of a webhook so far. */
async function usage({ pid, times }: Running): Promise<Usage | undefined> {
  if (pid === undefined || times === undefined) return undefined;
  const response = await fetch(times.url);
  const exposition = await response.text();
  if (!response.ok) throw new Error(`GET ${times.url}: HTTP ${response.status}: ${exposition}`);
  return {
    cpuMs: await processorMs(pid),
    peakMb: await peakMb(pid),
    times: readHistogram(exposition, times.histogram, times.label),
  };
}

function summary(job: LoadJob, results: readonly LoadResult[]): Measured {
  const latencies = results.flatMap(({ latenciesUs }) => latenciesUs);
  const sum = (count: (result: LoadResult) => number) => results.reduce((all, result) => all + count(result), 0);
  return {
    perSecond: latencies.length / (job.measureMs / 1000),
    p50Ms: quantile(latencies, 0.5) / 1000,
    p99Ms: quantile(latencies, 0.99) / 1000,
    wrong: sum(({ wrong }) => wrong),
    errors: sum(({ errors }) => errors),
    error: results.find(({ error }) => error !== undefined)?.error,
    reconnects: sum(({ reconnects }) => reconnects),
    clientCores: sum(({ cpuMs }) => cpuMs) / job.measureMs,
  };
}

function useOf(before: Usage, after: Usage): WebhookUse {
  const times = between(before.times, after.times);
  return {
    reviews: times.count,
    cpuMs: after.cpuMs - before.cpuMs,
    peakMb: after.peakMb,
    meanMs: 1000 * times.sum / times.count,
    p99Ms: 1000 * bucketOf(times, 0.99),
  };
}

/** Clients of one process, of `all` in `processes`. */
function share(all: number, processes: number, index: number): number {
  return Math.floor(all / processes) + (index < all % processes ? 1 : 0);
}
