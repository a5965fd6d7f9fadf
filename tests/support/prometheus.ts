import { runBinary } from "./run_binary.ts";
import { waitFor } from "./wait_for.ts";

const programs = ["prometheus", "promtool"];

function isInstalled(name: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
      throw error;
    }
  });
}

const missing = programs.filter((name) => !isInstalled(name));

/** For the names of tests that need a real Prometheus: ` (needs prometheus)`; `""`: all of it is there. */
export const missingPrometheus: string = missing.length === 0 ? "" : ` (needs ${missing.join(" and ")})`;

/** One series of the result of a query, at its time. */
export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A rule as Prometheus has evaluated it. */
export interface EvaluatedRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state: string;
}

export interface RunningPrometheus extends AsyncDisposable {
  /** The present values of an expression. Throws for one that Prometheus refuses. */
  readonly query: (expression: string) => Promise<readonly PrometheusSample[]>;
  readonly rules: () => Promise<readonly EvaluatedRule[]>;
  /** The end of its log. */
  readonly explain: () => string;
}

/** Starts a Prometheus that scrapes these `host:port` every second, and evaluates a file of rules. */
export async function startPrometheus(
  folder: string,
  targets: readonly string[],
  rules?: string,
): Promise<RunningPrometheus> {
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    scrape_configs: [{ job_name: "ork", static_configs: [{ targets }] }],
    ...(rules === undefined ? {} : { rule_files: [rules] }),
  };
  await Deno.writeTextFile(`${folder}/prometheus.yml`, JSON.stringify(config)); // JSON is YAML
  const port = freePort();
  const process = runBinary([
    "prometheus",
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const api = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const { status, data, error } = await response.json();
    if (status !== "success") throw new Error(`${path}: ${error}`);
    return data;
  };
  // Until it has read its own storage it responds with 503 to everything.
  await waitFor("Prometheus is ready", async () => {
    const response = await fetch(`http://127.0.0.1:${port}/-/ready`);
    await response.body?.cancel();
    return response.ok;
  }, { explain: () => process.stderr.slice(-2000) });
  return {
    query: async (expression) => (await api(`query?query=${encodeURIComponent(expression)}`)).result,
    rules: async () => (await api("rules")).groups.flatMap((group: { rules: EvaluatedRule[] }) => group.rules),
    explain: () => process.stderr.slice(-2000),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** A free port: Prometheus has no way to choose one itself. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
