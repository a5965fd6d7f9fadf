import { join } from "node:path";
import type { AuditedRequest } from "../support/audit_log.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault_proxy.ts";
import { GrantedRoles, planOfFiles } from "../support/granted_roles.ts";
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
/** Between two looks at all objects, whose lists take time that the processes under test need. */
const lookMs = 2_000;
const settleMs = 120_000;
/**
 * CRs that are kept: older ones are deleted once they have their child and their status. A test that lasts half an hour
 * would otherwise measure how long a process takes to list the forty thousand of before.
 */
const maxCrs = 1_000;
const listEvery = 200;
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

/** Replicas of one Runtime on a real API server, with its roles alone, under load. */
export class Candidates implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #namespace: string;
  readonly #folder: string;
  readonly #roles: GrantedRoles;
  readonly #running: Candidate[] = [];
  readonly #path: string;
  #started = 0;
  #created = 0;
  #deleted = 0;
  #load: { stop(): Promise<void> } | undefined;

  constructor(plane: ControlPlane, { namespace, folder, roles }: {
    readonly namespace: string;
    readonly folder: string;
    readonly roles: GrantedRoles;
  }) {
    this.#plane = plane;
    this.#namespace = namespace;
    this.#folder = folder;
    this.#roles = roles;
    this.#path = `/apis/${group}/v1/namespaces/${namespace}/relays`;
  }

  static async open(plane: ControlPlane, namespace: string): Promise<Candidates> {
    const folder = await Deno.makeTempDir({ prefix: "ork-election-" });
    const katalog = join(folder, "katalog.yaml");
    await Deno.writeTextFile(katalog, katalogFor(namespace));
    const options = { plan: planOfFiles([katalog]), namespace, group: groupOf(namespace) };
    const candidates = new Candidates(plane, { namespace, folder, roles: await GrantedRoles.open(plane, options) });
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
    const direct = await this.#plane.kubeconfig(user, [groupOf(this.#namespace)]);
    this.#roles.watch(user);
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

  /**
   * Creates CRs, one after the other, until it is stopped, and deletes the oldest of more than `maxCrs`. `share`: the part
   * of the load that this election has, where several are played at the same time.
   */
  startLoad(share = 1): void {
    let stopping = false;
    const loop = (async () => {
      let done: string[] = [];
      while (!stopping) {
        const name = `relay-${++this.#created}`;
        await this.#post(this.#path, {
          apiVersion: `${group}/v1`,
          kind: "Relay",
          metadata: { name },
          spec: { text: name },
        }, [201]);
        // A list is large, so there is one for many deletions.
        if (this.#created - this.#deleted > maxCrs && this.#created % listEvery === 0) done = await this.#done();
        const oldest = this.#created - this.#deleted > maxCrs ? done.shift() : undefined;
        if (oldest !== undefined) await this.#delete(oldest);
        await new Promise((resolve) => setTimeout(resolve, loadMs / share));
      }
    })();
    this.#load = {
      stop: async () => {
        stopping = true;
        await loop;
      },
    };
  }

  /** Stops the load and waits until every CR has its child and its status. Returns how many were created in all. */
  async settle(): Promise<number> {
    await this.#load?.stop();
    let done = 0;
    await waitFor("every CR has its child and its status", async () => {
      done = (await this.#done()).length;
      return done === this.#created - this.#deleted;
    }, {
      timeoutMs: settleMs,
      pollMs: lookMs,
      explain: () => [
        `${done} of ${this.#created - this.#deleted}`,
        ...this.#running.map(({ process }) => process.stdout.slice(-1500)),
      ],
    });
    return this.#created;
  }

  /** Throws when a candidate was refused a request by RBAC. */
  async assertSufficient(): Promise<void> {
    await this.#roles.assertSufficient();
  }

  /** Names of the CRs that have their child and their status, from the oldest on. */
  async #done(): Promise<string[]> {
    const children = await this.#names(`/api/v1/namespaces/${this.#namespace}/configmaps`);
    const response = await this.#plane.adminFetch(this.#path);
    const { items } = await response.json() as {
      items: { metadata: { name: string }; status?: { text?: string } }[];
    };
    const number = (name: string): number => Number(name.slice(name.lastIndexOf("-") + 1));
    return items.filter(({ metadata: { name }, status }) => children.has(`${name}-config`) && status?.text === name)
      .map(({ metadata }) => metadata.name).sort((a, b) => number(a) - number(b));
  }

  async #delete(name: string): Promise<void> {
    const response = await this.#plane.adminFetch(`${this.#path}/${name}`, { method: "DELETE" });
    const text = await response.text();
    if (!response.ok) throw new Error(`DELETE ${name}: ${text}`);
    this.#deleted++;
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
    await this.#roles[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Group of the candidates of a namespace, to which the roles of its Runtime are bound. */
function groupOf(namespace: string): string {
  return `candidates:${namespace}`;
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
