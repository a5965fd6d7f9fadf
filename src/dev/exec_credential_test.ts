import assert from "node:assert/strict";
import { type ClusterConfig, ConfigError, type ExecPlugin } from "../cluster/config.ts";
import { runExecPlugin } from "./exec_credential.ts";

const cluster: ClusterConfig = { server: "https://a:6443", caData: "CA", source: "test", auth: { kind: "none" } };

/** A plugin that is a line of shell. */
function plugin(script: string, more: Partial<ExecPlugin> = {}): ExecPlugin {
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", script],
    env: [{ name: "EXTRA", value: "from-kubeconfig" }],
    provideClusterInfo: false,
    interactiveMode: "Never",
    ...more,
  };
}

const credential = (status: string, apiVersion = "client.authentication.k8s.io/v1") =>
  `{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":${status}}`;

Deno.test("runExecPlugin() passes environment and cluster on and reads the token", async () => {
  const script = `
    case "$KUBERNETES_EXEC_INFO" in *'"server":"https://a:6443"'*'"certificate-authority-data":"Q0E="'*) ;; *) exit 3;; esac
    case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 4;; esac
    printf '%s' '${credential(`{"token":"'"$EXTRA"'","expirationTimestamp":"2026-01-01T00:00:00Z"}`)}'`;
  assert.deepEqual(await runExecPlugin(plugin(script, { provideClusterInfo: true }), cluster), {
    token: "from-kubeconfig",
    expiresAtMs: Date.parse("2026-01-01T00:00:00Z"),
  });
});

Deno.test("runExecPlugin() reads a certificate, and supports v1beta1", async () => {
  const apiVersion = "client.authentication.k8s.io/v1beta1";
  const text = credential('{"clientCertificateData":"C","clientKeyData":"K"}', apiVersion);
  assert.deepEqual(await runExecPlugin(plugin(`echo '${text}'`, { apiVersion }), cluster), {
    certPem: "C",
    keyPem: "K",
  });
});

const broken: [what: string, plugin: ExecPlugin, message: RegExp][] = [
  ["fails", plugin("exit 7"), /exit code 7/],
  ["prints no JSON", plugin("echo hello"), /no JSON/],
  ["prints something else", plugin("echo '{}'"), /no ExecCredential of client.authentication.k8s.io\/v1$/],
  ["prints another version", plugin(`echo '${credential("{}", "a/v1")}'`), /no ExecCredential/],
  ["prints no credential", plugin(`echo '${credential("{}")}'`), /no credential/],
  ["prints half a credential", plugin(`echo '${credential('{"clientKeyData":"K"}')}'`), /certificate/],
  ["prints without end", plugin("yes"), /too much/],
  ["is not there", plugin("", { command: "no-such-program-here", args: [] }), /no such program/],
  ["needs a terminal", plugin("exit 0", { interactiveMode: "Always" }), /terminal/],
];
for (const [what, failing, message] of broken) {
  Deno.test(`runExecPlugin() says what is wrong with a plugin that ${what}`, async () => {
    await assert.rejects(runExecPlugin({ ...failing, installHint: "Get it there" }, cluster), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      assert.equal(error.hint, "Get it there");
      return true;
    });
  });
}
