import assert from "node:assert/strict";
import { conditionOf, demos, operatorFor } from "./operator.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const core = "/api/v1/namespaces/default";

/** One entry of each kind, and where its object stands. */
const kinds: readonly [entry: string, path: string][] = [
  ["namespaces: [{ labels: { tier: '{{ .spec.tier }}' } }]", "/api/v1/namespaces/a-ns"],
  [
    "networkPolicies: [{ name: '{{ .metadata.name }}-np', profile: deny-all }]",
    "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/a-np",
  ],
  ["resourceQuotas: [{ name: '{{ .metadata.name }}-q', profile: small }]", `${core}/resourcequotas/a-q`],
  [
    "limitRanges: [{ name: '{{ .metadata.name }}-l', limits: [{ type: Pod, max: { cpu: 1 } }] }]",
    `${core}/limitranges/a-l`,
  ],
  [
    "clusterRoles: [{ rules: [{ apiGroups: [''], resources: [nodes], verbs: [list] }] }]",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/a-cluster-role",
  ],
  [
    "clusterRoleBindings: [{ roleRef: { name: '{{ .metadata.name }}-cluster-role' }, subjects: [{ name: robot }] }]",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/a-crb",
  ],
  ["serviceAccounts: [{}]", `${core}/serviceaccounts/a-sa`],
  ["roles: [{ rules: [{ apiGroups: [''], resources: [pods], verbs: [get] }] }]", `${rbac}/roles/a-role`],
  [
    "roleBindings: [{ roleRef: { name: '{{ .metadata.name }}-role' }, subjects: [{ name: robot }] }]",
    `${rbac}/rolebindings/a-rolebinding`,
  ],
  ["replicaSets: [{ image: i }]", "/apis/apps/v1/namespaces/default/replicasets/a-replicaset"],
  [
    "statefulSets: [{ image: i, volumeClaimTemplates: [{ storageSize: 1Gi }] }]",
    "/apis/apps/v1/namespaces/default/statefulsets/a",
  ],
  [
    "persistentVolumes: [{ name: '{{ .metadata.name }}-pv', capacity: 1Gi, hostPath: /srv }]",
    "/api/v1/persistentvolumes/a-pv",
  ],
  [
    "hpa: [{ scaleTargetRef: { kind: StatefulSet }, maxReplicas: 3, behavior: { profile: web } }]",
    "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/a-hpa",
  ],
  ["pdb: [{ behavior: { profile: rolling } }]", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/a-pdb"],
  ["pods: [{ image: i }]", `${core}/pods/a-pod`],
];

Deno.test("a box makes an object of every shorthand, comes to rest, and takes them all away with their CR", async () => {
  const box = `onReconcile:\n${kinds.map(([entry]) => `  ${entry}\n`).join("")}`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", { tier: "gold" });
  for (const [, path] of kinds) await operator.until(path, () => true);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await operator.idle(3);
  operator.calls();
  await operator.idle(3);
  assert.deepEqual(operator.calls(), [], "nothing is written that is there already");
  await operator.request("DELETE", `${demos}/a`);
  for (const [, path] of kinds) await operator.untilGone(path);
});

const binding = `onReconcile:
  roleBindings: [{ roleRef: { kind: Role, name: "{{ .spec.role }}" }, subjects: [{ name: robot }] }]`;

Deno.test("a binding to another role is deleted and made again", async () => {
  await using operator = await operatorFor({ box: binding });
  await operator.demo("a", { role: "reader" });
  const path = `${rbac}/rolebindings/a-rolebinding`;
  const before = await operator.until(path, () => true);
  await operator.demo("a", { role: "writer" });
  const after = await operator.until(path, (object) => object["roleRef"].name === "writer");
  assert.notEqual(after.metadata.uid, before.metadata.uid);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
});

Deno.test("a binding to a role that may not be granted leaves the one that is there", async () => {
  let deletions = 0;
  await using operator = await operatorFor({ box: binding }, {}, async (request, forward) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "DELETE" && pathname.includes("/rolebindings/")) deletions++;
    if (request.method !== "POST" || !pathname.endsWith("/rolebindings")) return await forward();
    const { roleRef } = await request.clone().json();
    if (roleRef.name !== "admin") return await forward();
    assert.equal(searchParams.get("dryRun"), "All");
    // As the API server words it (rbac/validation: escalation check).
    const message = 'rolebindings "a-rolebinding" is forbidden: user "u" is attempting to grant RBAC permissions';
    return Response.json({ kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message }, {
      status: 403,
    });
  });
  await operator.demo("a", { role: "reader" });
  const path = `${rbac}/rolebindings/a-rolebinding`;
  const before = await operator.until(path, () => true);
  await operator.demo("a", { role: "admin" });
  const failed = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "False");
  assert.match(
    conditionOf(failed, "Synced")!.message!,
    /^Cannot replace RoleBinding a-rolebinding: .*attempting to grant/,
  );
  const kept = (await operator.get(path))!;
  assert.deepEqual([kept.metadata.uid, kept["roleRef"].name, deletions], [before.metadata.uid, "reader", 0]);
  await operator.demo("a", { role: "writer" });
  await operator.until(path, (object) => object["roleRef"].name === "writer");
});

for (const readyWhen of ["", ", readyWhen: [{ field: .child.metadata.name, exists: true }]"]) {
  Deno.test(`a CR is not Ready while a child is deleted to be made again${readyWhen}`, async () => {
    const written: { generation: number; ready: string }[] = [];
    await using operator = await operatorFor(
      { box: binding.replace(" }] }]", ` }]${readyWhen} }]`) },
      {},
      async (request, forward) => {
        if (request.method === "PATCH" && new URL(request.url).pathname.endsWith("/demos/a/status")) {
          const { status } = await request.clone().json();
          const ready = status.conditions?.find(({ type }: { type: string }) => type === "Ready")?.status;
          if (ready !== undefined) written.push({ generation: status.observedGeneration, ready });
        }
        return await forward();
      },
    );
    await operator.demo("a", { role: "reader" });
    const path = `${rbac}/rolebindings/a-rolebinding`;
    await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
    const patch = (finalizers: string[]) =>
      operator.request("PATCH", path, { metadata: { finalizers } }, "application/merge-patch+json");
    await patch(["example.com/hold"]);
    await operator.demo("a", { role: "writer" });
    await operator.until(path, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await operator.until(`${demos}/a`, (cr) => cr["status"].observedGeneration === 2);
    await operator.idle(3);
    assert.ok(written.some(({ generation }) => generation === 2), "the status is written");
    const isEarly = written.some(({ generation, ready }) => generation === 2 && ready === "True");
    assert.ok(!isEarly, JSON.stringify(written));
    await patch([]);
    await operator.until(path, (object) => object["roleRef"].name === "writer");
    await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  });
}

Deno.test("a Pod with another port is deleted and made again; what is refused for its value leaves the old one", async () => {
  await using operator = await operatorFor({
    box:
      'onReconcile: { pods: [{ image: i, port: 80, serviceAccountName: "{{ .spec.sa }}", nodeSelector: { a: "{{ .spec.node }}" }, volumes: [{ name: v, hostPath: { path: "{{ .spec.path }}" } }] }] }',
  });
  await operator.demo("a", { node: "one", path: "/a" });
  const path = `${core}/pods/a-pod`;
  const before = await operator.until(path, () => true);
  await operator.demo("a", { node: "two", path: "/a" });
  const after = await operator.until(
    path,
    (object) => object["spec"].nodeSelector?.a === "two" && !object.metadata.deletionTimestamp,
  );
  assert.notEqual(after.metadata.uid, before.metadata.uid);
  await operator.demo("a", { node: "two", path: "/../a" });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.reason === "ReconcileError");
  assert.equal((await operator.get(path))!.metadata.uid, after.metadata.uid);
});
