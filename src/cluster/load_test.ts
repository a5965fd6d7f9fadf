import assert from "node:assert/strict";
import { ConfigError } from "./config.ts";
import { serviceAccountFolder } from "./in_cluster.ts";
import { loadConfig, type LoadOptions } from "./load.ts";

const kubeconfig = (name: string, more = "") =>
  JSON.stringify({
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server: `https://${name}` } }],
    users: [{ name, user: { token: `${name}${more}` } }],
  });

const mounted = {
  [`${serviceAccountFolder}/token`]: "from-pod\n",
  [`${serviceAccountFolder}/ca.crt`]: "ca",
  [`${serviceAccountFolder}/namespace`]: "shop",
};
const inPod = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

function load(
  files: Record<string, string>,
  env: Record<string, string>,
  options: Partial<LoadOptions> = {},
): ReturnType<typeof loadConfig> {
  return loadConfig({
    env: (name) => env[name],
    readTextFile: (path) => {
      const text = files[path];
      return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
    },
    ...options,
  });
}

Deno.test("loadConfig() prefers --kubeconfig, then KUBECONFIG, then the Pod, then the home folder", async () => {
  const files = {
    "/flag": kubeconfig("flag"),
    "/env": kubeconfig("env"),
    "/users/me/.kube/config": kubeconfig("home"),
    ...mounted,
  };
  const home = "/users/me";
  const server = async (env: Record<string, string>, options: Partial<LoadOptions>) =>
    (await load(files, env, options)).server;
  assert.equal(await server({ ...inPod, KUBECONFIG: "/env" }, { kubeconfigFlag: "/flag", home }), "https://flag");
  assert.equal(await server({ ...inPod, KUBECONFIG: "/env" }, { home }), "https://env");
  assert.equal(await server(inPod, { home }), "https://10.0.0.1:443");
  assert.equal(await server({ KUBECONFIG: "" }, { home }), "https://home");
});

Deno.test("loadConfig() merges the files of KUBECONFIG: the first that has a name wins", async () => {
  const files = {
    "/a": JSON.stringify({ users: [{ name: "b", user: { token: "from-a" } }] }),
    "/b": kubeconfig("b"),
    "/c": kubeconfig("b", "-late"),
    "/d": kubeconfig("d"),
  };
  const env = { KUBECONFIG: "/a:/missing::/b:/c:/d" };
  const config = await load(files, env);
  assert.deepEqual([config.server, config.auth], ["https://b", { kind: "token", token: "from-a" }]);
  assert.equal((await load(files, env, { context: "d" })).server, "https://d");
});

Deno.test("loadConfig() says which file is not there", async () => {
  await assert.rejects(load({}, {}, { kubeconfigFlag: "/none" }), /Cannot read \/none \(--kubeconfig\): no such file/);
  await assert.rejects(load({}, { KUBECONFIG: "/x:/y" }), /Cannot read \/x, \/y \(KUBECONFIG\): no such file/);
});

Deno.test("loadConfig() distinguishes an unreadable file from a missing one", async () => {
  const readTextFile = () => Promise.reject(new Deno.errors.PermissionDenied("no"));
  await assert.rejects(load({}, { KUBECONFIG: "/x" }, { readTextFile }), (error) => {
    return error instanceof ConfigError && error.cause instanceof Deno.errors.PermissionDenied;
  });
});

Deno.test("loadConfig() says where it looked when there is nothing", async () => {
  const looked = (error: unknown) => error instanceof ConfigError && error.hint!.includes("--kubeconfig");
  await assert.rejects(load({}, {}, { home: "/users/me" }), looked);
  await assert.rejects(load({}, {}, { home: "/users/me" }), /there is no ~\/\.kube\/config and this is not a Pod/);
  const files = { "/users/me/.kube/config": kubeconfig("home") };
  await assert.rejects(load(files, {}), looked, "without a home folder, it is not searched");
});

Deno.test("loadConfig() takes service account, namespace and authority of the Pod", async () => {
  assert.deepEqual(await load(mounted, inPod), {
    server: "https://10.0.0.1:443",
    caData: "ca",
    namespace: "shop",
    auth: { kind: "tokenFile", path: `${serviceAccountFolder}/token` },
    source: "in-cluster",
  });
  const v6 = await load(mounted, { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" });
  assert.equal(v6.server, "https://[fd00::1]:443");
});

Deno.test("loadConfig() says what a Pod without service account lacks", async () => {
  await assert.rejects(load({}, inPod), (error) => {
    return error instanceof ConfigError && error.hint!.includes("automountServiceAccountToken");
  });
});
