import { join } from "node:path";
import type { AuditedRequest } from "../support/audit_log.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault_proxy.ts";
import { readPorts } from "../support/listening.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const group = "election.example.com";
/** Ruling 24, in ms. */
export const renewDeadlineMs = 3_000;
/** Between two CRs that are created. */
const loadMs = 50;
/** Of one namespace: several elections are played at the same time. */
const katalogFor = (namespace: string) => `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: election }
spec:
  crds:
    relay:
      apiTypes: { group: ${group}, version: v1, kind: Relay, plural: relays }
      namespace: ${namespace}
      operatorBox:
        onReconcile:
          configMaps: [{ data: { text: "{{ .spec.text }}" } }]
        status:
          fields: [{ path: text, value: "{{ .spec.text }}" }]
`;

/** One process that stands for election, as a user of its own: so the audit log tells who did what. */
export interface Candidate {
  readonly user: string;
  readonly process: RunningBinary;
  /** Between it and the API server, where it was asked for. */
  readonly proxy: FaultProxy | undefined;
  /** How often it has become leader. */
  readonly terms: number;
}

/** Replicas of one Runtime on a real API server, under load. */
export class Candidates implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #namespace: string;
  readonly #folder: string;
  readonly #running: Candidate[] = [];
  readonly #path: string;
  #started = 0;
  #created = 0;
  #load: { stop(): Promise<void> } | undefined;

  constructor(plane: ControlPlane, namespace: string, folder: string) {
    this.#plane = plane;
    this.#namespace = namespace;
    this.#folder = folder;
    this.#path = `/apis/${group}/v1/namespaces/${namespace}/relays`;
  }

  static async open(plane: ControlPlane, namespace: string): Promise<Candidates> {
    const folder = await Deno.makeTempDir({ prefix: "ork-election-" });
    await Deno.writeTextFile(join(folder, "katalog.yaml"), katalogFor(namespace));
    const candidates = new Candidates(plane, namespace, folder);
    const definition = openDefinition({ group, kind: "Relay" });
    await candidates.#post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition, [201, 409]);
    await waitFor("Relays are served", async () => {
      const response = await plane.adminFetch(candidates.#path);
      await response.body?.cancel();
      return response.ok;
    });
    return candidates;
  }

  get running(): readonly Candidate[] {
    return this.#running;
  }

  /** Starts one more process, and waits until it leads, or stands by with full caches. */
  async start(options: { proxied?: boolean } = {}): Promise<Candidate> {
    const user = `candidate-${this.#namespace}-${++this.#started}`;
    const direct = await this.#plane.kubeconfig(user, ["system:masters"]);
    const proxy = options.proxied === true ? startFaultProxy(direct) : undefined;
    const config = join(this.#folder, `${user}.kubeconfig`);
    await Deno.writeTextFile(config, proxy?.kubeconfig ?? direct);
    const process = runBinary(
      [runtimeBinary, "run", "-f", join(this.#folder, "katalog.yaml"), "--port", "0"],
      {
        env: {
          KUBECONFIG: config,
          LEADER_ELECTION: "true",
          ORK_NAMESPACE: this.#namespace,
          HOSTNAME: user,
        },
      },
    );
    const candidate: Candidate = {
      user,
      process,
      proxy,
      get terms() {
        return process.stdout.split("leads: holds the lease").length - 1;
      },
    };
    // As a Deployment does: a replica that still lists takes the processor from those that are watched.
    await waitFor("it is ready", async () => {
      const { http } = readPorts(process.stdout);
      if (http === undefined) return false;
      const response = await fetch(`http://127.0.0.1:${http}/ready`);
      await response.body?.cancel();
      return response.ok;
    }, { explain: () => process.stdout.slice(-1500) });
    this.#running.push(candidate);
    return candidate;
  }

  /** The process whose name is in the Lease. */
  async leader(): Promise<Candidate> {
    return await waitFor("one of the processes holds the lease", async () => {
      const response = await this.#plane.adminFetch(
        `/apis/coordination.k8s.io/v1/namespaces/${this.#namespace}/leases/orkestra-konductor`,
      );
      const holder: string = (await response.json()).spec?.holderIdentity ?? "";
      return this.#running.find(({ user }) => holder.startsWith(`${user}-`) || holder === user);
    }, { explain: () => this.#running.map(({ user, process }) => `${user}: ${process.stdout.slice(-1500)}`) });
  }

  /** Waits until another process than `former` has become leader. */
  async successorOf(former: Candidate): Promise<Candidate> {
    return await waitFor("another process leads", async () => {
      const leader = await this.leader();
      return leader === former ? undefined : leader;
    });
  }

  /** Ends a process, and forgets it. Returns when it was ended, in milliseconds since 1970. */
  async end(candidate: Candidate, signal: Deno.Signal): Promise<number> {
    const endedMs = Date.now();
    await candidate.process.stop({ signal });
    await candidate.proxy?.[Symbol.asyncDispose]();
    this.#running.splice(this.#running.indexOf(candidate), 1);
    return endedMs;
  }

  /** Creates CRs, one after the other, until it is stopped. */
  startLoad(): void {
    let stopping = false;
    const loop = (async () => {
      while (!stopping) {
        const name = `relay-${++this.#created}`;
        await this.#post(this.#path, {
          apiVersion: `${group}/v1`,
          kind: "Relay",
          metadata: { name },
          spec: { text: name },
        }, [201]);
        await new Promise((resolve) => setTimeout(resolve, loadMs));
      }
    })();
    this.#load = {
      stop: async () => {
        stopping = true;
        await loop;
      },
    };
  }

  /** Stops the load and waits until every CR has its child and its status. Returns how many there are. */
  async settle(): Promise<number> {
    await this.#load?.stop();
    await waitFor("every CR has its child and its status", async () => {
      const children = await this.#names(`/api/v1/namespaces/${this.#namespace}/configmaps`);
      const response = await this.#plane.adminFetch(this.#path);
      const { items } = await response.json() as {
        items: { metadata: { name: string }; status?: { text?: string } }[];
      };
      return items.length === this.#created &&
        items.every(({ metadata: { name }, status }) => children.has(`${name}-config`) && status?.text === name);
    }, { timeoutMs: 60_000, explain: () => this.#running.map(({ process }) => process.stdout.slice(-1500)) });
    return this.#created;
  }

  async #names(path: string): Promise<Set<string>> {
    const response = await this.#plane.adminFetch(path);
    const { items } = await response.json() as { items: { metadata: { name: string } }[] };
    return new Set(items.map(({ metadata }) => metadata.name));
  }

  async #post(path: string, body: unknown, expected: readonly number[]): Promise<void> {
    const response = await this.#plane.adminFetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!expected.includes(response.status)) throw new Error(`POST ${path}: ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load?.stop();
    for (const candidate of [...this.#running]) {
      Deno.kill(candidate.process.pid, "SIGCONT");
      candidate.proxy?.restore();
      await this.end(candidate, "SIGTERM");
    }
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Writes of a candidate's boxes: not of the election itself. */
export function isWrite({ user, verb, resource }: AuditedRequest): boolean {
  return user.startsWith("candidate-") && ["create", "update", "patch", "delete"].includes(verb) &&
    resource !== "leases";
}

export interface Breach {
  readonly what: string;
  readonly request: AuditedRequest;
}

/**
 * Writes that must not have been: later than the renew deadline after the writer's last renewal, or after another
 * process had taken the lease. `requests` are those of one Lease and its candidates.
 */
export function breaches(requests: readonly AuditedRequest[]): Breach[] {
  const found: Breach[] = [];
  const renewedMs = new Map<string, number>();
  let holder: string | undefined;
  for (const request of [...requests].sort((a, b) => a.receivedMs - b.receivedMs)) {
    const { user, userAgent, verb, resource, code, receivedMs } = request;
    if (
      user.startsWith("candidate-") && resource === "leases" && (verb === "patch" || verb === "create") && code < 300
    ) {
      renewedMs.set(user, receivedMs);
      holder = user;
      continue;
    }
    if (!isWrite(request)) continue;
    const lastMs = renewedMs.get(user);
    if (!/ lease=\d+$/.test(userAgent)) found.push({ what: "a write whose user agent names no lease", request });
    else if (lastMs === undefined) found.push({ what: "a write by a process that never held the lease", request });
    else if (receivedMs > lastMs + renewDeadlineMs) {
      found.push({ what: `a write ${receivedMs - lastMs} ms after the last renewal`, request });
    } else if (holder !== user) found.push({ what: `a write after ${holder} had taken the lease`, request });
  }
  return found;
}

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? NaN;
}
