import { isMap, type Json, type JsonMap, ownValue, parseJson, stringifyJson } from "../base/json.ts";
import { type ClusterConfig, ConfigError, type ExecCredential, type ExecPlugin } from "../cluster/config.ts";

/** Maximum runtime of a plugin; some open a browser and wait for a login. */
const maxRunMs = 5 * 60_000;
const maxOutputBytes = 1024 * 1024;

/**
 * Runs a credential plugin as kubectl does (client.authentication.k8s.io/v1 and v1beta1): our whole environment, the
 * variables of the kubeconfig, `KUBERNETES_EXEC_INFO`; its error output is ours, its output is the credential.
 * Throws `ConfigError` with the kubeconfig's install hint when there is no such program.
 */
export async function runExecPlugin(plugin: ExecPlugin, cluster: ClusterConfig): Promise<ExecCredential> {
  const interactive = plugin.interactiveMode !== "Never" && Deno.stdin.isTerminal();
  if (plugin.interactiveMode === "Always" && !interactive) {
    throw failure(plugin, cluster, "it needs a terminal for its prompts");
  }
  const text = await outputOf(plugin, cluster, interactive);
  return readCredential(text, plugin, cluster);
}

async function outputOf(plugin: ExecPlugin, cluster: ClusterConfig, interactive: boolean): Promise<string> {
  const timeout = AbortSignal.timeout(maxRunMs);
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(plugin.command, {
      args: [...plugin.args],
      env: {
        ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: stringifyJson(execInfo(plugin, cluster, interactive)),
      },
      stdin: interactive ? "inherit" : "null",
      stdout: "piped",
      stderr: "inherit",
      signal: timeout,
    }).spawn();
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    throw failure(plugin, cluster, missing ? "there is no such program" : String(cause), cause);
  }
  const text = await readBounded(child.stdout);
  if (text === undefined) child.kill("SIGKILL");
  const { success, code, signal } = await child.status;
  if (text === undefined) throw failure(plugin, cluster, "it prints too much");
  if (timeout.aborted) throw failure(plugin, cluster, `it did not end within ${maxRunMs / 1000} seconds`);
  if (!success) throw failure(plugin, cluster, signal === null ? `exit code ${code}` : `ended by ${signal}`);
  return text;
}

/** All of the text, or `undefined` where it is too long. */
async function readBounded(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxOutputBytes) return undefined;
  }
  return text + decoder.decode();
}

function execInfo(plugin: ExecPlugin, cluster: ClusterConfig, interactive: boolean): JsonMap {
  const spec: JsonMap = { interactive };
  if (plugin.provideClusterInfo) {
    spec["cluster"] = {
      server: cluster.server,
      ...(cluster.proxyUrl === undefined ? {} : { "proxy-url": cluster.proxyUrl }),
      ...(cluster.caData === undefined ? {} : { "certificate-authority-data": btoa(cluster.caData) }),
    };
  }
  return { apiVersion: plugin.apiVersion, kind: "ExecCredential", spec };
}

function readCredential(text: string, plugin: ExecPlugin, cluster: ClusterConfig): ExecCredential {
  let credential: Json;
  try {
    credential = parseJson(text);
  } catch (cause) {
    throw failure(plugin, cluster, "it prints no JSON", cause);
  }
  if (!isMap(credential) || credential["kind"] !== "ExecCredential" || credential["apiVersion"] !== plugin.apiVersion) {
    throw failure(plugin, cluster, `it prints no ExecCredential of ${plugin.apiVersion}`);
  }
  const status = ownValue(credential, "status");
  if (!isMap(status)) throw failure(plugin, cluster, "it prints no status");
  const token = textAt(status, "token");
  const certPem = textAt(status, "clientCertificateData");
  const keyPem = textAt(status, "clientKeyData");
  if ((certPem === undefined) !== (keyPem === undefined)) {
    throw failure(plugin, cluster, "it prints a certificate without its key, or a key without its certificate");
  }
  if (token === undefined && certPem === undefined) throw failure(plugin, cluster, "it prints no credential");
  const expiresAtMs = Date.parse(textAt(status, "expirationTimestamp") ?? "");
  return {
    ...(token === undefined ? {} : { token }),
    ...(certPem === undefined || keyPem === undefined ? {} : { certPem, keyPem }),
    ...(Number.isNaN(expiresAtMs) ? {} : { expiresAtMs }),
  };
}

function textAt(map: JsonMap, key: string): string | undefined {
  const value = ownValue(map, key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function failure(plugin: ExecPlugin, cluster: ClusterConfig, what: string, cause?: unknown): ConfigError {
  return new ConfigError(`Cannot get a credential from the plugin "${plugin.command}": ${what}`, {
    source: cluster.source,
    field: "user.exec",
    ...(plugin.installHint === undefined ? {} : { hint: plugin.installHint.trim() }),
    cause,
  });
}
