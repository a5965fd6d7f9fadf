import { join } from "node:path";
import type { BoxMessage } from "../../src/box/mod.ts";
import { rbacObjects } from "../../src/bundle/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan, type Plan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { GrantedRoles, planOfFiles } from "../support/granted_roles.ts";
import { freshNamespace } from "../support/namespace.ts";
import { runBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import type { GameOperator, GameStage, OperatorWrite } from "./ownership_game.ts";

/** Messages of an operator that are kept for a failure. */
const maxLines = 5_000;
/** Maximum delay of requests and responses of an operator on the sandbox. */
const maxLateMs = 15;

/** Operators in this process, on a sandbox of their own. */
export async function playOnSandbox(
  random: () => number,
  play: (stage: GameStage) => Promise<void>,
): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const buried: Promise<void>[] = [];
  const waits = new Set<Promise<void>>();
  const end = new AbortController();
  const late = (): Promise<void> => {
    const wait = new Promise<void>((resolve) => setTimeout(resolve, random() * maxLateMs));
    waits.add(wait);
    return wait.then(() => void waits.delete(wait));
  };
  try {
    await play({
      ground: { group: "game.example.com", homes: ["home", "hearth"], away: "away" },
      request: sandboxRequest(sandbox),
      maxPauseMs: 25,
      restMs: 60_000,
      start: (katalog, onWrite) =>
        Promise.resolve(startOnSandbox(sandbox, katalog, { onWrite, late, buried, end: end.signal })),
    });
  } finally {
    end.abort();
    await Promise.all(buried);
    await sandbox.stop();
    await Promise.all(waits);
  }
}

function startOnSandbox(
  sandbox: Sandbox,
  katalog: string,
  { onWrite, late, buried, end }: {
    readonly onWrite: (write: OperatorWrite) => void;
    readonly late: () => Promise<void>;
    readonly buried: Promise<void>[];
    readonly end: AbortSignal;
  },
): GameOperator {
  const source = { path: "katalog.yaml", bytes: new TextEncoder().encode(katalog) };
  const { katalog: loaded, findings } = loadKatalog([source], () => undefined);
  if (loaded === undefined) throw new Error(`The Katalog of the game is broken: ${Deno.inspect(findings)}`);
  const lines: string[] = [];
  const problems: string[] = [];
  let dead = false;
  /** A dead process gets no response until the game is over. */
  const silence = (signal: AbortSignal | null | undefined): Promise<Response> => {
    const over = AbortSignal.any(signal instanceof AbortSignal ? [signal, end] : [end]);
    return new Promise((_resolve, reject) => {
      const gone = (): void => reject(new DOMException("The process is gone", "AbortError"));
      if (over.aborted) gone();
      else over.addEventListener("abort", gone, { once: true });
    });
  };
  const runtime = startRuntime({
    plan: derivePlan(loaded),
    host: sandboxHost(sandbox, {
      userAgent: "ork-runtime/test",
      fetch: async (url, init) => {
        await late();
        if (dead) return await silence(init.signal);
        const response = await sandbox.fetch(new Request(url, init));
        const { method = "GET" } = init;
        if (method !== "GET" && response.ok && !url.includes("/events")) {
          onWrite({ method, path: new URL(url).pathname, response: await response.clone().json() });
        }
        if (!url.includes("watch=")) await late();
        if (!dead) return response;
        await response.body?.cancel();
        return await silence(init.signal);
      },
    }),
    clock: realClock,
    report: (message) => {
      if (dead) return;
      if (message.type === "defect") problems.push(message.stack);
      lines.push(describe(message));
      if (lines.length > maxLines) lines.shift();
    },
  });
  void runtime.lead();
  return {
    kill() {
      dead = true;
      buried.push(runtime.stop(0));
      return Promise.resolve();
    },
    stop: () => runtime.stop(1_000),
    problems: () => problems,
    log: () => lines,
  };
}

function describe(message: BoxMessage): string {
  if (message.type !== "pass") return Deno.inspect(message, { compact: true, breakLength: Infinity });
  const { box, kind, key, result, changes, message: text = "" } = message;
  return `${box} ${kind} ${key} ${result}: ${changes.map((change) => change.text).join(", ")} ${text}`;
}

/** Compiled Runtimes, each a process of its own with the roles of its Katalog alone, on a real API server. */
export async function playOnCluster(plane: ControlPlane, play: (stage: GameStage) => Promise<void>): Promise<void> {
  await using namespace = await freshNamespace(plane, "game");
  const { name } = namespace;
  const request = clusterRequest(plane);
  const folder = await Deno.makeTempDir({ prefix: "ork-game-" });
  await using installations = new Installations(plane, folder);
  const ground = { group: `${name}.example.com`, homes: [name, `${name}-hearth`], away: `${name}-away` };
  let count = 0;
  try {
    await play({
      ground,
      request,
      maxPauseMs: 40,
      restMs: 120_000,
      start: async (katalog) => {
        const file = join(folder, `katalog-${++count}.yaml`);
        await Deno.writeTextFile(file, katalog);
        return startBinary(file, await installations.kubeconfigFor(file));
      },
    });
    await installations.assertSufficient();
  } finally {
    for (const namespace of [ground.homes[1], ground.away]) {
      await request("DELETE", `/api/v1/namespaces/${namespace}`).catch(() => {/* what went wrong says more */});
    }
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    for (const plural of ["brews", "shops", "fleets", "zones", "notes", "plots"]) {
      await request("DELETE", `${definitions}/${plural}.${ground.group}`).catch(() => {/* as above */});
    }
    await Deno.remove(folder, { recursive: true });
  }
}

/** Katalogs with the same permissions are one installation: what a box is called is not among them. */
class Installations implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #folder: string;
  readonly #made = new AsyncDisposableStack();
  /** Permissions → the roles, and the path of the kubeconfig of the Runtime that has them. */
  readonly #installed = new Map<string, Promise<{ readonly roles: GrantedRoles; readonly kubeconfig: string }>>();

  constructor(plane: ControlPlane, folder: string) {
    this.#plane = plane;
    this.#folder = folder;
  }

  async kubeconfigFor(file: string): Promise<string> {
    const plan = planOfFiles([file]);
    const id = JSON.stringify(
      rbacObjects({ plan, namespace: "any", components: new Set(["runtime"]), leases: "process" })
        .map(({ object }) => object),
    );
    let installed = this.#installed.get(id);
    if (installed === undefined) {
      installed = this.#install(plan);
      this.#installed.set(id, installed);
    }
    return (await installed).kubeconfig;
  }

  async assertSufficient(): Promise<void> {
    for (const installed of this.#installed.values()) await (await installed).roles.assertSufficient({ sweeps: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#made.disposeAsync();
  }

  async #install(plan: Plan): Promise<{ roles: GrantedRoles; kubeconfig: string }> {
    const namespace = this.#made.use(await freshNamespace(this.#plane, "game-roles"));
    const roles = this.#made.use(await GrantedRoles.open(this.#plane, { plan, namespace: namespace.name }));
    const kubeconfig = join(this.#folder, `${namespace.name}.kubeconfig`);
    await Deno.writeTextFile(kubeconfig, await roles.kubeconfig(), { mode: 0o600 });
    return { roles, kubeconfig };
  }
}

function startBinary(katalog: string, kubeconfig: string): GameOperator {
  const life = runBinary([runtimeBinary, "run", "-f", katalog, "--log-level", "debug"], {
    env: { KUBECONFIG: kubeconfig },
  });
  let killed = false;
  return {
    async kill() {
      killed = true;
      await life.stop({ signal: "SIGKILL" });
    },
    async stop() {
      // Before its first log line it does not handle signals yet.
      await life.waitForOutput(/./);
      await life.stop();
    },
    problems() {
      const { stdout } = life;
      // Its messages about the Katalog at its start are expected.
      const stderr = life.stderr.replaceAll(/^.*: warning: .*\n(?: +hint: .*\n)?/gm, "");
      if (!/reconciler panic|its cell was ended/.test(stdout) && (killed || stderr === "")) return [];
      return [`A Runtime has a defect: ${stdout.slice(-4000)}${stderr}`];
    },
    log: () => life.stdout.split("\n").slice(-maxLines),
  };
}
