/**
 * `ork plan` on both servers: what it prints is what the operator does then, nothing of it is done yet, and the right to
 * read suffices.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isMap, type JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import type { Stage } from "../katalogs/stage.ts";
import { realClock } from "../support/clock.ts";
import { freshNamespace } from "../support/namespace.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const fromSource = (main: string) => [
  ...[Deno.execPath(), "run", "-A", "--no-prompt", "--no-check", "--unstable-worker-options"],
  `${projectRoot}/${main}`,
];

interface Place {
  readonly namespace: string;
  readonly request: Stage["request"];
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of a kubeconfig that may read everything and write nothing; absent: the server has no such users. */
  readonly reader?: string;
}

interface Change {
  readonly action: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly fields: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
}

interface Printed {
  readonly code: number;
  readonly text: string;
  readonly differences: number;
  readonly objects: readonly {
    readonly name: string;
    readonly changes: readonly Change[];
    readonly problem?: string;
  }[];
  readonly notes: readonly string[];
}

const secrets = ["b2xkLXRva2Vu", "bmV3LXRva2Vu", "old-token", "new-token"];

class Play implements AsyncDisposable {
  readonly #place: Place;
  readonly #folder: string;
  readonly group: string;

  constructor(place: Place, folder: string) {
    this.#place = place;
    this.#folder = folder;
    this.group = `${place.namespace}.example.org`;
  }

  static async open(place: Place): Promise<Play> {
    const play = new Play(place, await Deno.makeTempDir({ prefix: "ork-plan-" }));
    const definition = openDefinition({ group: play.group, kind: "Shop" });
    await place.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    await waitFor("the kind is served", async () => (await play.list(play.shops)).length === 0);
    return play;
  }

  get shops(): string {
    return `/apis/${this.group}/v1/namespaces/${this.#place.namespace}/shops`;
  }

  async katalog(reconcile: string): Promise<string> {
    const path = join(this.#folder, `${crypto.randomUUID()}.yaml`);
    await Deno.writeTextFile(
      path,
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\nspec:\n  crds:\n    shop:\n` +
        `      apiTypes: {group: ${this.group}, version: v1, kind: Shop, plural: shops}\n` +
        `      operatorBox:\n        onReconcile:\n${reconcile.replace(/^(?=.)/gm, "          ")}`,
    );
    return path;
  }

  async list(path: string): Promise<KubeObject[]> {
    return (await this.#place.request("GET", path)).items ?? [];
  }

  /** Everything in the namespace that an operator made, as it is stored. */
  async stored(): Promise<Map<string, KubeObject>> {
    const found = new Map<string, KubeObject>();
    for (
      const [kind, plural] of [["ConfigMap", "configmaps"], ["Secret", "secrets"], [
        "ServiceAccount",
        "serviceaccounts",
      ]]
    ) {
      for (const item of await this.list(`/api/v1/namespaces/${this.#place.namespace}/${plural}`)) {
        if (item.metadata.name.startsWith("one-")) found.set(`${kind} ${item.metadata.name}`, item);
      }
    }
    return found;
  }

  /** Runs the operator until the children are as wanted. */
  async operate(katalog: string, isDone: (stored: ReadonlyMap<string, KubeObject>) => boolean): Promise<void> {
    const operator = runBinary([
      ...[...fromSource("main_runtime.ts"), "run", "-f", katalog, "--isolation", "shared"],
      ...["--kubeconfig", this.#place.kubeconfig],
    ]);
    try {
      await waitFor("the operator has done its work", async () => isDone(await this.stored()), {
        explain: () => operator.stdout.slice(-2000) + operator.stderr,
      });
    } finally {
      await operator.stop();
    }
  }

  async plan(katalog: string, kubeconfig = this.#place.kubeconfig): Promise<Printed> {
    const ork = runBinary([
      ...[...fromSource("main_dev.ts"), "plan", "-f", katalog, "-o", "json"],
      ...["-n", this.#place.namespace, "--kubeconfig", kubeconfig],
    ]);
    const { code } = await ork.ended;
    const text = ork.stdout + ork.stderr;
    assert.ok(code === 0 || code === 1, `exit code ${code}: ${text}`);
    return { ...JSON.parse(ork.stdout), code, text };
  }

  /** As `ork generate bundle` installs the Katalog. */
  async install(katalog: string): Promise<void> {
    await this.#place.request("POST", `/api/v1/namespaces/${this.#place.namespace}/configmaps`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "orkestra-katalog" },
      data: { "katalog.yaml": await Deno.readTextFile(katalog) },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

const acts = ({ objects }: Printed) =>
  objects.flatMap(({ changes }) => changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).sort();

async function playPlan(place: Place): Promise<void> {
  const { namespace, request } = place;
  await using play = await Play.open(place);
  await request("POST", play.shops, {
    apiVersion: `${play.group}/v1`,
    kind: "Shop",
    metadata: { name: "one" },
    spec: { size: 3 },
  });
  const made = `${namespace}-made`;
  const before = await play.katalog(
    `configMaps:\n- {name: one-front, data: {size: "{{ .spec.size }}"}}\n- {name: one-extra, data: {a: b}}\n` +
      `secrets: [{name: one-key, data: {token: old-token}}]\nserviceAccounts: [{name: one-account}]\n`,
  );
  const after = await play.katalog(
    `configMaps:\n- {name: one-front, data: {size: "{{ add .spec.size 1 }}"}}\n` +
      `- {name: one-far, namespace: ${made}, data: {a: b}}\n` +
      `secrets: [{name: one-key, data: {token: new-token}}]\n` +
      `custom: [{apiVersion: v1, kind: Namespace, metadata: {name: ${made}}}]\n`,
  );
  try {
    const first = await play.plan(before);
    const all = ["ConfigMap one-extra", "ConfigMap one-front", "Secret one-key", "ServiceAccount one-account"];
    assert.deepEqual(acts(first), all.map((id) => `create ${id}`), first.text);
    assert.equal(first.code, 1);
    assert.deepEqual([...(await play.stored()).keys()], [], "a plan makes nothing");

    await play.operate(before, (stored) => stored.size === 4);
    await play.install(before);
    const same = await play.plan(before);
    assert.deepEqual([same.code, same.differences, same.objects, same.notes], [0, 0, [], []], same.text);

    const stored = await play.stored();
    const [cr] = await play.list(play.shops);
    const next = await play.plan(after);
    assert.deepEqual(await play.stored(), stored, "a plan changes nothing");
    assert.deepEqual((await play.list(play.shops))[0], cr, "nor the CR");
    assert.equal((await play.list("/api/v1/namespaces")).some(({ metadata }) => metadata.name === made), false);
    const wanted = [
      `create ConfigMap one-far`,
      `create Namespace ${made}`,
      "delete ConfigMap one-extra",
      "delete ServiceAccount one-account",
      "update ConfigMap one-front",
      "update Secret one-key",
      `update Shop.${play.group} one`,
    ];
    assert.deepEqual(acts(next), wanted, next.text);
    assert.equal(next.code, 1);
    const changes = next.objects.flatMap((object) => object.changes);
    const fieldsOf = (name: string) => changes.find((change) => change.name === name)!.fields;
    assert.deepEqual(fieldsOf("one-front"), [{ path: "data.size", before: "3", after: "4" }]);
    assert.deepEqual(fieldsOf("one-key"), [{ path: "data.token", isHidden: true }]);
    assert.deepEqual(fieldsOf("one").map(({ path }) => path), ["metadata.finalizers"]);
    for (const secret of secrets) assert.ok(!next.text.includes(secret), "a value of a Secret is printed");

    if (place.reader !== undefined) {
      const read = await play.plan(after, place.reader);
      assert.deepEqual(acts(read), wanted, read.text);
      assert.match(read.notes.join(), /rights do not allow a dry run/);
    }

    // What was planned is what is done.
    await play.operate(after, (now) => {
      const size = now.get("ConfigMap one-front")?.["data"];
      return isMap(size) && (size as JsonMap)["size"] === "4" && now.size === 2;
    });
    const token = (await play.stored()).get("Secret one-key")!["data"] as JsonMap;
    assert.equal(token["token"], secrets[1]);
    await waitFor(
      "the far child is there",
      async () =>
        (await play.list(`/api/v1/namespaces/${made}/configmaps`)).some(({ metadata }) => metadata.name === "one-far"),
    );
  } finally {
    await request("PATCH", `${play.shops}/one`, { metadata: { finalizers: null } }, "application/merge-patch+json");
    await request("DELETE", `/api/v1/namespaces/${made}`).catch(() => {/* a plan makes none */});
  }
}

Deno.test("ork plan prints what an operator will do, on the sandbox", async () => {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, { port: 0 });
  const folder = await Deno.makeTempDir({ prefix: "ork-plan-" });
  try {
    const kubeconfig = join(folder, "kubeconfig");
    await Deno.writeTextFile(kubeconfig, served.kubeconfig());
    await playPlan({ namespace: "default", request: sandboxRequest(sandbox), kubeconfig });
  } finally {
    await served.stop();
    await sandbox.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

clusterTest("ork plan prints what an operator will do, on a real API server", async ({ plane }) => {
  await using namespace = await freshNamespace(plane, "plan");
  const { name } = namespace;
  const request = clusterRequest(plane);
  const user = `reader-${name}`;
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  await request("POST", `${rbac}/clusterroles`, {
    metadata: { name: user },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }],
  });
  await request("POST", `${rbac}/clusterrolebindings`, {
    metadata: { name: user },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });
  try {
    const mark = await plane.auditLog.mark();
    const reader = await plane.userKubeconfig(user);
    await playPlan({ namespace: name, request, kubeconfig: plane.kubeconfigPath, reader });
    const writes = (await plane.auditLog.requestsSince(mark, { userAgent: "ork/" }))
      .filter(({ verb }) => !["get", "list", "watch"].includes(verb));
    assert.ok(writes.length > 0);
    for (const { verb, uri } of writes) assert.match(uri, /[?&]dryRun=All(&|$)/, `${verb} ${uri}`);
  } finally {
    for (const kind of ["clusterrolebindings", "clusterroles"]) await request("DELETE", `${rbac}/${kind}/${user}`);
  }
}, { controllers: true });
