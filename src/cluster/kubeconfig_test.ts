import assert from "node:assert/strict";
import type { ClusterConfig } from "./config.ts";
import { ConfigError } from "./config.ts";
import { parseKubeconfig } from "./kubeconfig.ts";

const pem = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
const files: Record<string, string> = {
  "/users/me/.kube/ca.crt": pem("CERTIFICATE"),
  "/etc/me.crt": pem("CERTIFICATE"),
  "/users/me/.kube/keys/me.key": pem("PRIVATE KEY"),
};

function parse(user: string, cluster = "", context = ""): Promise<ClusterConfig> {
  const text = `
apiVersion: v1
kind: Config
current-context: dev
contexts:
- name: dev
  context: {cluster: local, user: me${context}}
- name: other
  context: {cluster: nowhere, user: me}
clusters:
- name: local
  cluster: {server: "https://10.0.0.1:6443/"${cluster}}
users:
- name: me
  user: ${user === "" ? "{}" : user}
`;
  return parseKubeconfig(text, {
    file: "/users/me/.kube/config",
    readTextFile: (path) => {
      const found = files[path];
      return found === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(found);
    },
  });
}

Deno.test("parseKubeconfig() follows the current context", async () => {
  const config = await parse("{token: ' secret '}", "", ", namespace: shop");
  assert.deepEqual(config, {
    server: "https://10.0.0.1:6443",
    namespace: "shop",
    auth: { kind: "token", token: "secret" },
    source: "/users/me/.kube/config, context dev",
  });
});

Deno.test("parseKubeconfig() reads certificates from base64 and from files beside the kubeconfig", async () => {
  const data = btoa(pem("CERTIFICATE"));
  const inline = await parse(`{client-certificate-data: ${data}, client-key-data: ${btoa(pem("RSA PRIVATE KEY"))}}`);
  assert.deepEqual(inline.auth, {
    kind: "certificate",
    certPem: pem("CERTIFICATE"),
    keyPem: pem("RSA PRIVATE KEY"),
  });
  const named = await parse(
    "{client-certificate: /etc/me.crt, client-key: keys/me.key}",
    ", certificate-authority: ca.crt",
  );
  assert.equal(named.caData, pem("CERTIFICATE"));
  assert.deepEqual(named.auth, { kind: "certificate", certPem: pem("CERTIFICATE"), keyPem: pem("PRIVATE KEY") });
});

Deno.test("parseKubeconfig() prefers the token file to the token, as it is the fresh one", async () => {
  const { auth } = await parse("{token: old, tokenFile: token}");
  assert.deepEqual(auth, { kind: "tokenFile", path: "/users/me/.kube/token" });
});

Deno.test("parseKubeconfig() describes a credential plugin", async () => {
  const { auth } = await parse(`
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [get, 42]
      env: [{name: A, value: b}]
      installHint: Install it
      provideClusterInfo: true
      interactiveMode: Never`);
  assert.deepEqual(auth, {
    kind: "exec",
    plugin: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "/users/me/.kube/bin/login",
      args: ["get", "42"],
      env: [{ name: "A", value: "b" }],
      installHint: "Install it",
      provideClusterInfo: true,
      interactiveMode: "Never",
    },
  });
});

Deno.test("parseKubeconfig() keeps a proxy, and a user with nothing", async () => {
  const config = await parse("", ", tls-server-name: 10.0.0.1, proxy-url: 'http://proxy:3128'");
  assert.equal(config.proxyUrl, "http://proxy:3128");
  assert.deepEqual(config.auth, { kind: "none" });
});

const broken: [what: string, user: string, cluster: string, field: string, message: RegExp][] = [
  [
    "data that is not base64",
    "{client-certificate-data: '%%%'}",
    "",
    "users[me].client-certificate-data",
    /not base64/,
  ],
  [
    "data that is not PEM",
    `{client-certificate-data: ${btoa("x")}}`,
    "",
    "users[me].client-certificate-data",
    /not PEM/,
  ],
  ["a file that is not there", "{client-certificate: no.crt}", "", "users[me].client-certificate", /\.kube\/no\.crt/],
  ["a certificate without key", "{client-certificate: /etc/me.crt}", "", "users[me].client-key-data", /missing/],
  ["a key without certificate", "{client-key: keys/me.key}", "", "users[me].client-certificate-data", /missing/],
  ["a token that is a number", "{token: 1234}", "", "users[me].token", /must be a text/],
  ["impersonation", "{as: root, token: a}", "", "users[me].as", /not supported/],
  ["an auth provider", "{auth-provider: {name: gcp}}", "", "users[me].auth-provider", /removed/],
  ["a password", "{username: a, password: b}", "", "users[me].username", /removed/],
  ["an old plugin", "{exec: {apiVersion: a/v1alpha1, command: x}}", "", "users[me].exec.apiVersion", /v1alpha1/],
  [
    "a plugin without command",
    "{exec: {apiVersion: client.authentication.k8s.io/v1}}",
    "",
    "users[me].exec.command",
    /missing/,
  ],
  ["another server name", "", ", tls-server-name: a", "clusters[local].tls-server-name", /not supported/],
  [
    "a connection that proves nothing",
    "",
    ", insecure-skip-tls-verify: true",
    "clusters[local].insecure-skip-tls-verify",
    /not supported/,
  ],
];
for (const [what, user, cluster, field, message] of broken) {
  Deno.test(`parseKubeconfig() refuses ${what} and says where it is`, async () => {
    await assert.rejects(parse(user, cluster), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.field, field);
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`Cannot use /users/me/.kube/config: ${field}: `), error.message);
      return true;
    });
  });
}

const texts: [what: string, text: string, message: string, hint?: RegExp][] = [
  [
    "text that is not YAML",
    "a: [",
    "Cannot read /k:1:5: Flow sequence in block collection must be sufficiently indented",
  ],
  ["a list", "[]", "Cannot use /k: it is not a kubeconfig (kind: Config)"],
  ["another kind", "{kind: Pod}", "Cannot use /k: it is not a kubeconfig (kind: Config)"],
  ["an empty file", "", "Cannot use /k: current-context is not set"],
  ["clusters as a map", "{clusters: {}}", "Cannot use /k: clusters: must be a list"],
  ["an item without name", "{users: [{user: {}}]}", "Cannot use /k: users[0].name: must be a text"],
  ["a name twice", "{users: [{name: a}, {name: a}]}", 'Cannot use /k: users[1].name: "a" is there twice'],
  [
    "a context that is not there",
    "{current-context: a, contexts: [{name: b}]}",
    'Cannot use /k: contexts has no "a"',
    /there are: b/,
  ],
  [
    "a cluster that is not there",
    "{current-context: a, contexts: [{name: a, context: {cluster: c}}]}",
    'Cannot use /k: clusters has no "c"',
    /clusters is empty/,
  ],
  [
    "a server that is not a URL",
    "{current-context: a, contexts: [{name: a, context: {cluster: c}}], clusters: [{name: c, cluster: {server: c}}]}",
    'Cannot use /k: clusters[c].server: "c" is not an http or https URL',
  ],
];
for (const [what, text, message, hint] of texts) {
  Deno.test(`parseKubeconfig() refuses ${what}`, async () => {
    const parsing = parseKubeconfig(text, { file: "/k", readTextFile: () => Promise.reject(new Error("No files")) });
    await assert.rejects(parsing, (error) => {
      assert.ok(error instanceof ConfigError);
      assert.ok(error.message.startsWith(message), error.message);
      if (hint !== undefined) assert.match(error.hint!, hint);
      return true;
    });
  });
}

Deno.test("parseKubeconfig() is not led astray by __proto__ and aliases without end", async () => {
  const none = { readTextFile: () => Promise.reject(new Error("No files")), file: "/k" };
  const proto = "{current-context: a, contexts: [{name: a, context: {__proto__: {cluster: c}}}]}";
  await assert.rejects(parseKubeconfig(proto, none), /clusters has no ""/);
  const bomb = "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
    "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
  await assert.rejects(parseKubeconfig(bomb, none), /too many aliases/);
});
