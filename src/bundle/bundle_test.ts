import assert from "node:assert/strict";
import { isMap, type JsonMap } from "../base/json.ts";
import { boxAccount } from "../k8s/installation.ts";
import { loadKatalog } from "../katalog/mod.ts";
import { derivePlan, type Plan } from "../plan/mod.ts";
import { planOf } from "../../tests/support/plans.ts";
import {
  type BoundRule,
  boundRules,
  isAllowed,
  type RbacRequest,
  requestsOf,
  withoutOne,
} from "../../tests/support/rbac.ts";
import { gatewayGrants as gatewayByHand, runtimeGrants as runtimeByHand } from "../../tests/e2e/roles.ts";
import { bundleObjects, type Installed, rbacObjects } from "./bundle.ts";
import { components } from "./bundle_object.ts";

const root = new URL("../../", import.meta.url);
const namespace = "ork-test";
const everything = new Set(["runtime", "gateway", "controlcenter"] as const);

function installed(plan: Plan, more: Partial<Installed> = {}): Installed {
  return { plan, namespace, components: everything, leases: "process", ...more };
}

function rulesOf(plan: Plan, component: keyof typeof components, more: Partial<Installed> = {}): BoundRule[] {
  const objects = rbacObjects(installed(plan, more)).map(({ object }) => object);
  return boundRules(objects, { namespace, name: components[component].account });
}

function exampleAt(path: string): Plan {
  const bytes = Deno.readFileSync(new URL(path, root));
  const { katalog } = loadKatalog([{ path, bytes }], (file) => Deno.readFileSync(new URL(file, root)));
  assert.ok(katalog !== undefined, path);
  return derivePlan(katalog);
}

const types = (kind: string) =>
  `apiTypes: {group: a.example.org, version: v1, kind: ${kind}, plural: ${kind.toLowerCase()}s}`;

/** Fixed and free namespaces and names, sources, subresources, roles, and the same kinds in two boxes. */
const mixed = planOf(
  `one:
  ${types("One")}
  namespace: team
  operatorBox:
    onReconcile:
      configMaps:
        - {name: fixed, data: {a: b}}
        - {name: other, namespace: elsewhere, data: {a: b}}
      secrets: [{name: "{{ .metadata.name }}", fromSecret: source, fromNamespace: vault}]
      custom:
        - {apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}, rules: []}
two:
  ${types("Two")}
  labels: {tier: "{{ .spec.tier }}"}
  operatorBox:
    onCreate: {configMaps: [{name: "{{ .metadata.name }}", data: {a: b}}]}
    onDelete: {jobs: [{name: "{{ .metadata.name }}-end", image: x}]}
three:
  ${types("Three")}
  namespaced: false
  operatorBox:
    onReconcile: {configMaps: [{name: far, namespace: elsewhere, data: {a: b}}]}
`,
);

const plans: readonly (readonly [string, Plan])[] = [
  ["mixed", mixed],
  ...[...Deno.readDirSync(new URL("katalogs/", root))].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => [name, exampleAt(`katalogs/${name}/katalog.yaml`)] as const),
];

const lease = { group: "coordination.k8s.io", resource: "leases", namespace };
const elections: readonly RbacRequest[] = [
  ...["get", "list", "watch", "patch"].map((verb) => ({ ...lease, verb, name: "orkestra-konductor" })),
  { ...lease, verb: "create" },
  { verb: "create", group: "events.k8s.io", resource: "events", namespace },
  { verb: "patch", group: "events.k8s.io", resource: "events", namespace, name: "any-name" },
];

Deno.test("rbacObjects() grants the Runtime every effect of its boxes and leader election, and no verb or name more", () => {
  for (const [name, plan] of plans) {
    const rules = rulesOf(plan, "runtime");
    const needed = [...plan.boxes.flatMap(({ effects }) => effects.flatMap(requestsOf)), ...elections];
    for (const request of needed) assert.ok(isAllowed(rules, request), `${name}: ${JSON.stringify(request)}`);
    let checked = 0;
    for (const { without, rules: fewer } of withoutOne(rules)) {
      assert.ok(needed.some((request) => !isAllowed(fewer, request)), `${name}: nothing needs ${without}`);
      checked++;
    }
    assert.ok(checked > 10, name);
  }
});

/** The same Plan with an identity for each box. */
const perBox = (plan: Plan): Plan => ({
  ...plan,
  identity: "perBox",
  boxes: plan.boxes.map((box) => ({ ...box, account: boxAccount(box.name) })),
});

Deno.test("rbacObjects() grants each box its own effects, and the process tokens for them, where each has an identity", () => {
  for (const [name, shared] of plans) {
    const plan = perBox(shared);
    const objects = rbacObjects(installed(plan)).map(({ object }) => object);
    for (const box of plan.boxes) {
      const rules = boundRules(objects, { namespace, name: box.account! });
      const needed = box.effects.flatMap(requestsOf);
      for (const request of needed) {
        assert.ok(isAllowed(rules, request), `${name}, ${box.name}: ${JSON.stringify(request)}`);
      }
      for (const { without, rules: fewer } of withoutOne(rules)) {
        assert.ok(
          needed.some((request) => !isAllowed(fewer, request)),
          `${name}: nothing of ${box.name} needs ${without}`,
        );
      }
    }
    const process = boundRules(objects, { namespace, name: "orkestra" });
    const tokens = plan.boxes.map(({ account }) => ({
      ...{ verb: "create", group: "", resource: "serviceaccounts/token", namespace, name: account! },
    }));
    const needed = [...tokens, ...elections];
    for (const request of needed) assert.ok(isAllowed(process, request), `${name}: ${JSON.stringify(request)}`);
    for (const { without, rules: fewer } of withoutOne(process)) {
      assert.ok(needed.some((request) => !isAllowed(fewer, request)), `${name}: the process does not need ${without}`);
    }
    assert.ok(!isAllowed(process, { ...tokens[0]!, name: "default" }), name);
  }
});

Deno.test("rbacObjects() leaves Secrets with tokens for other Runtimes to the process, which alone reads them", () => {
  const plan = planOf(
    `reader:
  ${types("Reader")}
  operatorBox:
    cross:
    - crd: queue
      as: q
      selector: {name: a}
      source: {host: "https://other.example.org", auth: {secretRef: {name: t, namespace: team, key: k}}}
    onReconcile: {configMaps: [{name: "{{ .cross.q.found }}", data: {a: b}}]}
`,
    "security: {identity: perBox}\n",
  );
  assert.equal(plan.identity, "perBox");
  const objects = rbacObjects(installed(plan)).map(({ object }) => object);
  const read = { verb: "watch", group: "", resource: "secrets", namespace: "team", name: "t" };
  const allows = (account: string) => isAllowed(boundRules(objects, { namespace, name: account }), read);
  assert.deepEqual([allows("orkestra"), allows("orkestra-box-reader")], [true, false]);
});

Deno.test("rbacObjects() grants no wildcard, and the two processes nothing in common", () => {
  for (const [name, plan] of [...plans, ["protected", protectedPlan] as const]) {
    const [runtime, gateway] = [rulesOf(plan, "runtime"), rulesOf(plan, "gateway")];
    assert.ok(!JSON.stringify([runtime, gateway]).includes('"*"'), name);
    for (const { namespace: place, rule } of gateway) {
      for (const verb of rule.verbs) {
        const request = { verb, group: rule.apiGroups[0]!, resource: rule.resources[0]!, namespace: place };
        for (const object of rule.resourceNames ?? [undefined]) {
          // Every Katalog reads its own CRDs; Secrets of any name may be children.
          if (request.resource === "customresourcedefinitions" || request.resource === "secrets") continue;
          assert.ok(!isAllowed(runtime, { ...request, name: object }), `${name}: ${verb} ${request.resource}`);
        }
      }
    }
    assert.deepEqual(
      boundRules(rbacObjects(installed(plan)).map(({ object }) => object), {
        namespace,
        name: components.controlcenter.account,
      }),
      [],
    );
  }
});

Deno.test("each process may get the Secrets of the HTTP calls that it makes, by name, and no others", () => {
  const auth = (name: string) => `auth: {secretRef: {namespace: creds, name: ${name}, key: token}}`;
  const call = (name: string, more = "") => `{name: ${name}, url: "https://a.test/", ${auth(name)}${more}}`;
  const entry = (webhooks = "") =>
    `one:
  ${types("One")}
${webhooks}  mutation:
    external: [${call("both")}]
    rules: [{field: spec.a, default: b}]
  validation:
    external: [${call("gate", ", fires: {reconcile: false}")}]
    rules: [{field: spec.a, exists: true}]
  operatorBox:
    onCreate: {external: [${call("run")}]}
`;
  const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
  const secretsOf = (plan: Plan, component: keyof typeof components): string[] =>
    atoms(rulesOf(plan, component)).filter((atom) => atom.startsWith("creds "));
  const both = planOf(entry(), security);
  assert.deepEqual(secretsOf(both, "runtime"), ["creds get /secrets both", "creds get /secrets run"]);
  assert.deepEqual(secretsOf(both, "gateway"), ["creds get /secrets both", "creds get /secrets gate"]);
  const mutating = planOf(entry("  webhooks: {validation: false}\n"), security);
  assert.deepEqual(secretsOf(mutating, "gateway"), ["creds get /secrets both"]);
});

/** Rules bound to a place, each with one verb and one name: what can be compared. */
function atoms(rules: readonly BoundRule[]): string[] {
  return [
    ...new Set(
      rules.flatMap(({ namespace: place, rule }) =>
        rule.apiGroups.flatMap((group) =>
          rule.resources.flatMap((resource) =>
            rule.verbs.flatMap((verb) =>
              (rule.resourceNames ?? ["*"]).map((name) => `${place ?? "all"} ${verb} ${group}/${resource} ${name}`)
            )
          )
        )
      ),
    ),
  ].sort();
}

type Hand = ReturnType<typeof gatewayByHand>;

function boundByHand({ cluster, namespaced }: Hand): BoundRule[] {
  return [
    ...cluster.map((rule) => ({ namespace: undefined, rule })),
    ...[...namespaced].flatMap(([place, rules]) => rules.map((rule) => ({ namespace: place, rule }))),
  ];
}

const protectedPlan = planOf(
  `one:
  ${types("One")}
  validation: {rules: [{field: spec.a, exists: true}]}
  conversion: {storageVersion: v1, updateCRD: true, paths: [{from: v1, to: v2, spec: {}}, {from: v2, to: v1, spec: {}}]}
  operatorBox: {onReconcile: {configMaps: [{name: "{{ .metadata.name }}", data: {a: b}}]}}
`,
  "gateway: {}\nsecurity:\n  webhooks: {admission: {enabled: true}}\n  conversion: {enabled: true}\n" +
    "  deletionProtection: {strictMode: true}\n  namespaceProtection: {restrictedNamespaces: [kube-public]}\n",
);

Deno.test("rbacObjects() grants the Gateway what was written by hand and tested on an API server", () => {
  for (
    const [plan, definitions, registered] of [[protectedPlan, ["ones.a.example.org"], [
      ...["orkestra-admission-validation", "orkestra-deletion-protection"],
      ...["orkestra-strict-mode-protection", "orkestra-namespace-protection"],
    ]], [
      exampleAt("katalogs/three-versions/katalog.yaml"),
      ["galleries.art.example.com"],
      [],
    ]] as const
  ) {
    const byHand = gatewayByHand(namespace, definitions, registered);
    assert.deepEqual(atoms(rulesOf(plan, "gateway")), atoms(boundByHand(byHand)));
  }
  assert.deepEqual(rulesOf(mixed, "gateway"), []);
});

Deno.test("rbacObjects() lets the Gateway delete what it registers where it removes that when it ends", () => {
  const deleted = (more: string): string[] =>
    atoms(rulesOf(
      planOf(
        `one:
  ${types("One")}
  validation: {rules: [{field: spec.a, exists: true}]}
  operatorBox: {}
`,
        `gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}${more}}}\n`,
      ),
      "gateway",
    )).filter((atom) => atom.includes(" delete admission")).map((atom) => atom.split("orkestra-")[1]!);
  const others = ["admission-mutation", "deletion-protection", "namespace-protection", "strict-mode-protection"];
  const named = (names: readonly string[]) => names.map((name) => `${name}-${namespace}`);
  assert.deepEqual(deleted(""), named(others));
  assert.deepEqual(
    deleted(", cleanupOnShutdown: true"),
    named([others[0]!, "admission-validation", ...others.slice(1)]),
  );
});

Deno.test("rbacObjects() grants the Runtime no more than one rule for each effect would, but for leader election", () => {
  for (const [name, plan] of plans) {
    const byHand = boundByHand(runtimeByHand(plan));
    const isGranted = (
      rules: readonly BoundRule[],
      { namespace: place, rule }: BoundRule,
      object: string | undefined,
    ) =>
      isAllowed(rules, {
        verb: rule.verbs[0]!,
        group: rule.apiGroups[0]!,
        resource: rule.resources[0]!,
        namespace: place,
        name: object ?? "any-name",
      });
    for (const { namespace: place, rule } of rulesOf(plan, "runtime")) {
      if (place === namespace) continue;
      for (const verb of rule.verbs) {
        for (const object of rule.resourceNames ?? [undefined]) {
          assert.ok(
            isGranted(byHand, { namespace: place, rule: { ...rule, verbs: [verb] } }, object),
            `${name} ${verb}`,
          );
        }
      }
    }
  }
});

Deno.test("rbacObjects() uses a Role in each namespace that the Katalog names, and a ClusterRole for the rest", () => {
  const plan = planOf(
    `one:
  ${types("One")}
  namespace: team
  operatorBox: {onReconcile: {configMaps: [{name: fixed, data: {a: b}}]}}
`,
  );
  const rules = rulesOf(plan, "runtime");
  assert.deepEqual(
    atoms(rules.filter(({ namespace: place }) => place === undefined)),
    [
      "all list apiextensions.k8s.io/customresourcedefinitions ones.a.example.org",
      "all watch apiextensions.k8s.io/customresourcedefinitions ones.a.example.org",
    ].filter((line) => !line.includes("events")),
  );
  const request = { group: "", resource: "configmaps", namespace: "team" };
  assert.ok(isAllowed(rules, { ...request, verb: "patch", name: "fixed" }));
  assert.ok(!isAllowed(rules, { ...request, verb: "patch", name: "other" }));
  assert.ok(!isAllowed(rules, { ...request, verb: "patch", name: "fixed", namespace: "elsewhere" }));
  assert.ok(isAllowed(rules, { ...request, verb: "create" }));
});

Deno.test("rbacObjects() grants with the scope box a Lease for each group, and those of replicas", () => {
  const rules = rulesOf(mixed, "runtime", { leases: "box" });
  assert.ok(isAllowed(rules, { ...lease, verb: "get", name: "orkestra-konductor-two" }));
  assert.ok(!isAllowed(rules, { ...lease, verb: "get", name: "orkestra-konductor" }));
  for (const verb of ["list", "watch", "create"]) assert.ok(isAllowed(rules, { ...lease, verb }), verb);
  for (const verb of ["patch", "delete"]) assert.ok(isAllowed(rules, { ...lease, verb, name: "orkestra-replica-x" }));
});

Deno.test("rbacObjects() grants what removing children of the former Katalog takes", () => {
  const box = (kind: string, block: string) =>
    `one:\n  ${types("One")}\n  namespace: team\n  operatorBox: {onReconcile: {${block}: [{name: x, ${kind}}]}}\n`;
  const [before, after] = [
    planOf(box("data: {a: b}", "configMaps")),
    planOf(box("port: 80, selector: {a: b}", "services")),
  ];
  const plain = rulesOf(after, "runtime");
  const wide = rulesOf(after, "runtime", { previous: { plan: before, file: "old.yaml" } });
  const added = atoms(wide).filter((line) => !atoms(plain).includes(line));
  assert.deepEqual(added, ["all list /configmaps *", "team delete /configmaps *"]);
  const [comment] = rbacObjects(installed(after, { previous: { plan: before, file: "old.yaml" } }))
    .flatMap(({ ruleComments = [] }) => ruleComments).filter((lines) => lines.join().includes("old.yaml"));
  assert.deepEqual(comment, ["children that old.yaml made"]);
  // CRs of a kind that no box has any more are nobody's.
  const other = planOf(box("data: {a: b}", "configMaps").replaceAll("One", "Other").replace("ones", "others"));
  assert.deepEqual(atoms(rulesOf(after, "runtime", { previous: { plan: other, file: "old.yaml" } })), atoms(plain));
});

Deno.test("bundleObjects() sorts by kind, namespace and name, and ends names of cluster-scoped objects in the namespace", () => {
  const objects = bundleObjects(installed(protectedPlan), "k", {
    images: { runtime: "r", gateway: "g" },
    apiServers: [],
  }).map(({ object }) => object);
  const names = objects.map(({ kind, metadata }) => `${kind} ${(metadata as JsonMap)["name"]}`);
  assert.deepEqual(names, [
    "Namespace ork-test",
    "ServiceAccount orkestra",
    "ServiceAccount orkestra-cc",
    "ServiceAccount orkestra-gateway",
    "ClusterRole orkestra-gateway-ork-test",
    "ClusterRole orkestra-ork-test",
    "ClusterRoleBinding orkestra-gateway-ork-test",
    "ClusterRoleBinding orkestra-ork-test",
    "Role orkestra-gateway-ork-test",
    "Role orkestra-ork-test",
    "RoleBinding orkestra-gateway-ork-test",
    "RoleBinding orkestra-ork-test",
    "ConfigMap orkestra-katalog",
    "FlowSchema orkestra-leader-election-ork-test",
    "PriorityLevelConfiguration orkestra-leader-election-ork-test",
    "NetworkPolicy orkestra-gateway",
    "NetworkPolicy orkestra-runtime",
    "Service orkestra-gateway",
    "Service orkestra-runtime",
    "Deployment orkestra-gateway",
    "Deployment orkestra-runtime",
    "PodDisruptionBudget orkestra-gateway",
    "PodDisruptionBudget orkestra-runtime",
  ]);
  const inDefault = bundleObjects(installed(mixed, { namespace: "orkestra-system" }), "k").map(({ object }) => object);
  assert.ok(inDefault.every(({ metadata }) => !String((metadata as JsonMap)["name"]).endsWith("-orkestra-system")));
  for (const { object } of bundleObjects(installed(mixed, { components: new Set(["gateway"]) }), "k")) {
    assert.ok(["Namespace", "ConfigMap"].includes(String(object["kind"])) && isMap(object["metadata"]));
  }
});
