/** Three replicas of the compiled Runtime, with its roles alone, share thirteen operators (`--lease-scope=box`), on a real API server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { AuditedRequest } from "../support/audit_log.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { GrantedRoles, planOfFiles } from "../support/granted_roles.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { breaches, isWrite } from "./candidates.ts";
import { isFull } from "./extent.ts";
import { printTable } from "./table.ts";

const group = "shares.example.com";
const boxes = Array.from({ length: 13 }, (_, n) => `box${String(n + 1).padStart(2, "0")}`);
const maxFailoverMs = 5_500;

const katalog = `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: shares }
spec:
  crds:
${
  boxes.map((box) => `
    ${box}:
      apiTypes: { group: ${group}, version: v1, kind: ${kindOf(box)}, plural: ${box}s }
      operatorBox:
        onReconcile:
          configMaps: [{ data: { text: "{{ .spec.text }}" } }]
`).join("")
}`;

function kindOf(box: string): string {
  return `B${box.slice(1)}`;
}

interface Replica {
  readonly user: string;
  readonly process: RunningBinary;
}

clusterTest(
  "three replicas share thirteen operators; of one that is killed, only its own move, in time",
  async ({ plane, namespace }) => {
    const folder = await Deno.makeTempDir({ prefix: "ork-shares-" });
    const file = join(folder, "katalog.yaml");
    await Deno.writeTextFile(file, katalog);
    for (const box of boxes) {
      await send(plane, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        ...openDefinition({ group, kind: kindOf(box) }),
      });
    }
    const replicas = `candidates:${namespace}`;
    await using roles = await GrantedRoles.open(plane, {
      ...{ plan: planOfFiles([file]), namespace, leases: "box" as const, group: replicas },
    });
    const running: Replica[] = [];
    let started = 0;
    const start = async (): Promise<Replica> => {
      const user = `candidate-${namespace}-${++started}`;
      const config = join(folder, `${user}.kubeconfig`);
      await Deno.writeTextFile(config, await plane.kubeconfig(user, [replicas]));
      roles.watch(user);
      const process = runBinary([runtimeBinary, "run", "-f", file, "--isolation", "shared"], {
        env: {
          KUBECONFIG: config,
          LEADER_ELECTION: "true",
          LEASE_SCOPE: "box",
          ORK_NAMESPACE: namespace,
          HOSTNAME: user,
        },
      });
      const replica = { user, process };
      running.push(replica);
      return replica;
    };
    /** Box → the replica that holds its Lease; when all are held by replicas that run, in parts that differ by one. */
    const divided = async (): Promise<Map<string, string>> =>
      await waitFor(`${running.length} replicas share the boxes evenly`, async () => {
        const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
        const { items } = JSON.parse(await send(plane, "GET", path)) as {
          items: { metadata: { name: string }; spec: { holderIdentity?: string } }[];
        };
        const holders = new Map<string, string>();
        for (const { metadata: { name }, spec: { holderIdentity } } of items) {
          const holder = running.find(({ user }) => holderIdentity?.startsWith(`${user}-`));
          const box = name.replace(/^orkestra-konductor-/, "");
          if (holder !== undefined && boxes.includes(box)) holders.set(box, holder.user);
        }
        const counts = running.map(({ user }) => [...holders.values()].filter((holder) => holder === user).length);
        return holders.size === boxes.length && Math.max(...counts) - Math.min(...counts) <= 1 ? holders : undefined;
      }, { explain: () => running.map(({ user, process }) => `${user}: ${process.stdout.slice(-1500)}`) });
    try {
      const mark = await plane.auditLog.mark();
      for (let n = 0; n < 3; n++) await start();
      const failovers: number[] = [];
      for (let n = 0; n < (isFull ? 20 : 2); n++) {
        const before = await divided();
        const [victim] = running;
        const atMs = Date.now();
        await victim!.process.stop({ signal: "SIGKILL" });
        running.shift();
        // Work for every box: those of the victim are handled by their next leader.
        for (const box of boxes) {
          await send(plane, "POST", `/apis/${group}/v1/namespaces/${namespace}/${box}s`, {
            apiVersion: `${group}/v1`,
            kind: kindOf(box),
            metadata: { name: `${box}-${n}` },
            spec: { text: "x" },
          });
        }
        const after = await divided();
        const moved = boxes.filter((box) => before.get(box) !== after.get(box));
        const lost = boxes.filter((box) => before.get(box) === victim!.user);
        assert.deepEqual(moved, lost);
        const requests = await waitFor("every CR has its child", async () => {
          const all = await plane.auditLog.requestsSince(mark, { namespace });
          const done = boxes.every((box) => childWrite(all, box, n) !== undefined);
          return done ? all : undefined;
        });
        for (const box of lost) failovers.push(childWrite(requests, box, n)!.receivedMs - atMs);
        await start();
      }
      await divided();
      const requests = await plane.auditLog.requestsSince(mark, { namespace });
      printTable("Operators of a replica that was killed", [{
        "moved operators": failovers.length,
        "longest until the next leader wrote (ms)": Math.max(...failovers),
      }]);
      for (const box of boxes) assert.deepEqual(breachesOf(requests, box), []);
      assert.ok(Math.max(...failovers) <= maxFailoverMs);
      await roles.assertSufficient();
    } finally {
      await Promise.all(running.map(({ process }) => process.stop()));
      for (const box of boxes) {
        await send(plane, "DELETE", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${box}s.${group}`);
      }
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** The first write of the status of the n-th CR of a box. */
function childWrite(requests: readonly AuditedRequest[], box: string, n: number): AuditedRequest | undefined {
  return requests.find((request) =>
    isWrite(request) && request.resource === `${box}s` && request.name === `${box}-${n}` && request.code < 300
  );
}

/** Leadership of one box, as in the election of one Lease. */
function breachesOf(requests: readonly AuditedRequest[], box: string) {
  const lease = `orkestra-konductor-${box}`;
  return breaches(
    requests.filter(({ resource, name }) => resource === `${box}s` || (resource === "leases" && name === lease)),
  );
}

async function send(plane: ControlPlane, method: string, path: string, body?: unknown): Promise<string> {
  const response = await plane.adminFetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404 && response.status !== 409) throw new Error(`${method} ${path}: ${text}`);
  return text;
}
