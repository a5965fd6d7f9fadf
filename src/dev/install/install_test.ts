/** `ork install` and `ork uninstall` on a double of an API server: order, refusals, waits that end. */
import assert from "node:assert/strict";
import { clientOf } from "../../../tests/support/api_double.ts";
import { runCommandLine } from "../program.ts";
import { systemFiles } from "../../files/mod.ts";
import { projectRoot } from "../../../tests/architecture/paths.ts";
import { realClock } from "../../../tests/support/clock.ts";

const katalog = ["-f", `${projectRoot}/katalogs/hello-website/katalog.yaml`];
const image = ["--image", "example.org/ork-runtime:1"];

/** An API server that has what was applied, refuses one kind, and makes Deployments available or not. */
class Double {
  readonly objects = new Map<string, Record<string, unknown>>();
  readonly log: string[] = [];
  available = true;
  refused: string | undefined;

  respond({ verb, path, body }: { verb: string; path: string; body: string }): Response {
    const name = path.split("?")[0]!;
    if (name === "/apis/flowcontrol.apiserver.k8s.io/v1") {
      const resources = [
        { name: "flowschemas", kind: "FlowSchema", namespaced: false },
        { name: "prioritylevelconfigurations", kind: "PriorityLevelConfiguration", namespaced: false },
      ];
      return Response.json({ kind: "APIResourceList", resources });
    }
    if (verb === "PATCH") {
      const object = JSON.parse(body);
      if (object.kind === this.refused) return this.#refuse(403, "Forbidden", `No ${object.kind} today`);
      this.log.push(`apply ${object.kind}`);
      const replicas = object.spec?.replicas;
      const conditions = [{ type: "Established", status: "True" }, { type: "Available", status: "True" }];
      const counts = this.available ? replicas : 0;
      const status = object.kind === "Deployment"
        ? {
          observedGeneration: 1,
          replicas,
          updatedReplicas: replicas,
          readyReplicas: counts,
          availableReplicas: counts,
          conditions,
        }
        : { conditions };
      const stored = { ...object, metadata: { ...object.metadata, uid: name, generation: 1 }, status };
      this.objects.set(name, stored);
      return Response.json(stored);
    }
    if (verb === "DELETE") {
      const kind = this.objects.get(name)?.["kind"];
      if (!this.objects.delete(name)) return this.#refuse(404, "NotFound", "gone");
      this.log.push(`delete ${kind}`);
      return Response.json({ kind: "Status", status: "Success" });
    }
    const object = this.objects.get(name);
    if (object !== undefined) return Response.json(object);
    const plural = name.split("/").at(-1)!;
    const namespace = /\/namespaces\/([^/]+)\//.exec(name)?.[1];
    if (kinds[plural] === undefined) return this.#refuse(404, "NotFound", `${name} is not there`);
    const items = [...this.objects.entries()].filter(([path, { metadata }]) =>
      path.split("/").at(-2) === plural &&
      (namespace === undefined || (metadata as { namespace?: string }).namespace === namespace)
    ).map(([, each]) => each);
    return Response.json({ apiVersion: "v1", kind: `${kinds[plural]}List`, metadata: { resourceVersion: "1" }, items });
  }

  #refuse(code: number, reason: string, message: string): Response {
    return Response.json({ kind: "Status", status: "Failure", code, reason, message, details: { name: "x" } }, {
      status: code,
    });
  }

  async ork(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    let [out, err] = ["", ""];
    const cluster = { server: "http://double", auth: { kind: "none" as const }, source: "test" };
    const code = await runCommandLine(
      args,
      {
        terminal: {
          out: (text: string) => void (out += `${text}\n`),
          err: (text: string) => void (err += `${text}\n`),
          colour: false,
        },
        files: systemFiles(),
        clock: realClock,
        env: () => undefined,
        versionLine: "ork 0.1.0 (test)",
        findCluster: () => Promise.resolve(cluster),
        connect: () => clientOf((request) => this.respond(request)).api,
      } as unknown as Parameters<typeof runCommandLine>[1],
    );
    return { code, out, err };
  }
}

const kinds: Readonly<Record<string, string>> = {
  serviceaccounts: "ServiceAccount",
  configmaps: "ConfigMap",
  networkpolicies: "NetworkPolicy",
  services: "Service",
  deployments: "Deployment",
  poddisruptionbudgets: "PodDisruptionBudget",
  clusterroles: "ClusterRole",
  clusterrolebindings: "ClusterRoleBinding",
  roles: "Role",
  rolebindings: "RoleBinding",
  leases: "Lease",
  customresourcedefinitions: "CustomResourceDefinition",
  websites: "Website",
};

Deno.test("ork install refuses to run an image that is not named", async () => {
  const double = new Double();
  const { code, err } = await double.ork("install", ...katalog, "--yes");
  assert.equal(code, 2);
  assert.match(err, /Name the images that are run, with --image\n/);
  assert.deepEqual(double.log, []);
  assert.equal((await double.ork("install", ...katalog, ...image, "--timeout", "soon")).code, 2);
});

Deno.test("ork install applies permissions before what runs, and ork uninstall removes them in the other order", async () => {
  const double = new Double();
  assert.equal((await double.ork("install", ...katalog, ...image)).code, 1);
  assert.deepEqual(double.log, []);
  const done = await double.ork("install", ...katalog, ...image, "--with-crds", "--yes");
  assert.equal(done.code, 0, done.err);
  assert.deepEqual(done.out.trim().split("\n").at(-1), "Installed in orkestra-system");
  const order = (log: readonly string[], ...wanted: string[]) => wanted.map((each) => log.indexOf(each));
  const applied = order(
    double.log,
    ...[
      "apply Namespace",
      "apply CustomResourceDefinition",
      "apply ClusterRoleBinding",
      "apply ConfigMap",
      "apply Deployment",
    ],
  );
  assert.ok(applied.every((at, n) => at >= 0 && (n === 0 || at > applied[n - 1]!)), double.log.join());

  double.log.length = 0;
  const removed = await double.ork("uninstall", "--yes");
  assert.equal(removed.code, 0, removed.err);
  const deleted = order(
    double.log,
    ...[
      "delete Deployment",
      "delete ConfigMap",
      "delete ClusterRoleBinding",
      "delete ClusterRole",
      "delete ServiceAccount",
    ],
  );
  assert.ok(deleted.every((at, n) => at >= 0 && (n === 0 || at > deleted[n - 1]!)), double.log.join());
  const left = [...double.objects.values()].map(({ kind }) => kind).sort();
  assert.deepEqual(left, ["CustomResourceDefinition", "Namespace"]);
});

Deno.test("ork install says what is not available in time, and what the API server refuses", async () => {
  const double = new Double();
  double.available = false;
  const late = await double.ork("install", ...katalog, ...image, "--yes", "--timeout", "1ms");
  assert.equal(late.code, 1);
  assert.match(late.err, /Deployment orkestra-system\/orkestra-runtime: .*0 of 2/);
  assert.match(late.err, /not available within 0.001 s/);
  double.refused = "ClusterRole";
  const refused = await double.ork("install", ...katalog, ...image, "--yes");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /ork install: .*No ClusterRole today/);
});

Deno.test("ork uninstall deletes no CRD by a Katalog that is not there, and nothing where nothing is", async () => {
  const double = new Double();
  const unknown = await double.ork("uninstall", "-n", "team", "--with-crds", "--yes");
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /no ConfigMap orkestra-katalog with a Katalog in team/);
  const nothing = await double.ork("uninstall", "-n", "team", "--yes");
  assert.deepEqual([nothing.code, nothing.out], [0, "Nothing is installed in team\n"]);
});
