import type { Scenario, Step } from "../exchange.ts";
import { apply, get, patch, paths, podSpec, post, remove, selector, template } from "./steps.ts";
import { a as widgetPath, definition, definitions, group, root, status, widget, withDefinition } from "./widgets.ts";

/** An object with more in its metadata. */
// deno-lint-ignore no-explicit-any -- bodies are whatever a scenario sends
const withMeta = (object: any, metadata: object) => ({ ...object, metadata: { ...object.metadata, ...metadata } });
/** No object has this version: it is created, or it is there and in conflict. */
const absent = { resourceVersion: "1" };
const force = "&force=true";
const dryForce = "&force=true&dryRun=All";
const otherUid = "11111111-1111-1111-1111-111111111111";
const quiet = (step: Step): Step => ({ ...step, quiet: true });

/**
 * Create-only apply (`metadata.resourceVersion: "1"`) and apply to the object that is meant (`metadata.uid`).
 * Controllers write to some kinds meanwhile: `settle` leaves out what they may have changed.
 */
function guarded(name: string, path: string, object: unknown, { settle = (step: Step) => step } = {}): Scenario {
  return {
    name,
    steps: [
      apply(path, withMeta(object, { uid: otherUid }), "one", force),
      apply(path, withMeta(object, { uid: otherUid }), "one", dryForce),
      apply(path, withMeta(object, absent), "one", dryForce),
      get(path),
      apply(path, withMeta(object, absent), "one", force), // 4: created
      apply(path, withMeta(object, absent), "one", force),
      apply(path, withMeta(object, absent), "one"),
      apply(path, withMeta(object, { ...absent, labels: { x: "1" } }), "two", force),
      apply(path, withMeta(object, absent), "one", dryForce),
      settle(apply(path, withMeta(object, { uid: "{uid:4}", labels: { x: "1" } }), "one", force)),
      settle(apply(path, withMeta(object, { uid: "{uid:4}" }), "one", dryForce)),
      apply(path, withMeta(object, { uid: otherUid }), "one", force),
      apply(path, withMeta(object, { uid: otherUid }), "one", dryForce),
      apply(path, withMeta(object, { uid: otherUid, ...absent }), "one", force),
      apply(path, withMeta(object, { uid: "{uid:4}", ...absent }), "one", force),
      quiet(remove(path)),
    ],
  };
}

const namedA = (apiVersion: string, kind: string, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: "a" },
  ...more,
});
const a = `${paths.configMaps}/a`;
const configMap = namedA("v1", "ConfigMap", { data: { a: "1" } });
const deploymentSpec = { replicas: 0, selector, template: template(podSpec()) };
const deployment = namedA("apps/v1", "Deployment", { spec: deploymentSpec });
const terminating = "/api/v1/namespaces/{ns}-t";
const inTerminating = `${terminating}/configmaps`;

export const guardedApply: readonly Scenario[] = [
  guarded("ConfigMap", a, configMap),
  guarded("Deployment", `${paths.deployments}/a`, deployment, { settle: quiet }),
  guarded(
    "Service",
    `${paths.services}/a`,
    namedA("v1", "Service", { spec: { selector: { a: "b" }, ports: [{ port: 80 }] } }),
  ),
  guarded("Namespace", "/api/v1/namespaces/{ns}-n", withMeta(namedA("v1", "Namespace"), { name: "{ns}-n" })),
  guarded(
    "ClusterRole",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/{ns}-r",
    withMeta(
      namedA("rbac.authorization.k8s.io/v1", "ClusterRole", {
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
      }),
      { name: "{ns}-r" },
    ),
  ),
  guarded("CustomResourceDefinition", `${definitions}/widgets.${group}`, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    ...definition({ schema: status }) as object,
  }, { settle: quiet }),
  withDefinition(
    "custom resource",
    { schema: status, subresources: { status: {} } },
    guarded("", widgetPath, widget({ a: 1 })).steps.map(shifted),
  ),
  {
    name: "without force, beside another manager",
    steps: [
      post(`${paths.configMaps}?fieldManager=editor`, configMap),
      apply(a, withMeta({ ...configMap, data: { a: "2" } }, absent)),
      apply(a, withMeta({ ...configMap, data: { a: "2" } }, absent), "one", force),
      apply(a, withMeta({ ...configMap, data: { a: "2" } }, { uid: otherUid })),
      apply(a, withMeta({ ...configMap, data: { a: "2" } }, { uid: "{uid:0}" })),
      get(a),
    ],
  },
  {
    name: "nothing to change",
    steps: [
      apply(a, configMap),
      apply(a, withMeta(configMap, absent)),
      apply(a, withMeta(configMap, { uid: otherUid })),
      apply(a, withMeta(configMap, { uid: "{uid:0}" })),
      apply(a, withMeta(configMap, { resourceVersion: "0" })),
      apply(a, withMeta(configMap, { resourceVersion: "" })),
      apply(a, withMeta(configMap, { resourceVersion: "{rv:0}" })),
      apply(a, withMeta(configMap, { uid: "" })),
    ],
  },
  {
    name: "other versions of what is absent",
    steps: [
      apply(a, withMeta(configMap, { resourceVersion: "0" }), "one", dryForce),
      apply(a, withMeta(configMap, { resourceVersion: "" }), "one", dryForce),
      apply(a, withMeta(configMap, { resourceVersion: "999999999999" }), "one", dryForce),
      apply(a, withMeta(configMap, { uid: "" }), "one", dryForce),
      apply(a, withMeta(configMap, { ...absent, uid: otherUid }), "one", dryForce),
      post(paths.configMaps, withMeta(configMap, absent)),
      post(paths.configMaps, withMeta(configMap, { uid: otherUid })),
    ],
  },
  {
    name: "invalid objects",
    steps: [
      apply(`${paths.deployments}/a`, withMeta(namedA("apps/v1", "Deployment", { spec: {} }), absent), "one", force),
      apply(
        `${paths.deployments}/a`,
        withMeta(namedA("apps/v1", "Deployment", { spec: {} }), { uid: otherUid }),
        "one",
        force,
      ),
      quiet(apply(`${paths.deployments}/a`, deployment, "one", force)),
      apply(
        `${paths.deployments}/a`,
        withMeta({ ...deployment, spec: { ...deploymentSpec, selector: { matchLabels: { app: "x" } } } }, absent),
        "one",
        force,
      ),
      {
        ...apply(
          `${paths.deployments}/a`,
          withMeta({ ...deployment, spec: { ...deploymentSpec, selector: { matchLabels: { app: "x" } } } }, {
            uid: otherUid,
          }),
          "one",
          force,
        ),
      },
      quiet(remove(`${paths.deployments}/a`)),
    ],
  },
  {
    name: "an object that is on its way out",
    steps: [
      apply(a, withMeta(configMap, { finalizers: ["example.com/hold"] })),
      quiet(remove(a)),
      apply(a, withMeta(configMap, { ...absent, finalizers: ["example.com/hold"] }), "one", force),
      apply(a, withMeta(configMap, { uid: otherUid, finalizers: ["example.com/hold"] }), "one", force),
      apply(a, withMeta({ ...configMap, data: { a: "2" } }, { uid: "{uid:0}", finalizers: ["example.com/hold"] })),
      apply(a, withMeta(configMap, { uid: "{uid:0}" })),
      apply(a, withMeta(configMap, { uid: "{uid:0}" })),
    ],
  },
  {
    name: "a namespace that is on its way out, and none at all",
    steps: [
      quiet(post("/api/v1/namespaces", { metadata: { name: "{ns}-t" } })),
      apply(`${inTerminating}/a`, withMeta(configMap, { ...absent, finalizers: ["example.com/hold"] })), // 1
      quiet(remove(terminating)),
      apply(`${inTerminating}/b`, withMeta(configMap, { ...absent, name: "b" }), "one", force),
      apply(`${inTerminating}/b`, withMeta(configMap, { uid: otherUid, name: "b" }), "one", force),
      apply(`${inTerminating}/b`, withMeta(configMap, { ...absent, name: "b" }), "one", dryForce),
      apply(`${inTerminating}/a`, withMeta(configMap, absent), "one", force),
      apply(`${inTerminating}/a`, withMeta(configMap, { uid: otherUid }), "one", force),
      quiet(patch("merge", `${inTerminating}/a`, { metadata: { finalizers: null } })),
      apply("/api/v1/namespaces/{ns}-none/configmaps/a", withMeta(configMap, absent), "one", force),
      apply("/api/v1/namespaces/{ns}-none/configmaps/a", withMeta(configMap, { uid: otherUid }), "one", force),
    ],
  },
  {
    name: "status of a Deployment",
    steps: [
      apply(
        `${paths.deployments}/a/status`,
        withMeta(namedA("apps/v1", "Deployment", { status: { replicas: 0 } }), absent),
        "one",
        force,
      ),
      apply(
        `${paths.deployments}/a/status`,
        withMeta(namedA("apps/v1", "Deployment", { status: { replicas: 0 } }), { uid: otherUid }),
        "one",
        force,
      ),
      quiet(apply(`${paths.deployments}/a`, deployment)), // 2
      apply(
        `${paths.deployments}/a/status`,
        withMeta(namedA("apps/v1", "Deployment", { status: { replicas: 0 } }), absent),
        "one",
        force,
      ),
      apply(
        `${paths.deployments}/a/status`,
        withMeta(namedA("apps/v1", "Deployment", { status: { replicas: 0 } }), { uid: otherUid }),
        "one",
        force,
      ),
      quiet(
        apply(
          `${paths.deployments}/a/status`,
          withMeta(namedA("apps/v1", "Deployment", { status: { replicas: 0 } }), { uid: "{uid:2}" }),
          "one",
          force,
        ),
      ),
      quiet(remove(`${paths.deployments}/a`)),
    ],
  },
  withDefinition("status of a custom resource", { schema: status, subresources: { status: {} } }, [
    apply(`${widgetPath}/status`, withMeta(widget(undefined, { status: { a: 1 } }), absent), "one", force),
    apply(`${widgetPath}/status`, withMeta(widget(undefined, { status: { a: 1 } }), { uid: otherUid }), "one", force),
    apply(widgetPath, widget({ a: 1 })), // 4
    apply(`${widgetPath}/status`, withMeta(widget(undefined, { status: { a: 1 } }), absent), "one", force),
    apply(`${widgetPath}/status`, withMeta(widget(undefined, { status: { a: 1 } }), { uid: otherUid }), "one", force),
    apply(`${widgetPath}/status`, withMeta(widget(undefined, { status: { a: 1 } }), { uid: "{uid:4}" }), "one", force),
    get(root),
  ]),
  {
    name: "status of other kinds",
    steps: [
      quiet(post(paths.services, namedA("v1", "Service", { spec: { ports: [{ port: 80 }] } }))),
      apply(`${paths.services}/a/status`, withMeta(namedA("v1", "Service"), { uid: otherUid }), "one", force),
      apply(`${paths.services}/a/status`, withMeta(namedA("v1", "Service"), absent), "one", force),
      quiet(post("/api/v1/namespaces", { metadata: { name: "{ns}-s" } })),
      apply(
        "/api/v1/namespaces/{ns}-s/status",
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "{ns}-s", uid: otherUid } },
        "one",
        force,
      ),
      quiet(remove("/api/v1/namespaces/{ns}-s")),
    ],
  },
  withDefinition("definitions and custom resources: what their metadata may not become", { schema: status }, [
    apply(
      `${definitions}/widgets.${group}/status`,
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `widgets.${group}`, uid: otherUid },
        status: {},
      },
      "one",
      force,
    ),
    quiet(apply(widgetPath, withMeta(widget(), { finalizers: ["example.com/hold"] }))),
    quiet(remove(widgetPath)),
    apply(widgetPath, withMeta(widget(), { finalizers: ["example.com/hold", "example.com/more"] })),
    apply(widgetPath, withMeta(widget(), { uid: otherUid, finalizers: ["example.com/hold", "example.com/more"] })),
    quiet(apply(widgetPath, widget())),
  ]),
  withDefinition("custom resource that its schema refuses", {
    schema: { properties: { spec: { type: "object", properties: { a: { type: "integer" } } } } },
  }, [
    apply(widgetPath, withMeta(widget({ a: "x" }), absent), "one", force),
    apply(widgetPath, withMeta(widget({ a: "x" }), { uid: otherUid }), "one", force),
    apply(widgetPath, widget({ a: 1 })),
    apply(widgetPath, withMeta(widget({ a: "x" }), absent), "one", force),
    apply(widgetPath, withMeta(widget({ a: "x" }), { uid: otherUid }), "one", force),
  ]),
];

/** Behind the two steps that make a definition, what refers to a step is two further. */
function shifted(step: Step): Step {
  return { ...step, body: JSON.parse(JSON.stringify(step.body ?? null).replaceAll("{uid:4}", "{uid:6}")) ?? undefined };
}
