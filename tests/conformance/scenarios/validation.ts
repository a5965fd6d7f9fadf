import type { Scenario } from "../exchange.ts";
import { patch, paths, podSpec, post, selector, template } from "./steps.ts";

const bad = (name: string, path: string, ...bodies: unknown[]): Scenario => ({
  name,
  steps: bodies.map((body) => post(`${path}?dryRun=All`, body)),
});
const meta = { name: "a" };
const dep = (spec: object) => ({ metadata: meta, spec: { selector, template: template(), ...spec } });
const ctr = (more: object) => template({ containers: [{ name: "main", image: "image:1", ...more }] });

export const validation: readonly Scenario[] = [
  bad(
    "names",
    paths.configMaps,
    { metadata: { name: "A" } },
    { metadata: { name: "a_b" } },
    { metadata: { name: "a".repeat(254) } },
    { metadata: { name: "a/b" } },
    { metadata: { name: ".." } },
  ),
  bad("names of Services", paths.services, { metadata: { name: "1a" }, spec: { ports: [{ port: 1 }] } }, {
    metadata: { name: "a.b" },
    spec: { ports: [{ port: 1 }] },
  }),
  bad("names of Namespaces", "/api/v1/namespaces", { metadata: { name: "a.b" } }),
  bad(
    "labels and annotations",
    paths.configMaps,
    { metadata: { name: "a", labels: { "a b": "c" } } },
    { metadata: { name: "a", labels: { a: "b c" } } },
    { metadata: { name: "a", labels: { a: "x".repeat(64) } } },
    { metadata: { name: "a", labels: { "x/y/z": "" } } },
    { metadata: { name: "a", annotations: { "a b": "c" } } },
    { metadata: { name: "a", annotations: { a: "x".repeat(262145) } } },
  ),
  bad("finalizers", paths.configMaps, { metadata: { name: "a", finalizers: ["x y"] } }, {
    metadata: { name: "a", finalizers: ["noslash"] },
  }),
  bad(
    "owners",
    paths.configMaps,
    {
      metadata: {
        name: "a",
        ownerReferences: [{ apiVersion: "v1", kind: "A", name: "a", uid: "1", controller: true }, {
          apiVersion: "v1",
          kind: "B",
          name: "b",
          uid: "2",
          controller: true,
        }],
      },
    },
    { metadata: { name: "a", ownerReferences: [{ apiVersion: "", kind: "", name: "", uid: "" }] } },
    { metadata: { name: "a", ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "a", uid: "1" }] } },
  ),
  bad("ConfigMap keys", paths.configMaps, { metadata: meta, data: { "a b": "c" } }, {
    metadata: meta,
    data: { a: "1" },
    binaryData: { a: "AA==" },
  }, { metadata: meta, binaryData: { a: "!" } }),
  bad("Secrets", paths.secrets, { metadata: meta, data: { a: "!" } }, { metadata: meta, data: { "a b": "eA==" } }, {
    metadata: meta,
    type: "kubernetes.io/tls",
  }, { metadata: meta, type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "eA==" } }),
  bad(
    "Deployment selectors",
    paths.deployments,
    dep({ selector: undefined }),
    dep({ selector: {} }),
    dep({ selector: { matchLabels: { other: "x" } } }),
    dep({ selector: { matchExpressions: [{ key: "a", operator: "No" }] } }),
    { metadata: meta, spec: {} },
    { metadata: meta },
  ),
  bad(
    "Deployment values",
    paths.deployments,
    dep({ replicas: -1 }),
    dep({ strategy: { type: "No" } }),
    dep({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
    dep({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    dep({ strategy: { rollingUpdate: { maxSurge: "x" } } }),
    dep({ minReadySeconds: -1 }),
    dep({ progressDeadlineSeconds: 0 }),
    dep({ revisionHistoryLimit: -1 }),
  ),
  bad(
    "containers",
    paths.deployments,
    dep({ template: template({ containers: [] }) }),
    dep({ template: template({ containers: [{ name: "" }] }) }),
    dep({ template: template({ containers: [{ name: "A_B", image: "x" }] }) }),
    dep({ template: template({ containers: [{ name: "a", image: "x" }, { name: "a", image: "y" }] }) }),
    dep({ template: ctr({ image: " x" }) }),
    dep({ template: ctr({ imagePullPolicy: "No" }) }),
  ),
  bad(
    "container details",
    paths.deployments,
    dep({ template: ctr({ ports: [{ containerPort: 0 }] }) }),
    dep({ template: ctr({ ports: [{ containerPort: 70000 }] }) }),
    dep({ template: ctr({ ports: [{ containerPort: 80, protocol: "X" }] }) }),
    dep({ template: ctr({ ports: [{ containerPort: 80, name: "TooLongForAPortName" }] }) }),
    dep({ template: ctr({ volumeMounts: [{ name: "none", mountPath: "/x" }] }) }),
    dep({ template: ctr({ volumeMounts: [{ name: "none" }] }) }),
    dep({ template: ctr({ env: [{ name: "" }] }) }),
    dep({ template: ctr({ env: [{ name: "a b" }] }) }),
    dep({
      template: ctr({ env: [{ name: "a", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
    }),
    dep({ template: ctr({ env: [{ name: "a", valueFrom: {} }] }) }),
  ),
  bad(
    "resources",
    paths.deployments,
    dep({ template: ctr({ resources: { limits: { cpu: "x" } } }) }),
    dep({ template: ctr({ resources: { limits: { cpu: "-1" } } }) }),
    dep({ template: ctr({ resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } }) }),
    dep({ template: ctr({ resources: { limits: { nonsense: "1" } } }) }),
  ),
  bad(
    "probes",
    paths.deployments,
    dep({ template: ctr({ livenessProbe: {} }) }),
    dep({ template: ctr({ livenessProbe: { httpGet: { port: 0 } } }) }),
    dep({ template: ctr({ livenessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } }) }),
    dep({ template: ctr({ livenessProbe: { httpGet: { port: 80 }, successThreshold: 2 } }) }),
    dep({ template: ctr({ readinessProbe: { exec: { command: [] } } }) }),
  ),
  bad(
    "Pod specs",
    paths.deployments,
    dep({ template: template(podSpec({ restartPolicy: "Never" })) }),
    dep({ template: template(podSpec({ dnsPolicy: "X" })) }),
    dep({ template: template(podSpec({ volumes: [{ name: "A" }] })) }),
    dep({ template: template(podSpec({ volumes: [{ name: "a", emptyDir: {}, secret: { secretName: "s" } }] })) }),
    dep({ template: template(podSpec({ volumes: [{ name: "a" }, { name: "a" }] })) }),
    dep({ template: template(podSpec({ serviceAccountName: "A_B" })) }),
    dep({ template: template(podSpec({ hostname: "a.b" })) }),
    dep({ template: template(podSpec({ tolerations: [{ operator: "Equal", value: "x" }] })) }),
  ),
  bad(
    "StatefulSets and DaemonSets",
    paths.statefulSets,
    { metadata: meta, spec: { selector, template: template(), replicas: -1 } },
    { metadata: meta, spec: { selector, template: template(), podManagementPolicy: "X" } },
    { metadata: meta, spec: { template: template() } },
    { metadata: meta, spec: { selector, template: template(podSpec({ containers: [] })) } },
    {
      metadata: meta,
      spec: {
        selector,
        template: template(podSpec({
          containers: [{ name: "A_B", image: "i", volumeMounts: [{ name: "none", mountPath: "/data" }] }],
        })),
      },
    },
  ),
  bad("DaemonSets", paths.daemonSets, { metadata: meta, spec: { selector: {}, template: template() } }, {
    metadata: meta,
    spec: { selector, template: template(), updateStrategy: { type: "X" } },
  }),
  bad("Jobs", paths.jobs, { metadata: meta, spec: { template: { spec: podSpec() } } }, {
    metadata: meta,
    spec: { template: { spec: podSpec({ restartPolicy: "Always" }) } },
  }, {
    metadata: meta,
    spec: {
      backoffLimit: -1,
      completions: -1,
      parallelism: -1,
      template: { spec: podSpec({ restartPolicy: "Never" }) },
    },
  }, { metadata: meta, spec: { selector, template: { spec: podSpec({ restartPolicy: "Never" }) } } }),
  bad(
    "CronJobs",
    paths.cronJobs,
    {
      metadata: meta,
      spec: { schedule: "x", jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } } },
    },
    { metadata: meta, spec: { jobTemplate: { spec: { template: { spec: podSpec() } } } } },
    {
      metadata: { name: "a".repeat(53) },
      spec: {
        schedule: "* * * * *",
        concurrencyPolicy: "X",
        timeZone: "Nowhere",
        jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } },
      },
    },
  ),
  bad(
    "Services",
    paths.services,
    { metadata: meta, spec: {} },
    { metadata: meta },
    { metadata: meta, spec: { ports: [{ port: 0 }] } },
    { metadata: meta, spec: { ports: [{ port: 80 }, { port: 81 }] } },
    { metadata: meta, spec: { ports: [{ name: "a", port: 80 }, { name: "a", port: 81 }] } },
    { metadata: meta, spec: { ports: [{ name: "a", port: 80 }, { name: "b", port: 80 }] } },
    { metadata: meta, spec: { type: "X", ports: [{ port: 80 }] } },
    { metadata: meta, spec: { type: "ExternalName" } },
    { metadata: meta, spec: { ports: [{ port: 80, protocol: "X" }] } },
    { metadata: meta, spec: { ports: [{ port: 80, targetPort: 70000 }] } },
    { metadata: meta, spec: { clusterIP: "1.2.3", ports: [{ port: 80 }] } },
    { metadata: meta, spec: { ports: [{ port: 80, nodePort: 30000 }] } },
    { metadata: meta, spec: { selector: { "a b": "c" }, ports: [{ port: 80 }] } },
    { metadata: meta, spec: { sessionAffinity: "X", ports: [{ port: 80 }] } },
  ),
  bad(
    "claims",
    paths.claims,
    { metadata: meta, spec: {} },
    { metadata: meta, spec: { accessModes: ["X"], resources: { requests: { storage: "1Gi" } } } },
    { metadata: meta, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "0" } } } },
    {
      metadata: meta,
      spec: { accessModes: ["ReadWriteOnce"], storageClassName: "A_B", resources: { requests: { storage: "x" } } },
    },
  ),
  bad("Ingresses", paths.ingresses, { metadata: meta, spec: {} }, {
    metadata: meta,
    spec: {
      rules: [{
        http: { paths: [{ path: "x", pathType: "Prefix", backend: { service: { name: "a", port: { number: 80 } } } }] },
      }],
    },
  }, {
    metadata: meta,
    spec: { rules: [{ http: { paths: [{ path: "/", backend: { service: { name: "a", port: { number: 80 } } } }] } }] },
  }, {
    metadata: meta,
    spec: {
      rules: [{
        host: "A",
        http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "a", port: {} } } }] },
      }],
    },
  }, { metadata: meta, spec: { rules: [{ host: "1.2.3.4", http: { paths: [] } }] } }),
  bad(
    "Leases",
    paths.leases,
    { metadata: meta, spec: { leaseDurationSeconds: 0 } },
    { metadata: meta, spec: { leaseTransitions: -1 } },
    { metadata: meta, spec: { holderIdentity: "" } },
  ),
  bad(
    "PodDisruptionBudgets",
    "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets",
    { metadata: meta, spec: { minAvailable: 1, maxUnavailable: 1 } },
    { metadata: meta, spec: { minAvailable: "x%" } },
    { metadata: meta, spec: { minAvailable: -1 } },
  ),
  bad("HorizontalPodAutoscalers", "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
    metadata: meta,
    spec: {},
  }, { metadata: meta, spec: { minReplicas: 3, maxReplicas: 2, scaleTargetRef: { kind: "D", name: "a" } } }),
  bad("Events", paths.events, {
    metadata: meta,
    involvedObject: { kind: "ConfigMap", namespace: "default", name: "a" },
  }, { metadata: meta }),
  bad("Events of events.k8s.io", "/apis/events.k8s.io/v1/namespaces/{ns}/events", {
    metadata: meta,
    regarding: { namespace: "{ns}" },
  }, {
    metadata: meta,
    regarding: { namespace: "{ns}" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "c",
    reportingInstance: "i",
    action: "a",
    reason: "r",
    type: "X",
  }),
  bad("Roles", "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", { metadata: meta, rules: [{ verbs: [] }] }, {
    metadata: meta,
    rules: [{ verbs: ["get"], apiGroups: [""] }],
  }),
  bad("RoleBindings", "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
    metadata: meta,
    roleRef: {},
  }, {
    metadata: meta,
    roleRef: { kind: "Role", name: "x", apiGroup: "rbac.authorization.k8s.io" },
    subjects: [{ kind: "X", name: "" }],
  }),
  {
    name: "updates that are refused",
    steps: [
      post(paths.cronJobs, {
        metadata: meta,
        spec: {
          schedule: "0 0 1 1 *",
          suspend: true,
          jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } },
        },
      }),
      patch("merge", `${paths.cronJobs}/a`, { spec: { schedule: "x" } }),
      patch("merge", `${paths.cronJobs}/a`, { spec: { jobTemplate: null } }),
      post(paths.services, { metadata: meta, spec: { ports: [{ port: 80 }] } }),
      patch("merge", `${paths.services}/a`, { spec: { ports: null } }),
      patch("merge", `${paths.services}/a`, { spec: { clusterIP: "10.0.0.77" } }),
      patch("merge", `${paths.services}/a`, { metadata: { labels: { "a b": "c" } } }),
    ],
  },
  {
    name: "selectors are fixed",
    steps: [
      {
        ...post(paths.replicaSets, { metadata: meta, spec: { replicas: 0, selector, template: template() } }),
        quiet: true,
      },
      patch("merge", `${paths.replicaSets}/a`, {
        spec: { selector: { matchLabels: { app: "other" } }, template: { metadata: { labels: { app: "other" } } } },
      }),
    ],
  },
];
