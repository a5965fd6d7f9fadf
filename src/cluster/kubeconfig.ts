import { dirname, isAbsolute, join } from "node:path";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { type ClusterAuth, type ClusterConfig, ConfigError, type ExecPlugin } from "./config.ts";
import { type Kubeconfig, type KubeconfigEntry, parseKubeconfigFile } from "./kubeconfig_file.ts";

export interface ResolveOptions {
  /** Instead of the current one. */
  readonly context?: string;
  readonly readTextFile: (path: string) => Promise<string>;
}

/** Parses one kubeconfig and resolves a context of it. Relative paths in it start from `baseDir`. */
export async function parseKubeconfig(
  text: string,
  options: ResolveOptions & { baseDir?: string; file?: string },
): Promise<ClusterConfig> {
  const file = options.file ?? join(options.baseDir ?? "", "kubeconfig");
  return await resolveContext(parseKubeconfigFile(text, file), options);
}

/**
 * Follows a context to its cluster and user and reads the files that they name, each path relative to the kubeconfig
 * it stands in. Throws `ConfigError` for what is missing, broken, or not supported by any of our binaries.
 */
export async function resolveContext(kubeconfig: Kubeconfig, options: ResolveOptions): Promise<ClusterConfig> {
  const { readTextFile } = options;
  const files = kubeconfig.files.join(", ");
  const name = options.context ?? kubeconfig.currentContext;
  if (name === undefined) {
    throw new ConfigError(`Cannot use ${files}: current-context is not set`, {
      source: files,
      field: "current-context",
      hint: `choose one: kubectl config use-context ${[...kubeconfig.contexts.keys()][0] ?? "NAME"}`,
    });
  }
  const context = new Section(lookUp(kubeconfig.contexts, "contexts", name, files), `contexts[${name}]`, readTextFile);
  const clusterName = context.text("cluster") ?? "";
  const cluster = new Section(
    lookUp(kubeconfig.clusters, "clusters", clusterName, context.file),
    `clusters[${clusterName}]`,
    readTextFile,
  );
  const userName = context.text("user") ?? "";
  const namespace = context.text("namespace");
  const source = `${context.file}, context ${name}`;
  const server = serverOf(cluster);
  const caData = await cluster.pem("certificate-authority", "certificate-authority-data");
  const proxyUrl = cluster.text("proxy-url");
  return {
    server,
    source,
    ...(namespace === undefined ? {} : { namespace }),
    ...(caData === undefined ? {} : { caData }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    auth: userName === "" ? { kind: "none" } : await authOf(
      new Section(
        lookUp(kubeconfig.users, "users", userName, context.file),
        `users[${userName}]`,
        readTextFile,
      ),
    ),
  };
}

function lookUp(
  entries: ReadonlyMap<string, KubeconfigEntry>,
  list: string,
  name: string,
  file: string,
): KubeconfigEntry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const known = [...entries.keys()].slice(0, 10).join(", ");
  throw new ConfigError(`Cannot use ${file}: ${list} has no "${name}"`, {
    source: file,
    field: list,
    hint: known === "" ? `${list} is empty` : `there are: ${known}`,
  });
}

function serverOf(cluster: Section): string {
  const text = cluster.text("server");
  if (text === undefined) throw cluster.wrong("server", "is missing");
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw cluster.wrong("server", `"${text}" is not an http or https URL`);
  }
  if (url.protocol === "https:" && cluster.value["insecure-skip-tls-verify"] === true) {
    throw cluster.wrong(
      "insecure-skip-tls-verify",
      "a connection that proves nothing is not supported",
      "set certificate-authority-data to the cluster's own certificate authority",
    );
  }
  const name = cluster.text("tls-server-name");
  if (name !== undefined && name !== url.hostname) {
    throw cluster.wrong(
      "tls-server-name",
      "another name than the server's is not supported",
      `use https://${name} as server`,
    );
  }
  return text.replace(/\/+$/, "");
}

async function authOf(user: Section): Promise<ClusterAuth> {
  for (const field of ["as", "as-uid", "as-groups", "as-user-extra"]) {
    if (ownValue(user.value, field) !== undefined) throw user.wrong(field, "impersonation is not supported");
  }
  const certPem = await user.pem("client-certificate", "client-certificate-data");
  const keyPem = await user.pem("client-key", "client-key-data");
  if (certPem !== undefined && keyPem !== undefined) return { kind: "certificate", certPem, keyPem };
  if (certPem !== undefined) throw user.wrong("client-key-data", "is missing, but there is a client certificate");
  if (keyPem !== undefined) throw user.wrong("client-certificate-data", "is missing, but there is a client key");
  // As in client-go, the file takes precedence over the text: it is the one that is rotated.
  const tokenFile = user.text("tokenFile");
  if (tokenFile !== undefined) return { kind: "tokenFile", path: user.path(tokenFile) };
  const token = user.text("token");
  if (token !== undefined) return { kind: "token", token: token.trim() };
  const exec = ownValue(user.value, "exec");
  if (isMap(exec)) return { kind: "exec", plugin: pluginOf(user, exec) };
  if (ownValue(user.value, "auth-provider") !== undefined) {
    throw user.wrong("auth-provider", "was removed from Kubernetes 1.26", "use the provider's exec plugin instead");
  }
  if (ownValue(user.value, "username") !== undefined) {
    throw user.wrong("username", "passwords were removed from Kubernetes 1.19", "use a client certificate or a token");
  }
  return { kind: "none" };
}

function pluginOf(user: Section, exec: JsonMap): ExecPlugin {
  const section = new Section({ value: exec, file: user.file }, `${user.field}.exec`, () => Promise.resolve(""));
  const apiVersion = section.text("apiVersion");
  if (apiVersion !== "client.authentication.k8s.io/v1" && apiVersion !== "client.authentication.k8s.io/v1beta1") {
    throw section.wrong("apiVersion", `"${apiVersion ?? ""}" is not supported`, "update the plugin and its kubeconfig");
  }
  const command = section.text("command");
  if (command === undefined) throw section.wrong("command", "is missing");
  const interactiveMode = section.text("interactiveMode") ?? "IfAvailable";
  if (interactiveMode !== "Never" && interactiveMode !== "IfAvailable" && interactiveMode !== "Always") {
    throw section.wrong("interactiveMode", `"${interactiveMode}" is none of Never, IfAvailable, Always`);
  }
  const installHint = section.text("installHint");
  return {
    apiVersion,
    command: /[/\\]/.test(command) ? section.path(command) : command,
    args: section.list("args").map((arg) => String(arg)),
    env: section.list("env").map((item) => {
      const name = isMap(item) ? ownValue(item, "name") : undefined;
      const value = isMap(item) ? ownValue(item, "value") : undefined;
      if (typeof name !== "string" || typeof value !== "string") {
        throw section.wrong("env", "every item needs a name and a value");
      }
      return { name, value };
    }),
    ...(installHint === undefined ? {} : { installHint }),
    provideClusterInfo: ownValue(exec, "provideClusterInfo") === true,
    interactiveMode,
  };
}

/** One entry, with the wording of its errors. */
class Section {
  readonly value: JsonMap;
  readonly file: string;
  readonly field: string;
  readonly #readTextFile: (path: string) => Promise<string>;

  constructor(entry: KubeconfigEntry, field: string, readTextFile: (path: string) => Promise<string>) {
    this.value = entry.value;
    this.file = entry.file;
    this.field = field;
    this.#readTextFile = readTextFile;
  }

  wrong(key: string, what: string, hint?: string, cause?: unknown): ConfigError {
    const field = `${this.field}.${key}`;
    return new ConfigError(`Cannot use ${this.file}: ${field}: ${what}`, {
      source: this.file,
      field,
      ...(hint === undefined ? {} : { hint }),
      cause,
    });
  }

  text(key: string): string | undefined {
    const value = ownValue(this.value, key);
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string") throw this.wrong(key, "must be a text", "put it in quotes");
    return value;
  }

  list(key: string): JsonMap[string][] {
    const value = ownValue(this.value, key) ?? [];
    if (!Array.isArray(value)) throw this.wrong(key, "must be a list");
    return value;
  }

  path(path: string): string {
    return isAbsolute(path) ? path : join(dirname(this.file), path);
  }

  /** PEM text that is there as base64, or in a file. */
  async pem(fileKey: string, dataKey: string): Promise<string | undefined> {
    const data = this.text(dataKey);
    const named = this.text(fileKey);
    if (data === undefined && named === undefined) return undefined;
    const key = data === undefined ? fileKey : dataKey;
    const pem = data === undefined ? await this.#read(fileKey, this.path(named!)) : this.#decode(dataKey, data);
    if (!pem.includes("-----BEGIN ")) throw this.wrong(key, "is not PEM text (-----BEGIN …)");
    return pem;
  }

  #decode(key: string, data: string): string {
    try {
      return atob(data.replace(/\s+/g, ""));
    } catch (cause) {
      throw this.wrong(key, "is not base64", undefined, cause);
    }
  }

  async #read(key: string, path: string): Promise<string> {
    try {
      return await this.#readTextFile(path);
    } catch (cause) {
      throw this.wrong(key, `cannot read "${path}"`, undefined, cause);
    }
  }
}
