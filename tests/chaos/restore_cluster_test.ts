/**
 * The compiled Runtime, with its roles alone, while etcd is put back to a snapshot. The cluster has another history then: objects are gone or
 * back, and resource versions that the Runtime has seen, and that it remembers as its own writes, are given again to
 * other objects. It stays the same process, and every CR ends as its spec says.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { KubeObject } from "../../src/k8s/object.ts";
import { openDefinition } from "../support/open_definition.ts";
import { type OwnControlPlane, startControlPlane } from "../support/control_plane.ts";
import { GrantedRoles, planOfFiles } from "../support/granted_roles.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { isFull } from "./extent.ts";
import { randomNumbers } from "./random.ts";
import { printTable } from "./table.ts";

const group = "restore.example.com";
const relays = `/apis/${group}/v1/namespaces/default/relays`;
const configMaps = "/api/v1/namespaces/default/configmaps";
const katalog = `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: restore }
spec:
  crds:
    relay:
      apiTypes: { group: ${group}, version: v1, kind: Relay, plural: relays }
      operatorBox:
        onReconcile:
          configMaps: [{ name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } }]
        status:
          fields: [{ path: text, value: "{{ .spec.text }}" }]
`;

const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
const random = randomNumbers(seed);
const rounds = isFull ? 10 : 1;
const relayCount = 40;
/** In each history. Enough to pass the resource versions of the other one. */
const editCount = 200;

Deno.test({
  name: "etcd is restored from a snapshot under a running Runtime, and every CR ends as its spec says",
  ignore: (Deno.env.get("KUBEBUILDER_ASSETS") ?? "") === "",
  async fn() {
    console.log(`SEED=${seed}`);
    const plane = await startControlPlane();
    let failed = true;
    try {
      const rows = await play(plane);
      printTable(`etcd restored, ${relayCount} CRs, ${editCount} edits in each history, SEED=${seed}`, rows);
      failed = false;
    } finally {
      const logs = await plane.stop({ keepLogs: failed });
      if (logs !== undefined) console.log(`The logs of the control plane are in ${logs}`);
    }
  },
});

async function play(plane: OwnControlPlane): Promise<Record<string, string | number>[]> {
  const users = new Users(plane);
  await users.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  await waitFor("Relays are served", () => users.request("GET", relays));
  const folder = await Deno.makeTempDir({ prefix: "ork-restore-" });
  const file = join(folder, "katalog.yaml");
  await Deno.writeTextFile(file, katalog);
  const roles = await GrantedRoles.open(plane, { plan: planOfFiles([file]), namespace: "default" });
  await Deno.writeTextFile(join(folder, "config"), await roles.kubeconfig(), { mode: 0o600 });
  await using runtime = runBinary([runtimeBinary, "run", "-f", file], {
    env: { KUBECONFIG: join(folder, "config"), ORK_NAMESPACE: "default" },
  });
  for (let n = 0; n < relayCount; n++) await users.create();
  await users.untilConsistent(runtime);
  const rows: Record<string, string | number>[] = [];
  for (let round = 1; round <= rounds; round++) {
    await roles.whileRestarting(() => plane.snapshotEtcd());
    await users.edit(editCount);
    await users.untilConsistent(runtime);
    await roles.whileRestarting(() => plane.restoreEtcd());
    const restoredMs = performance.now();
    await users.edit(editCount);
    const editedMs = performance.now();
    await users.untilConsistent(runtime);
    const took = (fromMs: number) => `${((performance.now() - fromMs) / 1000).toFixed(1)} s`;
    rows.push({ round, "after the restore": took(restoredMs), "after the last edit": took(editedMs) });
  }
  assert.doesNotMatch(runtime.stdout, /reconciler panic|its cell was ended|NameTaken/);
  assert.equal(runtime.stderr, "");
  await roles.assertSufficient();
  await Deno.remove(folder, { recursive: true });
  return rows;
}

const definition = openDefinition({ group, kind: "Relay" });

/** People who create, change and delete Relays, and who change and delete their children by hand. */
class Users {
  readonly #plane: OwnControlPlane;
  #count = 0;

  constructor(plane: OwnControlPlane) {
    this.#plane = plane;
  }

  async create(): Promise<void> {
    const name = `relay-${++this.#count}`;
    const spec = { text: `${name} is new` };
    await this.request("POST", relays, { apiVersion: `${group}/v1`, kind: "Relay", metadata: { name }, spec });
  }

  async edit(times: number): Promise<void> {
    const names = (await this.#list(relays)).map(({ metadata }) => metadata.name);
    for (let n = 0; n < times; n++) {
      const at = Math.floor(random() * names.length);
      const name = names[at]!;
      const dice = random();
      if (dice < 0.05) {
        await this.create();
        names.push(`relay-${this.#count}`);
      } else if (dice < 0.1 && names.length > relayCount / 2) {
        await this.request("DELETE", `${relays}/${name}`);
        names.splice(at, 1);
      } else if (dice < 0.2) await this.request("DELETE", `${configMaps}/${name}`);
      else if (dice < 0.3) await this.request("PATCH", `${configMaps}/${name}`, { data: { text: "by hand" } });
      else await this.request("PATCH", `${relays}/${name}`, { spec: { text: `${name} ${random()}` } });
    }
  }

  /** Waits until every Relay has its child and its status, and nobody else has a child. */
  async untilConsistent(runtime: RunningBinary): Promise<void> {
    let wrong: unknown[] = [];
    await waitFor("every CR is as its spec says", async () => {
      const crs = await this.#list(relays);
      const children = new Map((await this.#list(configMaps)).map((child) => [child.metadata.name, child]));
      children.delete("kube-root-ca.crt");
      wrong = crs.filter((cr) => {
        const child = children.get(cr.metadata.name);
        children.delete(cr.metadata.name);
        const texts = [child?.["data"]?.text, cr.status?.text];
        const owner = child?.metadata.ownerReferences?.[0]?.uid;
        return owner !== cr.metadata.uid || texts.some((text) => text !== cr["spec"].text);
      });
      // Children of CRs that are gone are left to the garbage collection, where it runs.
      if (this.#plane.controllers) wrong.push(...children.values());
      return wrong.length === 0;
    }, { timeoutMs: 120_000, explain: () => ({ wrong, log: runtime.stdout.slice(-3000) }) });
  }

  async #list(path: string): Promise<KubeObject[]> {
    return (await this.request("GET", path))["items"];
  }

  /** A request that must succeed, or that finds nothing. */
  async request(method: string, path: string, body?: unknown): Promise<KubeObject> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": type } };
    const { response, text } = await waitFor(`${method} ${path} has a response`, async () => {
      const response = await this.#plane.adminFetch(path, { method, ...init });
      const text = await response.text();
      return response.status === 429 ? undefined : { response, text }; // its storage is initialized again
    });
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
