import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { readPorts } from "./listening.ts";
import type { ClusterTest } from "./on_cluster.ts";
import { inPodRoot, type PodRoot, podRoot, writeFile } from "./pod_root.ts";
import { runBinary, type RunningBinary } from "./run_binary.ts";
import { waitFor } from "./wait_for.ts";

/** A process of a Deployment, as the kubelet would run its Pod. */
export interface DeploymentProcess extends AsyncDisposable {
  readonly process: RunningBinary;
  /** Of its HTTP API. */
  readonly url: string;
  /** Waits until the readiness probe succeeds. */
  ready(): Promise<void>;
  /** Its entry in this machine's /proc: `status`, `mounts`. */
  proc(file: string): Promise<string>;
  /** Ends it as the kubelet does, and returns its exit code. */
  stop(): Promise<number>;
}

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Runs the container of a Deployment that is in the cluster: with its arguments, variables, user, volumes and the token of
 * its ServiceAccount, in a root of its own. Refuses a template that says what it does not carry out. `args` and `env` are
 * added: ports, since several run on one machine, and the URL of webhooks, since there is no network of Services.
 */
export async function startDeployment(
  test: ClusterTest,
  { image, args = [], env = {} }: {
    /** `orkestra-NAME` is the Deployment. */
    readonly image: "runtime" | "gateway";
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<DeploymentProcess> {
  const { namespace } = test;
  const name = `orkestra-${image}`;
  const { spec } = await request(test, `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  const pod = map(map(map(spec)["template"])["spec"]);
  const [container] = pod["containers"] as JsonMap[];
  const { user, group } = userOf(pod, container!);
  const root = await podRoot(image);
  try {
    assert.deepEqual({ user, group }, { user: root.user, group: root.group });
    await mountVolumes(test, root, pod, container!);
    await mountToken(test, root, String(pod["serviceAccountName"]), user);
    const server = new URL(test.plane.server);
    const variables = (container!["env"] as JsonMap[] | undefined ?? []).map((each) => {
      assert.deepEqual(Object.keys(each).sort(), ["name", "value"]);
      return [String(each["name"]), String(each["value"])] as const;
    });
    const command = inPodRoot(root, {
      ...{ user, group },
      args: [...container!["args"] as string[], ...args],
      env: {
        ...Object.fromEntries(variables),
        ...{ HOME: "/home/nonroot", HOSTNAME: `${name}-0`, SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt" },
        ...{ KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port },
        ...env,
      },
    });
    return await supervise(root, command, container!);
  } catch (error) {
    await root[Symbol.asyncDispose]();
    throw error;
  }
}

async function supervise(root: PodRoot, command: readonly string[], container: JsonMap): Promise<DeploymentProcess> {
  const process = runBinary(command);
  let url: string;
  try {
    await process.waitForOutput('"message":"listening"', 60_000);
    url = `http://127.0.0.1:${readPorts(process.stdout).http}`;
  } catch (error) {
    await process.stop({ signal: "SIGKILL" });
    throw error;
  }
  // What was started is `unshare`, whose only child is the process.
  const children = await Deno.readTextFile(`/proc/${process.pid}/task/${process.pid}/children`);
  const pid = Number(children.trim());
  assert.ok(Number.isInteger(pid) && pid > 1, children);
  const explain = () => process.stdout + process.stderr;
  const probe = async (kind: string): Promise<boolean> => {
    const { httpGet } = container[kind] as { httpGet: { path: string; port: string } };
    assert.equal(httpGet.port, "http");
    const response = await fetch(`${url}${httpGet.path}`);
    await response.body?.cancel();
    return response.ok;
  };
  let running = true;
  void process.ended.then(() => running = false);
  const stop = async (): Promise<number> => {
    if (running) Deno.kill(pid, "SIGTERM");
    const timer = setTimeout(() => running && Deno.kill(pid, "SIGKILL"), 20_000);
    const { code } = await process.ended;
    clearTimeout(timer);
    return code;
  };
  return {
    process,
    url,
    stop,
    proc: (file) => Deno.readTextFile(`/proc/${pid}/${file}`),
    async ready() {
      for (const kind of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        await waitFor(`the ${kind} succeeds`, () => probe(kind), { timeoutMs: 60_000, explain });
      }
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await root[Symbol.asyncDispose]();
    },
  };
}

/** What a Pod of the level `restricted` says of its user; everything else is refused here. */
function userOf(pod: JsonMap, container: JsonMap): { readonly user: number; readonly group: number } {
  const { runAsUser, runAsGroup, ...rest } = pod["securityContext"] as { runAsUser: number; runAsGroup: number };
  assert.deepEqual(rest, { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  assert.deepEqual(container["securityContext"], {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.equal(pod["hostNetwork"] ?? pod["hostPID"] ?? pod["hostIPC"], undefined);
  assert.equal(container["command"], undefined, "the image has an entry point");
  return { user: runAsUser, group: runAsGroup };
}

async function mountVolumes(test: ClusterTest, root: PodRoot, pod: JsonMap, container: JsonMap): Promise<void> {
  for (const volume of pod["volumes"] as JsonMap[]) {
    const mount = (container["volumeMounts"] as JsonMap[]).find(({ name }) => name === volume["name"])!;
    const { configMap, name, ...rest } = volume;
    assert.deepEqual(rest, {}, `the volume ${name} is not a ConfigMap`);
    const { name: of, items } = configMap as { name: string; items: { key: string; path: string }[] };
    const { data } = await request(test, `/api/v1/namespaces/${test.namespace}/configmaps/${of}`);
    for (const { key, path } of items) {
      await writeFile(`${root.path}${mount["mountPath"]}/${path}`, String(map(data)[key]));
    }
  }
}

/** As the kubelet projects it: readable by the user alone. */
async function mountToken(test: ClusterTest, root: PodRoot, account: string, user: number): Promise<void> {
  const { namespace, plane } = test;
  const { status } = await request(test, `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const folder = `${root.path}${accountFolder}`;
  await writeFile(`${folder}/token`, String(map(status)["token"]));
  await Deno.chmod(`${folder}/token`, 0o600);
  await Deno.chown(`${folder}/token`, user, user);
  await writeFile(`${folder}/ca.crt`, await Deno.readTextFile(`${plane.dir}/pki/ca.crt`));
  await writeFile(`${folder}/namespace`, namespace);
}

async function request({ plane }: ClusterTest, path: string, body?: JsonMap): Promise<JsonMap> {
  const response = await plane.adminFetch(path, {
    ...(body === undefined ? {} : {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${text}`);
  return JSON.parse(text);
}

function map(value: unknown): JsonMap {
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value));
  return value as JsonMap;
}
