/**
 * Has a real API server refuse what operators write, and keeps its answers:
 *
 *     KUBEBUILDER_ASSETS=… deno run -A tests/support/with_control_plane.ts deno run -A tests/golden/cluster/record.ts
 */
import { type ControlPlane, sharedControlPlane } from "../../support/control_plane.ts";
import { freshNamespace } from "../../support/namespace.ts";

interface Try {
  readonly name: string;
  /** What has to be there before. */
  readonly before?: readonly object[];
  readonly object: object;
  readonly query?: string;
}

const pod = { containers: [{ name: "main", image: "image:1", env: [{ name: "A", value: "x".repeat(200) }] }] };
const labelled = (app: string) => ({ metadata: { labels: { app } }, spec: pod });
const deployment = (app: string, more: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas: 0, selector: { matchLabels: { app } }, template: labelled(app), ...more },
});
const job = (image: string) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "job" },
  spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } } },
});
const claim = (storage: string) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: "none", resources: { requests: { storage } } },
});
const configMap = (name: string, data: object, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
const service = (spec: object) => ({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec });
const ingress = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "web" },
  spec: {
    rules: [{ host: "Bad_Host", http: { paths: [{ path: "x", pathType: "Prefix", backend: { service: { name: "" } } }] } }],
  },
};
const quota = (hard: object) => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "quota" },
  spec: { hard },
});
const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gizmos.refusals.example.com" },
  spec: {
    group: "refusals.example.com",
    scope: "Namespaced",
    names: { plural: "gizmos", kind: "Gizmo" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: {
              type: "object",
              required: ["size"],
              properties: {
                size: { type: "integer", maximum: 3 },
                tier: { type: "string", enum: ["gold", "iron"] },
                name: { type: "string", maxLength: 5 },
                list: { type: "array", maxItems: 1, items: { type: "string" } },
                map: { type: "object", additionalProperties: { type: "string" } },
              },
              "x-kubernetes-validations": [{ rule: "!has(self.tier) || self.size < 3", message: "A tier is for small ones" }],
            },
          },
        },
      },
    }],
  },
};
const gizmo = (spec: object) => ({
  apiVersion: "refusals.example.com/v1",
  kind: "Gizmo",
  metadata: { name: "g" },
  spec,
});

const tries: readonly Try[] = [
  { name: "immutable selector", before: [deployment("a")], object: deployment("b") },
  { name: "immutable selector and template", object: deployment("b", { template: labelled("c") }) },
  { name: "immutable Job template", before: [job("image:1")], object: job("image:2") },
  { name: "shrunk claim", before: [claim("2Gi")], object: claim("1Gi") },
  { name: "unbound claim that grows", object: claim("3Gi") },
  {
    name: "missing fields",
    object: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "empty" }, spec: {} },
  },
  { name: "names and values", object: configMap("Bad_Name", { "bad key": "x" }, { labels: { a: "-" } }) },
  { name: "too long", object: configMap("long", { ["k".repeat(300)]: "x" }) },
  { name: "annotations too long", object: configMap("long", {}, { annotations: { a: "x".repeat(300_000) } }) },
  { name: "not supported", object: service({ type: "Cluster", ports: [{ port: 80, protocol: "HTTP" }] }) },
  { name: "out of range", object: service({ ports: [{ port: 70_000 }] }) },
  { name: "forbidden field", object: service({ type: "ExternalName", externalName: "a.b", clusterIP: "10.0.0.9" }) },
  { name: "Ingress", object: ingress },
  {
    name: "field of another manager",
    before: [configMap("shared", { a: "1", b: "1" })],
    object: configMap("shared", { a: "2" }),
    query: "fieldManager=two",
  },
  { name: "fields of another manager", object: configMap("shared", { a: "2", b: "2" }), query: "fieldManager=two" },
  { name: "wrong type", object: service({ ports: "80" }) },
  { name: "schema", before: [widgets], object: gizmo({ size: 4, tier: "lead", name: "too long a name", list: ["a", "b"] }) },
  { name: "schema, missing field", object: gizmo({}) },
  { name: "schema, rule", object: gizmo({ size: 3, tier: "gold" }) },
  { name: "schema, wrong type", object: gizmo({ size: 1, map: ["a"] }) },
  { name: "no such namespace", object: configMap("a", {}, { namespace: "nowhere" }) },
  {
    name: "quota",
    before: [quota({ "count/configmaps": "0" })],
    object: configMap("one-more", {}),
  },
  {
    name: "quota that nothing is known of",
    before: [quota({ "requests.cpu": "1" })],
    object: { apiVersion: "v1", kind: "Pod", metadata: { name: "pod" }, spec: pod },
  },
];

const plurals: Readonly<Record<string, string>> = {
  Deployment: "deployments",
  Job: "jobs",
  PersistentVolumeClaim: "persistentvolumeclaims",
  ConfigMap: "configmaps",
  Service: "services",
  Ingress: "ingresses",
  ResourceQuota: "resourcequotas",
  CustomResourceDefinition: "customresourcedefinitions",
  Gizmo: "gizmos",
  Pod: "pods",
};

// deno-lint-ignore no-explicit-any -- objects of any kind
async function apply(plane: ControlPlane, namespace: string, object: any, query = "fieldManager=one&force=true") {
  const { apiVersion, kind, metadata } = object;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = kind === "CustomResourceDefinition" ? "" : `/namespaces/${metadata.namespace ?? namespace}`;
  const response = await plane.adminFetch(`${root}${scope}/${plurals[kind]}/${metadata.name}?${query}`, {
    method: "PATCH",
    headers: { "content-type": "application/apply-patch+yaml" },
    body: JSON.stringify(object),
  });
  return { status: response.status, body: await response.text() };
}

if (import.meta.main) {
  const plane = sharedControlPlane();
  if (plane === undefined) {
    throw new Error("Cannot record: there is no control plane; use tests/support/with_control_plane.ts");
  }
  await using namespace = await freshNamespace(plane);
  const recorded: Record<string, { status: number; body: unknown }> = {};
  for (const { name, before = [], object, query } of tries) {
    for (const each of before) {
      const { status, body } = await apply(plane, namespace.name, each);
      if (status >= 300) throw new Error(`Cannot prepare ${name}: ${body}`);
    }
    // A definition is served a moment after it was made, and a quota known a moment after it was written.
    let answer = await apply(plane, namespace.name, object, query);
    for (let i = 0; i < 100 && (answer.status < 300 || !answer.body.startsWith("{")); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (answer.status < 300) {
        // deno-lint-ignore no-explicit-any -- any object has a name
        await apply(plane, namespace.name, { ...(object as any), metadata: { name: `again-${i}` } }, query).then((next) => answer = next);
      } else answer = await apply(plane, namespace.name, object, query);
    }
    recorded[name] = {
      status: answer.status,
      body: JSON.parse(answer.body.replaceAll(namespace.name, "demo")),
    };
  }
  await plane.adminFetch("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gizmos.refusals.example.com", {
    method: "DELETE",
  }).then((response) => response.body?.cancel());
  await Deno.writeTextFile(
    new URL("refusals.json", import.meta.url),
    `{\n${
      Object.entries(recorded).map(([name, answer]) => `${JSON.stringify(name)}: ${JSON.stringify(answer)}`).join(",\n")
    }\n}\n`,
  );
  plane.disconnect();
}
