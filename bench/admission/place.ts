import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { callWebhook } from "../../src/entry/call_webhook.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { realClock } from "../../tests/support/clock.ts";
import { startControlPlane } from "../../tests/support/control_plane.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { LoadJob } from "./load_job.ts";
import { group, resource } from "./releases.ts";

/** The namespace of everything. */
export const namespace = "bench";

/** Where objects are created. */
export const releases = `/apis/${group}/v1/namespaces/${namespace}/${resource}`;

/** An API server that has the kind, and serves it. Disposing of it ends it. */
export interface Place extends AsyncDisposable {
  readonly address: Pick<LoadJob, "hostname" | "port" | "tls">;
  /** Of an administrator. */
  readonly kubeconfig: string;
  /** It evaluates ValidatingAdmissionPolicies. */
  readonly hasPolicies: boolean;
  /** As an administrator, who is exempt from priority and fairness. */
  send(method: string, path: string, body?: JsonMap): Promise<{ status: number; text: string }>;
}

/** `kube-apiserver`: a control plane of its own, from `KUBEBUILDER_ASSETS`. `sandbox`: one in this process. */
export async function openPlace(server: string): Promise<Place> {
  if (server !== "kube-apiserver" && server !== "sandbox") {
    throw new TypeError(`Cannot use "${server}" as --server: it is kube-apiserver or sandbox`);
  }
  const place = server === "sandbox" ? await openSandbox() : await openControlPlane();
  try {
    await install(place);
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
  return place;
}

async function install(place: Place): Promise<void> {
  const definition = parse(await Deno.readTextFile(new URL("crd.yaml", import.meta.url)));
  await ok(place, "POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await ok(place, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  await waitFor(`${resource} are served`, async () => (await place.send("GET", releases)).status === 200);
}

/** Sends a request that must succeed. */
export async function ok(place: Place, method: string, path: string, body?: JsonMap): Promise<string> {
  const { status, text } = await place.send(method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: HTTP ${status}: ${text}`);
  return text;
}

async function openControlPlane(): Promise<Place> {
  const plane = await startControlPlane();
  const { hostname, port } = new URL(plane.server);
  const pki = (name: string) => Deno.readTextFileSync(`${plane.dir}/pki/${name}`);
  return {
    address: {
      hostname,
      port: Number(port),
      tls: { ca: pki("ca.crt"), cert: pki("admin.crt"), key: pki("admin.key") },
    },
    kubeconfig: plane.kubeconfigPath,
    hasPolicies: true,
    send: (method, path, body) => send((init) => plane.adminFetch(path, init), method, body),
    [Symbol.asyncDispose]: async () => void await plane.stop(),
  };
}

async function openSandbox(): Promise<Place> {
  const sandbox = createSandbox({ clock: realClock, webhooks: { call: callWebhook } });
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-admission-sandbox-" });
  const kubeconfig = `${folder}/kubeconfig`;
  await Deno.writeTextFile(kubeconfig, served.kubeconfig());
  const { hostname, port } = new URL(served.url);
  return {
    address: { hostname, port: Number(port) },
    kubeconfig,
    hasPolicies: false,
    send: (method, path, body) => send((init) => fetch(served.url + path, init), method, body),
    [Symbol.asyncDispose]: async () => {
      await served.stop();
      await sandbox.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function send(
  fetched: (init: RequestInit) => Promise<Response>,
  method: string,
  body: JsonMap | undefined,
): Promise<{ status: number; text: string }> {
  const headers = { "content-type": "application/json" };
  const response = await fetched({
    method,
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}
