import { type ClusterConfig, ConfigError } from "./config.ts";

/** Where the kubelet mounts the credentials of a Pod. */
export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** True in a Pod: Kubernetes sets these variables to the address of the API server. */
export function isInCluster(env: (name: string) => string | undefined): boolean {
  return (env("KUBERNETES_SERVICE_HOST") ?? "") !== "" && (env("KUBERNETES_SERVICE_PORT") ?? "") !== "";
}

/** The configuration of a Pod, from its service account. Throws `ConfigError` when nothing is mounted. */
export async function inClusterConfig(
  env: (name: string) => string | undefined,
  readTextFile: (path: string) => Promise<string>,
): Promise<ClusterConfig> {
  const host = env("KUBERNETES_SERVICE_HOST") ?? "";
  const port = env("KUBERNETES_SERVICE_PORT") ?? "";
  const caData = await readMounted("ca.crt", readTextFile);
  await readMounted("token", readTextFile); // fail early, not on the first request
  const namespace = (await readMounted("namespace", readTextFile)).trim();
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    caData,
    ...(namespace === "" ? {} : { namespace }),
    auth: { kind: "tokenFile", path: `${serviceAccountFolder}/token` },
    source: "in-cluster",
  };
}

async function readMounted(name: string, readTextFile: (path: string) => Promise<string>): Promise<string> {
  const path = `${serviceAccountFolder}/${name}`;
  try {
    return await readTextFile(path);
  } catch (cause) {
    throw new ConfigError(`Cannot read ${path}`, {
      source: path,
      hint: "the Pod needs a service account with automountServiceAccountToken: true",
      cause,
    });
  }
}
