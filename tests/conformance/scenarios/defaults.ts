import type { Scenario } from "../exchange.ts";
import { paths, podSpec, selector, template } from "./steps.ts";

/** A create that is not kept shows every default, and who owns what. */
const dry = (name: string, path: string, body: unknown): Scenario => ({
  name,
  steps: [{ method: "POST", path: `${path}?dryRun=All`, body }],
});
const meta = { name: "a" };

const richPod = {
  automountServiceAccountToken: false,
  initContainers: [{ name: "init", image: "image", command: ["true"] }],
  containers: [{
    name: "main",
    image: "registry:5000/image",
    args: [],
    command: ["run", "--fast"],
    env: [
      { name: "A", value: "" },
      { name: "B", value: "x" },
      { name: "C", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "D", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
      { name: "E", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: false } } },
    ],
    envFrom: [{ configMapRef: { name: "c" } }],
    ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP", name: "dns" }],
    resources: { limits: { cpu: "0.5", memory: "1024Mi", "example.com/x": 1 }, requests: { cpu: "100m" } },
    livenessProbe: { httpGet: { port: 80 } },
    readinessProbe: { tcpSocket: { port: "dns" }, periodSeconds: 3 },
    startupProbe: { exec: { command: ["ok"] } },
    lifecycle: { preStop: { httpGet: { port: 1 } } },
    securityContext: { runAsNonRoot: false, capabilities: { drop: ["ALL"] } },
    stdin: false,
    volumeMounts: [{ name: "data", mountPath: "/data", readOnly: false }, { name: "conf", mountPath: "/conf" }],
  }],
  hostNetwork: false,
  nodeSelector: {},
  imagePullSecrets: [{ name: "pull" }],
  serviceAccountName: "default",
  tolerations: [{ key: "a", operator: "Exists" }],
  topologySpreadConstraints: [{
    maxSkew: 1,
    topologyKey: "zone",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: { app: "web" } },
  }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{
        weight: 1,
        podAffinityTerm: { topologyKey: "host", labelSelector: { matchLabels: { app: "web" } } },
      }],
    },
  },
  volumes: [
    { name: "data" },
    { name: "conf", configMap: { name: "c", items: [{ key: "a", path: "b" }] } },
    { name: "sec", secret: { secretName: "s" } },
    {
      name: "proj",
      projected: {
        sources: [{ serviceAccountToken: { path: "t" } }, {
          downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] },
        }],
      },
    },
    { name: "down", downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
    { name: "host", hostPath: { path: "/x" } },
    { name: "mem", emptyDir: { medium: "Memory", sizeLimit: "1.5Gi" } },
    { name: "pvc", persistentVolumeClaim: { claimName: "p", readOnly: false } },
    {
      name: "eph",
      ephemeral: {
        volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
      },
    },
  ],
};

const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1000Mi" } } };
const rbac = "/apis/rbac.authorization.k8s.io/v1";

export const defaults: readonly Scenario[] = [
  dry("Deployment, least", paths.deployments, { metadata: meta, spec: { selector, template: template() } }),
  dry("Deployment, rich", paths.deployments, {
    metadata: { name: "a", labels: {}, annotations: { a: "" } },
    spec: {
      replicas: 0,
      selector,
      template: template(richPod),
      strategy: { rollingUpdate: { maxSurge: 1 } },
      minReadySeconds: 0,
      paused: false,
    },
  }),
  dry("Deployment, Recreate", paths.deployments, {
    metadata: meta,
    spec: { selector, template: template(), strategy: { type: "Recreate" } },
  }),
  dry("Deployment, given status", paths.deployments, {
    metadata: meta,
    spec: { selector, template: template() },
    status: { replicas: 3 },
  }),
  dry("ReplicaSet", paths.replicaSets, { metadata: meta, spec: { selector, template: template() } }),
  dry("StatefulSet", paths.statefulSets, {
    metadata: meta,
    spec: {
      serviceName: "s",
      selector,
      template: template(),
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claimSpec }],
    },
  }),
  dry("StatefulSet, a claim that is mounted", paths.statefulSets, {
    metadata: meta,
    spec: {
      selector,
      template: template(podSpec({
        containers: [{ name: "main", image: "i", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
      })),
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claimSpec }],
    },
  }),
  dry("StatefulSet, least", paths.statefulSets, { metadata: meta, spec: { selector, template: template() } }),
  dry("DaemonSet", paths.daemonSets, { metadata: meta, spec: { selector, template: template() } }),
  dry("Job", paths.jobs, { metadata: meta, spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } }),
  dry("Job, rich", paths.jobs, {
    metadata: meta,
    spec: {
      parallelism: 2,
      ttlSecondsAfterFinished: 0,
      backoffLimit: 0,
      activeDeadlineSeconds: 5,
      template: { metadata: { labels: { a: "b" } }, spec: podSpec({ restartPolicy: "OnFailure" }) },
    },
  }),
  dry("CronJob", paths.cronJobs, {
    metadata: meta,
    spec: {
      schedule: "*/5 * * * *",
      jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } },
    },
  }),
  dry("CronJob, rich", paths.cronJobs, {
    metadata: meta,
    spec: {
      schedule: "@hourly",
      timeZone: "Etc/UTC",
      startingDeadlineSeconds: 0,
      suspend: true,
      concurrencyPolicy: "Forbid",
      failedJobsHistoryLimit: 0,
      jobTemplate: {
        metadata: { labels: { a: "b" } },
        spec: { backoffLimit: 1, template: { spec: podSpec({ restartPolicy: "Never" }) } },
      },
    },
  }),
  dry("Pod", paths.pods, { metadata: meta, spec: podSpec({ automountServiceAccountToken: false }) }),
  dry("Pod, rich", paths.pods, { metadata: meta, spec: richPod }),
  dry("Pod, guaranteed", paths.pods, {
    metadata: meta,
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: "a", image: "a@sha256:0000", resources: { limits: { cpu: 1, memory: "1Gi" } } }],
    },
  }),
  dry("PodTemplate", paths.podTemplates, { metadata: meta, template: template(richPod) }),
  dry("Service", paths.services, { metadata: meta, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } }),
  dry("Service, headless", paths.services, { metadata: meta, spec: { clusterIP: "None", selector: { app: "web" } } }),
  dry("Service, NodePort", paths.services, {
    metadata: meta,
    spec: {
      type: "NodePort",
      ports: [{ name: "a", port: 80, targetPort: "http" }, { name: "b", port: 53, protocol: "UDP", targetPort: 0 }],
    },
  }),
  dry("Service, LoadBalancer", paths.services, {
    metadata: meta,
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], sessionAffinity: "ClientIP" },
  }),
  dry("Service, ExternalName", paths.services, {
    metadata: meta,
    spec: { type: "ExternalName", externalName: "example.com" },
  }),
  dry("Service, ExternalName with port", paths.services, {
    metadata: meta,
    spec: { type: "ExternalName", externalName: "example.com", ports: [{ port: 1 }] },
  }),
  dry("ConfigMap", paths.configMaps, { metadata: meta, data: { a: "", b: "x" }, binaryData: { c: "AAE=" } }),
  dry("ConfigMap, empty", paths.configMaps, { metadata: meta, data: {} }),
  dry("ConfigMap, nulls", paths.configMaps, {
    metadata: { name: "a", labels: null, annotations: { x: null } },
    data: { a: null },
    immutable: false,
  }),
  dry("Secret", paths.secrets, { metadata: meta, data: { a: "eA==" }, stringData: { a: "ü", b: "" } }),
  dry("Secret, typed", paths.secrets, { metadata: meta, type: "example.com/x" }),
  dry("PersistentVolumeClaim", paths.claims, { metadata: meta, spec: claimSpec }),
  dry("PersistentVolumeClaim, no class", paths.claims, {
    metadata: meta,
    spec: { ...claimSpec, storageClassName: "" },
  }),
  dry("PersistentVolume", "/api/v1/persistentvolumes", {
    metadata: { name: "{ns}" },
    spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/x" } },
  }),
  dry("ServiceAccount", paths.serviceAccounts, { metadata: meta, automountServiceAccountToken: false }),
  dry("Namespace", "/api/v1/namespaces", { metadata: { name: "{ns}-2", labels: { a: "b" } } }),
  dry("LimitRange", "/api/v1/namespaces/{ns}/limitranges", {
    metadata: meta,
    spec: { limits: [{ type: "Container", max: { cpu: "2" } }] },
  }),
  dry("ResourceQuota", "/api/v1/namespaces/{ns}/resourcequotas", {
    metadata: meta,
    spec: { hard: { pods: "10", "limits.cpu": "1500m" } },
  }),
  dry("ReplicationController", "/api/v1/namespaces/{ns}/replicationcontrollers", {
    metadata: meta,
    spec: { template: template() },
  }),
  dry("Endpoints", "/api/v1/namespaces/{ns}/endpoints", {
    metadata: meta,
    subsets: [{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 80 }] }],
  }),
  dry("Event", paths.events, {
    metadata: meta,
    involvedObject: { kind: "ConfigMap", name: "a", namespace: "{ns}", apiVersion: "v1" },
    reason: "Because",
    message: "text",
    type: "Normal",
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:00Z",
    count: 1,
    source: { component: "c" },
  }),
  dry("Event of events.k8s.io", "/apis/events.k8s.io/v1/namespaces/{ns}/events", {
    metadata: meta,
    regarding: { kind: "ConfigMap", name: "a", namespace: "{ns}", apiVersion: "v1" },
    reason: "Because",
    note: "text",
    type: "Warning",
    action: "Act",
    eventTime: "2026-01-01T00:00:00.123456Z",
    reportingController: "example.com/c",
    reportingInstance: "i",
  }),
  dry("Ingress", paths.ingresses, {
    metadata: meta,
    spec: {
      ingressClassName: "x",
      rules: [{
        host: "a.example.com",
        http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "a", port: { number: 80 } } } }] },
      }],
      tls: [{ hosts: ["a.example.com"], secretName: "s" }],
    },
  }),
  dry("Ingress, default backend", paths.ingresses, {
    metadata: meta,
    spec: { defaultBackend: { service: { name: "a", port: { name: "http" } } } },
  }),
  dry("IngressClass", "/apis/networking.k8s.io/v1/ingressclasses", {
    metadata: { name: "{ns}" },
    spec: { controller: "example.com/x" },
  }),
  dry("NetworkPolicy", "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", {
    metadata: meta,
    spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] },
  }),
  dry("PodDisruptionBudget", "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
    metadata: meta,
    spec: { minAvailable: 1, selector },
  }),
  dry("HorizontalPodAutoscaler", "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
    metadata: meta,
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" } },
  }),
  dry("HorizontalPodAutoscaler, rich", "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
    metadata: meta,
    spec: {
      minReplicas: 2,
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
      metrics: [{
        type: "Resource",
        resource: { name: "memory", target: { type: "AverageValue", averageValue: "100M" } },
      }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 5 } },
    },
  }),
  dry("Lease", paths.leases, {
    metadata: meta,
    spec: {
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      renewTime: "2026-01-01T00:00:00.000000Z",
      acquireTime: "2026-01-01T01:00:00.500000+01:00",
      leaseTransitions: 0,
    },
  }),
  dry("Lease, empty", paths.leases, { metadata: meta }),
  dry("EndpointSlice", "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
    metadata: meta,
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.1.2.3"] }],
    ports: [{ port: 80 }],
  }),
  dry("Role", `${rbac}/namespaces/{ns}/roles`, {
    metadata: meta,
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  }),
  dry("RoleBinding", `${rbac}/namespaces/{ns}/rolebindings`, {
    metadata: meta,
    roleRef: { kind: "ClusterRole", name: "view", apiGroup: "rbac.authorization.k8s.io" },
    subjects: [{ kind: "User", name: "u" }, { kind: "ServiceAccount", name: "s", namespace: "{ns}" }],
  }),
  dry("ClusterRole", `${rbac}/clusterroles`, {
    metadata: { name: "{ns}" },
    rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }],
  }),
  dry("ClusterRoleBinding", `${rbac}/clusterrolebindings`, {
    metadata: { name: "{ns}" },
    roleRef: { kind: "ClusterRole", name: "view", apiGroup: "rbac.authorization.k8s.io" },
  }),
  dry("PriorityClass", "/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "{ns}" }, value: 5 }),
  dry("StorageClass", "/apis/storage.k8s.io/v1/storageclasses", {
    metadata: { name: "{ns}" },
    provisioner: "example.com/p",
  }),
  dry("ControllerRevision", "/apis/apps/v1/namespaces/{ns}/controllerrevisions", {
    metadata: meta,
    revision: 1,
    data: { any: [1, null] },
  }),
  dry("ValidatingWebhookConfiguration", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    metadata: { name: "{ns}" },
    webhooks: [{
      name: "a.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      clientConfig: { service: { name: "s", namespace: "{ns}" } },
      rules: [{ apiGroups: ["x.example.com"], apiVersions: ["*"], operations: ["CREATE"], resources: ["*"] }],
    }],
  }),
  dry("MutatingWebhookConfiguration", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {
    metadata: { name: "{ns}" },
    webhooks: [{
      name: "a.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      clientConfig: { url: "https://127.0.0.1:1/x" },
    }],
  }),
  dry("CustomResourceDefinition", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "widgets.{ns}.example.com" },
    spec: {
      group: "{ns}.example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  }),
];
