import assert from "node:assert/strict";
import { join } from "node:path";
import { countByVerb } from "../support/audit_log.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";

const group = "calls.example.com";

function katalog(plural: string, kind: string, status: string): string {
  return `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: calls }
spec:
  crds:
    ${kind.toLowerCase()}:
      apiTypes: { group: ${group}, version: v1, kind: ${kind}, plural: ${plural} }
      operatorBox:
        reconciler: { resync: 1s }
        onReconcile:
          configMaps: [{ data: { text: "{{ .spec.text }}" } }]
          deployments: [{ image: "{{ .spec.image }}", port: 8080 }]
          services: [{ port: 80 }]
        status:
          fields:
            ${status}
`;
}

async function play(
  plane: ControlPlane,
  namespace: string,
  { plural, kind, status }: { plural: string; kind: string; status: string },
  settled: (object: Record<string, unknown>) => boolean,
): Promise<Record<string, number>> {
  const folder = await Deno.makeTempDir({ prefix: "ork-calls-" });
  const user = `calls-${namespace}`;
  await Deno.writeTextFile(join(folder, "config"), await plane.kubeconfig(user, ["system:masters"]));
  await Deno.writeTextFile(join(folder, "katalog.yaml"), katalog(plural, kind, status));
  await post(plane, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", openDefinition({ group, kind, plural }));
  try {
    await using runtime = runBinary(
      [runtimeBinary, "run", "-f", join(folder, "katalog.yaml"), "--log-level", "debug"],
      {
        env: { KUBECONFIG: join(folder, "config") },
      },
    );
    await runtime.waitForOutput(": watching, ");
    const mark = await plane.auditLog.mark();
    const path = `/apis/${group}/v1/namespaces/${namespace}/${plural}`;
    await post(plane, path, {
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name: "one" },
      spec: { text: "hello", image: "example.com/one:1" },
    });
    await waitFor(`${kind} one has settled`, async () => {
      const response = await plane.adminFetch(`${path}/one`);
      return settled((await response.json()).status ?? {});
    });
    const idle = () => runtime.stdout.split(": nothing to do").length;
    const before = idle();
    await waitFor("three more resyncs", () => idle() >= before + 3);
    return countByVerb(await plane.auditLog.requestsSince(mark, { user, watches: false }));
  } finally {
    const gone = await plane.adminFetch(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`, {
      method: "DELETE",
    });
    await gone.body?.cancel();
    await Deno.remove(folder, { recursive: true });
  }
}

function isReady(status: Record<string, unknown>): boolean {
  const conditions = status["conditions"] as unknown as { type: string; status: string }[] | undefined;
  return conditions?.some((item) => item.type === "Ready" && item.status === "True") === true;
}

/** One apply a child, one Event, and the status when all is written and when all is ready: the same write, if it is quick. */
function assertCalls(calls: Readonly<Record<string, number>>, plural: string): void {
  const { [`patch ${plural}/status`]: statuses, ...others } = calls;
  assert.ok(statuses === 1 || statuses === 2, `${statuses} writes of the status`);
  assert.deepEqual(others, {
    "patch configmaps": 1,
    "patch deployments": 1,
    "patch services": 1,
    "create events": 1,
  });
}

async function post(plane: ControlPlane, path: string, body: unknown): Promise<void> {
  await waitFor(`POST ${path}`, async () => {
    const response = await plane.adminFetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
    return response.ok;
  });
}

clusterTest(
  "a created CR costs one apply a child, two status patches (written, and ready) and one Event",
  async ({ plane, namespace }) => {
    const url = "- { path: url, value: 'http://{{ .metadata.name }}-svc' }";
    const calls = await play(
      plane,
      namespace,
      { plural: "plains", kind: "Plain", status: url },
      (status) => "url" in status && isReady(status),
    );
    assertCalls(calls, "plains");
  },
  { nodes: true },
);

clusterTest(
  "a status that waits for the Deployment costs no more: it is written when the conditions are",
  async ({ plane, namespace }) => {
    const phase =
      '- { path: phase, value: \'{{ ternary (allReplicasReady .children.deployment) "Ready" "Pending" }}\' }';
    const calls = await play(
      plane,
      namespace,
      { plural: "waiters", kind: "Waiter", status: phase },
      (status) => status["phase"] === "Ready" && isReady(status),
    );
    assertCalls(calls, "waiters");
  },
  { nodes: true },
);
