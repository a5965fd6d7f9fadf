import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type AuditLog, auditLog } from "./audit_log.ts";
import { certificateAuthority, type IssuedCertificate, signingKeys } from "./pki.ts";
import { supervise, type Supervised, untilReady } from "./supervised.ts";
import { waitFor } from "./wait_for.ts";

/** A control plane that runs: etcd, kube-apiserver and, where they are there, the rest. */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** `http://127.0.0.1:PORT` of etcd, without authentication. */
  readonly etcd: string;
  /** Folder with `kubectl` and the other programs. */
  readonly assets: string;
  /** Folder of everything that belongs to this control plane. */
  readonly dir: string;
  /** Of a cluster administrator. */
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  /** kube-controller-manager runs: owner references are collected, Deployments make ReplicaSets. */
  readonly controllers: boolean;
  /** Simulated nodes; Pods are scheduled and become ready when there is one. */
  readonly nodes: number;
  readonly auditLog: AuditLog;
  /** A request as administrator. */
  adminFetch(path: string, init?: RequestInit): Promise<Response>;
  /** Text of a kubeconfig for a user, `admin` unless named; RBAC decides what that one may do. */
  kubeconfig(user?: string, groups?: readonly string[]): Promise<string>;
  /** Writes such a kubeconfig and returns its path. */
  userKubeconfig(user: string, groups?: readonly string[]): Promise<string>;
  /** Closes connections; the processes keep running. */
  disconnect(): void;
}

/** A control plane that this process started and has to stop. */
export interface OwnControlPlane extends ControlPlane {
  /** Stops kube-apiserver, calls `meanwhile`, and starts it again on the same port and data. */
  restartApiServer(meanwhile?: () => Promise<void>): Promise<void>;
  /** The same for etcd; kube-apiserver runs on, and cannot read or write meanwhile. */
  restartEtcd(meanwhile?: () => Promise<void>): Promise<void>;
  /** Copies the data of etcd, which is stopped meanwhile, as kube-apiserver is; the copy before is dropped. */
  snapshotEtcd(): Promise<void>;
  /**
   * Puts etcd back to the snapshot, as Kubernetes describes it: kube-apiserver and kube-controller-manager are started
   * again too. Resource versions that were given before are given again, for other objects.
   * https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#restoring-an-etcd-cluster
   */
  restoreEtcd(): Promise<void>;
  /** Ends everything and removes the folder; `keepLogs` moves the logs aside and returns where they are. */
  stop(options?: { keepLogs?: boolean }): Promise<string | undefined>;
}

/** What another process needs to use a control plane. */
interface Description {
  readonly server: string;
  readonly etcd: string;
  readonly assets: string;
  readonly dir: string;
  readonly controllers: boolean;
  readonly nodes: number;
}

/** Environment variable that names a file with the description of a control plane that runs. */
export const controlPlaneVariable = "ORK_TEST_CONTROL_PLANE";

/** Of everyone but the control plane itself, without bodies. A watch has an entry when it begins and when it ends. */
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "kwok"]}
- {level: None, userGroups: ["system:serviceaccounts:kube-system"]}
- {level: Metadata}
`;

/** A start is repeated when another process took one of our ports in between. */
const maxStarts = 3;

/**
 * Starts a control plane from the programs in `KUBEBUILDER_ASSETS`, on loopback, with RBAC and an audit log, in a new
 * temporary folder. `admissionPlugins`: besides those that are on by default. Nothing is left behind when a step fails,
 * when `stop` is called, or when this process ends.
 */
export async function startControlPlane(
  options: { nodes?: number; assets?: string; signals?: boolean; admissionPlugins?: readonly string[] } = {},
): Promise<OwnControlPlane> {
  const assets = options.assets ?? Deno.env.get("KUBEBUILDER_ASSETS") ?? "";
  for (const name of ["etcd", "kube-apiserver", "kubectl"]) {
    if (assets !== "" && await exists(join(assets, name))) continue;
    throw new Error(
      `Cannot start a control plane: KUBEBUILDER_ASSETS ("${assets}") is not a folder with ${name}. ` +
        "Get one: go run sigs.k8s.io/controller-runtime/tools/setup-envtest@latest use -p path",
    );
  }
  for (let attempt = 1;; attempt++) {
    const folder = await Deno.makeTempDir({ prefix: "ork-control-plane-" });
    const starting = new Starting(assets, folder, options.admissionPlugins ?? []);
    let ending = false;
    const onSignal = (): void => {
      ending = true;
      starting.stop().finally(() => Deno.exit(130));
    };
    const signals: Deno.Signal[] = options.signals === false ? [] : ["SIGINT", "SIGTERM"];
    for (const signal of signals) Deno.addSignalListener(signal, onSignal);
    starting.onStop = () => {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    };
    try {
      return await starting.start(options.nodes ?? 0);
    } catch (cause) {
      if (ending) return await new Promise(() => {}); // the signal ends this process as soon as all is stopped
      const portTaken = String(cause).includes("address already in use");
      const logs = await starting.stop({ keepLogs: true });
      if (portTaken && attempt < maxStarts) continue;
      throw new Error(`Cannot start a control plane, its logs are in ${logs}: ${cause}`, { cause });
    }
  }
}

/** The control plane that was started for this test run, or `undefined`. See `with_control_plane.ts`. */
export function sharedControlPlane(): ControlPlane | undefined {
  const path = Deno.env.get(controlPlaneVariable);
  if (path === undefined || path === "") return undefined;
  return shared ??= connect(JSON.parse(Deno.readTextFileSync(path)));
}
let shared: ControlPlane | undefined;

class Starting {
  onStop: () => void = () => {};
  readonly #assets: string;
  readonly #dir: string;
  readonly #admissionPlugins: readonly string[];
  readonly #processes: Supervised[] = [];
  #connected: ControlPlane | undefined;
  #stopped: Promise<string | undefined> | undefined;

  constructor(assets: string, dir: string, admissionPlugins: readonly string[]) {
    this.#assets = assets;
    this.#dir = dir;
    this.#admissionPlugins = admissionPlugins;
  }

  async start(nodes: number): Promise<OwnControlPlane> {
    const dir = this.#dir;
    const [etcd, peer, api, managerPort, schedulerPort, kwokPort] = freePorts(6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const server = `https://127.0.0.1:${api}`;
    await Deno.mkdir(join(dir, "log"));
    let store = this.#runEtcd(etcd, peer);
    await this.#writeCredentials(server);
    await Deno.writeTextFile(join(dir, "audit.yaml"), auditPolicy);
    await Deno.writeTextFile(join(dir, "audit.log"), "");
    const controllers = await exists(join(this.#assets, "kube-controller-manager"));
    const simulated = await exists(join(this.#assets, "kube-scheduler")) && await exists(join(this.#assets, "kwok"));
    const description = {
      server,
      etcd: `http://127.0.0.1:${etcd}`,
      assets: this.#assets,
      dir,
      controllers,
      nodes: controllers && simulated ? nodes : 0,
    };
    await Deno.writeTextFile(join(dir, "control-plane.json"), JSON.stringify(description));

    let apiServer = this.#runApiServer(etcd, api);
    const plane = this.#connected = connect(description);
    await untilReady(apiServer, () => isOk(plane, "/readyz"));
    let manager: Supervised | undefined;
    if (controllers) {
      manager = this.#runControllerManager(managerPort);
      if (description.nodes > 0) await this.#startNodes(plane, nodes, schedulerPort, kwokPort);
      await untilReady(manager, () => isOk(plane, "/api/v1/namespaces/default/serviceaccounts/default"));
    }
    return {
      ...plane,
      restartApiServer: async (meanwhile) => {
        await apiServer.stop();
        await meanwhile?.();
        apiServer = this.#runApiServer(etcd, api);
        await untilReady(apiServer, () => isOk(plane, "/readyz"));
      },
      restartEtcd: async (meanwhile) => {
        await store.stop();
        await meanwhile?.();
        store = this.#runEtcd(etcd, peer);
        // After a long outage kube-apiserver looks for etcd every two minutes only.
        await untilReady(store, () => isOk(plane, "/readyz"), 300_000);
      },
      snapshotEtcd: async () => {
        for (const process of [apiServer, store]) await process.stop();
        await rm(join(dir, "snapshot"), { recursive: true, force: true });
        await cp(join(dir, "etcd"), join(dir, "snapshot"), { recursive: true });
        store = this.#runEtcd(etcd, peer);
        apiServer = this.#runApiServer(etcd, api);
        await untilReady(apiServer, () => isOk(plane, "/readyz"));
      },
      restoreEtcd: async () => {
        for (const process of [manager, apiServer, store]) await process?.stop();
        await rm(join(dir, "etcd"), { recursive: true });
        await cp(join(dir, "snapshot"), join(dir, "etcd"), { recursive: true });
        store = this.#runEtcd(etcd, peer);
        apiServer = this.#runApiServer(etcd, api);
        await untilReady(apiServer, () => isOk(plane, "/readyz"));
        if (controllers) manager = this.#runControllerManager(managerPort);
      },
      stop: (options) => this.stop(options),
    };
  }

  stop(options: { keepLogs?: boolean } = {}): Promise<string | undefined> {
    return this.#stopped ??= this.#stop(options.keepLogs ?? false);
  }

  async #stop(keepLogs: boolean): Promise<string | undefined> {
    this.#connected?.disconnect();
    // The API server first: without etcd it would wait for its last requests.
    for (const process of this.#processes.splice(0).reverse()) await process.stop();
    let kept: string | undefined;
    if (keepLogs) {
      kept = await Deno.makeTempDir({ prefix: "ork-control-plane-logs-" });
      await Deno.rename(join(this.#dir, "log"), join(kept, "log"));
      if (await exists(join(this.#dir, "audit.log"))) {
        await Deno.rename(join(this.#dir, "audit.log"), join(kept, "audit.log"));
      }
    }
    await Deno.remove(this.#dir, { recursive: true });
    this.onStop();
    return kept;
  }

  #run(name: string, args: readonly string[], log = name): Supervised {
    const process = supervise(name, [join(this.#assets, name), ...args], {
      cwd: this.#dir,
      logPath: join(this.#dir, "log", `${log}.log`),
    });
    this.#processes.push(process);
    return process;
  }

  #runEtcd(port: number, peer: number): Supervised {
    const [client, peers] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peer}`];
    return this.#run("etcd", [
      ...["--data-dir", "etcd", "--unsafe-no-fsync"],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", `default=${peers}`],
    ], this.#logName("etcd"));
  }

  #runApiServer(etcd: number, port: number): Supervised {
    return this.#run("kube-apiserver", [
      ...["--etcd-servers", `http://127.0.0.1:${etcd}`, "--bind-address", "127.0.0.1"],
      ...["--advertise-address", "127.0.0.1", "--secure-port", `${port}`, "--endpoint-reconciler-type", "none"],
      ...["--tls-cert-file", "pki/apiserver.crt", "--tls-private-key-file", "pki/apiserver.key"],
      ...["--client-ca-file", "pki/ca.crt", "--authorization-mode", "RBAC", "--allow-privileged"],
      ...["--service-cluster-ip-range", "10.0.0.0/24"],
      ...["--service-account-issuer", "https://kubernetes.default.svc"],
      ...["--service-account-key-file", "pki/sa.pub", "--service-account-signing-key-file", "pki/sa.key"],
      ...["--audit-policy-file", "audit.yaml", "--audit-log-path", "audit.log", "--audit-log-mode", "blocking"],
      // One file, in MB: at 100 it would be renamed, and its reader would lose its place.
      ...["--audit-log-maxsize", "100000"],
      ...this.#admissionPlugins.flatMap((name) => ["--enable-admission-plugins", name]),
    ], this.#logName("kube-apiserver"));
  }

  #runControllerManager(port: number): Supervised {
    return this.#run("kube-controller-manager", [
      ...["--kubeconfig", "manager.kubeconfig", "--authentication-kubeconfig", "manager.kubeconfig"],
      ...["--authorization-kubeconfig", "manager.kubeconfig", "--bind-address", "127.0.0.1"],
      ...["--secure-port", `${port}`, "--leader-elect=false", "--use-service-account-credentials"],
      ...["--service-account-private-key-file", "pki/sa.key", "--root-ca-file", "pki/ca.crt"],
      // Nobody sends heartbeats of simulated nodes.
      ...["--controllers", "*,-ttl-controller,-nodelifecycle"],
    ], this.#logName("kube-controller-manager"));
  }

  /** Each start has a log of its own. */
  #logName(name: string): string {
    const starts = this.#processes.filter((process) => process.name === name).length;
    return starts === 0 ? name : `${name}-${starts + 1}`;
  }

  async #writeCredentials(server: string): Promise<void> {
    const pki = join(this.#dir, "pki");
    await Deno.mkdir(pki);
    const authority = await certificateAuthority();
    await writePair(join(pki, "ca"), authority);
    await writePair(
      join(pki, "apiserver"),
      await authority.issue({
        commonName: "kube-apiserver",
        dnsNames: ["localhost", "kubernetes.default.svc"],
        addresses: ["127.0.0.1", "10.0.0.1"],
      }),
    );
    const { privatePem, publicPem } = await signingKeys();
    await Deno.writeTextFile(join(pki, "sa.key"), privatePem, { mode: 0o600 });
    await Deno.writeTextFile(join(pki, "sa.pub"), publicPem);
    const users: [file: string, user: string, groups: string[]][] = [
      ["admin", "admin", ["system:masters"]],
      ["manager", "system:kube-controller-manager", []],
      ["scheduler", "system:kube-scheduler", []],
      ["kwok", "kwok", ["system:masters"]],
    ];
    for (const [file, commonName, organizations] of users) {
      const issued = await authority.issue({ commonName, organizations });
      if (file === "admin") await writePair(join(pki, "admin"), issued);
      const text = kubeconfigText(server, authority.certPem, commonName, issued);
      await Deno.writeTextFile(join(this.#dir, `${file}.kubeconfig`), text, { mode: 0o600 });
    }
  }

  async #startNodes(plane: ControlPlane, count: number, schedulerPort: number, kwokPort: number): Promise<void> {
    await Deno.writeTextFile(
      join(this.#dir, "scheduler.yaml"),
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n" +
        "clientConnection: {kubeconfig: scheduler.kubeconfig}\nleaderElection: {leaderElect: false}\n",
    );
    const scheduler = [
      "--config",
      "scheduler.yaml",
      "--bind-address",
      "127.0.0.1",
      "--secure-port",
      `${schedulerPort}`,
    ];
    this.#run("kube-scheduler", scheduler);
    const kwok = this.#run("kwok", [
      ...["--kubeconfig", "kwok.kubeconfig", "--manage-all-nodes=true", "--server-address", `127.0.0.1:${kwokPort}`],
      ...["--config", join(this.#assets, "kwok-stages.yaml")],
    ]);
    for (let index = 0; index < count; index++) await post(plane, "/api/v1/nodes", simulatedNode(`node-${index}`));
    await untilReady(kwok, async () => {
      const nodes = await (await plane.adminFetch("/api/v1/nodes")).json();
      return nodes.items.every(isReady);
    });
    for (let index = 0; index < count; index++) {
      // The controller that would lift this taint also wants heartbeats, and is off.
      const response = await plane.adminFetch(`/api/v1/nodes/node-${index}`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: '{"spec":{"taints":null}}',
      });
      if (!response.ok) throw new Error(`Cannot lift the taint of node-${index}: ${await response.text()}`);
      await response.body?.cancel();
    }
  }
}

function connect({ server, etcd, assets, dir, controllers, nodes }: Description): ControlPlane {
  const pki = (name: string): string => Deno.readTextFileSync(join(dir, "pki", name));
  const authority = (): IssuedCertificate => ({ certPem: pki("ca.crt"), keyPem: pki("ca.key") });
  let client: Deno.HttpClient | undefined;

  function adminFetch(path: string, init: RequestInit = {}): Promise<Response> {
    client ??= Deno.createHttpClient({
      caCerts: [pki("ca.crt")],
      cert: pki("admin.crt"),
      key: pki("admin.key"),
      http2: false,
    });
    return fetch(server + path, { ...init, client });
  }

  async function kubeconfig(user?: string, groups: readonly string[] = []): Promise<string> {
    if (user === undefined) return await Deno.readTextFile(join(dir, "admin.kubeconfig"));
    const issuer = await certificateAuthority(authority());
    return kubeconfigText(
      server,
      issuer.certPem,
      user,
      await issuer.issue({ commonName: user, organizations: groups }),
    );
  }

  return {
    server,
    etcd,
    assets,
    dir,
    controllers,
    nodes,
    kubeconfigPath: join(dir, "admin.kubeconfig"),
    kubectlPath: join(assets, "kubectl"),
    auditLog: auditLog(join(dir, "audit.log"), async (path, userAgent) => {
      const response = await adminFetch(path, { headers: { "user-agent": userAgent } });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`GET ${path}: HTTP ${response.status}`);
    }),
    adminFetch,
    kubeconfig,
    async userKubeconfig(user, groups) {
      const path = await Deno.makeTempFile({ dir, prefix: "user-", suffix: ".kubeconfig" });
      await Deno.writeTextFile(path, await kubeconfig(user, groups), { mode: 0o600 });
      return path;
    },
    disconnect() {
      client?.close();
      client = undefined;
    },
  };
}

/** Ports that were free a moment ago. All are held at once, so that they differ. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function kubeconfigText(server: string, caPem: string, user: string, issued: IssuedCertificate): string {
  return JSON.stringify(
    { // JSON is YAML
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server, "certificate-authority-data": btoa(caPem) } }],
      users: [{
        name: user,
        user: { "client-certificate-data": btoa(issued.certPem), "client-key-data": btoa(issued.keyPem) },
      }],
      contexts: [{ name: "test", context: { cluster: "test", user } }],
    },
    null,
    2,
  );
}

function simulatedNode(name: string): unknown {
  const room = { cpu: "64", memory: "256Gi", pods: "1000" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, annotations: { "kwok.x-k8s.io/node": "fake" } },
    status: { allocatable: room, capacity: room },
  };
}

function isReady(node: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

async function isOk(plane: ControlPlane, path: string): Promise<boolean> {
  const response = await plane.adminFetch(path, { signal: AbortSignal.timeout(5_000) });
  await response.body?.cancel();
  return response.ok;
}

async function post(plane: ControlPlane, path: string, body: unknown): Promise<void> {
  await waitFor(`POST ${path}`, async () => {
    const headers = { "content-type": "application/json" };
    const response = await plane.adminFetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
    return true;
  });
}

async function writePair(path: string, { certPem, keyPem }: IssuedCertificate): Promise<void> {
  await Deno.writeTextFile(`${path}.crt`, certPem);
  await Deno.writeTextFile(`${path}.key`, keyPem, { mode: 0o600 });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
