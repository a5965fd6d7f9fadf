import fc from "fast-check";

/**
 * Random objects of built-in kinds: most of them valid, with the fields that charts and operators write, so that
 * defaults, normal forms and rules of a server come to light.
 */

type Arb = fc.Arbitrary<unknown>;

const name = fc.constantFrom("a", "b", "c");
const image = fc.constantFrom(
  "nginx",
  "nginx:latest",
  "nginx:1",
  "a.example/b@sha256:" + "a".repeat(64),
  "nginx:1@sha256:" + "a".repeat(64),
);
const seconds = fc.constantFrom(0, 1, 5, 30, -1);
const portNumber = fc.constantFrom(80, 443, 8080, 53, 0, 70000);
const portName = fc.constantFrom("http", "dns", "web-1", "UPPER");
const target = fc.oneof(portNumber, portName);
const percent = fc.constantFrom<unknown[]>("25%", "50%", 1, 0, "x", "120%");
const quantity = fc.constantFrom<unknown[]>(
  "100m",
  "0.1",
  1,
  "1",
  "1Gi",
  "1024Mi",
  "1e3",
  "-1",
  "x",
  0.5,
  "1500m",
  "0",
);
const labels = fc.dictionary(fc.constantFrom("app", "example.com/x", "-bad"), fc.constantFrom("a", "", "b c"), {
  maxKeys: 2,
  noNullPrototype: true,
});
const goodLabels = fc.constantFrom<unknown[]>({ app: "a" }, { app: "a", tier: "b" });

/** Each field now and then; those of `required` always. */
function some(fields: Record<string, Arb>, ...required: string[]): fc.Arbitrary<object> {
  const optional = Object.entries(fields).map(([key, value]) =>
    [
      key,
      required.includes(key)
        ? value
        : fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value }),
    ] as const
  );
  return fc.record(Object.fromEntries(optional)).map((all) =>
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  );
}
const list = (item: Arb, maxLength = 2) => fc.array(item, { maxLength });
const filled = (item: Arb, maxLength = 2) => fc.array(item, { minLength: 1, maxLength });
const one = <T>(...values: T[]): Arb => fc.constantFrom(...values as unknown[]);
/** Nearly always one value, so that few objects are wrong in many places. */
const mostly = (usual: Arb, rest: Arb): Arb =>
  fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: rest });

const selector = some({
  matchLabels: goodLabels,
  matchExpressions: list(
    some(
      { key: one("app", "tier"), operator: mostly(one("In", "NotIn"), one("Exists", "Bad")), values: list(name) },
      "key",
      "operator",
    ),
    1,
  ),
});

const http = some({
  path: one("/", "/healthz", ""),
  port: mostly(one<unknown>(80, "http"), target),
  host: one("a"),
  scheme: mostly(one("HTTP", "HTTPS"), one("http")),
  httpHeaders: list(some({ name: one("X-A", "bad header"), value: one("v") }, "name", "value"), 1),
}, "port");

const handler = fc.oneof(
  some({ exec: some({ command: list(one("sh", "-c")) }) }, "exec"),
  some({ httpGet: http }, "httpGet"),
  some({ tcpSocket: some({ port: mostly(one<unknown>(80, "http"), target) }, "port") }, "tcpSocket"),
  some({ grpc: some({ port: mostly(one(80), portNumber), service: one("a") }, "port") }, "grpc"),
);
const probe = fc.tuple(
  handler,
  some({
    initialDelaySeconds: seconds,
    timeoutSeconds: seconds,
    periodSeconds: seconds,
    successThreshold: mostly(one(1), one(0, 2)),
    failureThreshold: seconds,
    terminationGracePeriodSeconds: mostly(one(1, 30), one(0)),
  }),
).map(([what, when]) => ({ ...what as object, ...when }));

const resources = some({
  cpu: mostly(one<string | number>("100m", "0.1", 1), quantity),
  memory: mostly(one("1Gi", "128974848"), quantity),
});
const keyRef = some({ name, key: one("k", "bad key"), optional: fc.boolean() }, "name", "key");
const env = some({
  name: mostly(one("A", "B", "a.b"), one("1a", "a b", "")),
  value: one("", "x", "$(A)"),
}, "name");
const envFrom = fc.oneof(
  some({ configMapKeyRef: keyRef }, "configMapKeyRef"),
  some({ secretKeyRef: keyRef }, "secretKeyRef"),
  some({
    fieldRef: some(
      { fieldPath: mostly(one("metadata.name", "status.podIP", "metadata.labels['a']"), one("spec.x")) },
      "fieldPath",
    ),
  }, "fieldRef"),
  some({
    resourceFieldRef: some({
      resource: mostly(one("limits.cpu", "requests.memory"), one("x")),
      divisor: one<string | number>("1", "1m", 1),
    }, "resource"),
  }, "resourceFieldRef"),
).map((valueFrom) => ({ name: "F", valueFrom }));

const containerSecurity = some({
  privileged: fc.boolean(),
  runAsUser: one(0, 1000, -1),
  runAsNonRoot: fc.boolean(),
  readOnlyRootFilesystem: fc.boolean(),
  allowPrivilegeEscalation: one(false),
  capabilities: some({ add: list(one("NET_ADMIN")), drop: list(one("ALL")) }),
  seccompProfile: some({ type: mostly(one("RuntimeDefault", "Unconfined"), one("Localhost", "x")) }, "type"),
});

const container = some(
  {
    name: mostly(name, one("A", "")),
    image: mostly(image, one("", " x")),
    imagePullPolicy: mostly(one("Always", "IfNotPresent", "Never"), one("x")),
    command: list(one("a")),
    args: list(one("b", "")),
    workingDir: one("/w"),
    ports: list(some({
      containerPort: mostly(one(80, 443, 53), portNumber),
      protocol: mostly(one("TCP", "UDP", "SCTP"), one("tcp")),
      name: mostly(one("http", "dns"), portName),
      hostPort: mostly(one(80, 443), portNumber),
    }, "containerPort")),
    env: list(fc.oneof(env, envFrom)),
    envFrom: list(
      fc.oneof(
        some({ configMapRef: some({ name }, "name"), prefix: one("P_", "1 ") }, "configMapRef"),
        some({ secretRef: some({ name }, "name") }, "secretRef"),
      ),
      1,
    ),
    resources: some({ limits: resources, requests: resources }),
    volumeMounts: list(
      some(
        {
          name: one("v", "w"),
          mountPath: one("/a", "/b", "c", ""),
          readOnly: fc.boolean(),
          subPath: one("s", "../s", "/s"),
        },
        "name",
        "mountPath",
      ),
    ),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: some({ preStop: fc.oneof(handler, one({ sleep: { seconds: 5 } })), postStart: handler }),
    terminationMessagePath: one("/t"),
    terminationMessagePolicy: mostly(one("File", "FallbackToLogsOnError"), one("x")),
    securityContext: containerSecurity,
    stdin: fc.boolean(),
    tty: fc.boolean(),
  },
  "name",
  "image",
);

const mode = one(0o644, 0o400, 0, 511, 512);
const items = list(some({ key: one("k"), path: one("p", "../p", "/p"), mode }, "key", "path"), 1);
const volumeSource = fc.oneof(
  one({}),
  some({ emptyDir: some({ medium: one("", "Memory", "x"), sizeLimit: quantity }) }, "emptyDir"),
  some({ configMap: some({ name, items, defaultMode: mode, optional: fc.boolean() }, "name") }, "configMap"),
  some({ secret: some({ secretName: name, items, defaultMode: mode }) }, "secret"),
  some(
    { persistentVolumeClaim: some({ claimName: name, readOnly: fc.boolean() }, "claimName") },
    "persistentVolumeClaim",
  ),
  some(
    { hostPath: some({ path: one("/x", "../x"), type: mostly(one("", "Directory"), one("x")) }, "path") },
    "hostPath",
  ),
  some({ nfs: some({ server: one("s"), path: one("/x", "x") }, "server", "path") }, "nfs"),
  some({ csi: some({ driver: one("d.example"), readOnly: fc.boolean() }, "driver") }, "csi"),
  some({
    projected: some({
      defaultMode: mode,
      sources: list(fc.oneof(
        some({
          serviceAccountToken: some(
            { path: one("t"), expirationSeconds: one(600, 3600, 1), audience: one("a") },
            "path",
          ),
        }, "serviceAccountToken"),
        some({ configMap: some({ name, items }, "name") }, "configMap"),
        some({ secret: some({ name, items }, "name") }, "secret"),
        some(
          { downwardAPI: some({ items: list(one({ path: "l", fieldRef: { fieldPath: "metadata.labels" } }), 1) }) },
          "downwardAPI",
        ),
      )),
    }),
  }, "projected"),
  some({
    downwardAPI: some({
      defaultMode: mode,
      items: list(one({ path: "l", fieldRef: { fieldPath: "metadata.labels" } }), 1),
    }),
  }, "downwardAPI"),
  some({
    ephemeral: one({
      volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    }),
  }, "ephemeral"),
);
const volumes = fc.tuple(volumeSource, volumeSource).map((
  [v, w],
) => [{ name: "v", ...v as object }, { name: "w", ...w as object }]);

const term = some({
  labelSelector: selector,
  topologyKey: mostly(one("kubernetes.io/hostname"), one("")),
  namespaces: list(name),
  namespaceSelector: selector,
}, "topologyKey");
const affinity = some({
  nodeAffinity: some({
    requiredDuringSchedulingIgnoredDuringExecution: one({
      nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }],
    }, { nodeSelectorTerms: [] }),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      some(
        {
          weight: one(1, 100, 0),
          preference: one({ matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] }),
        },
        "weight",
        "preference",
      ),
      1,
    ),
  }),
  podAffinity: some({ requiredDuringSchedulingIgnoredDuringExecution: list(term, 1) }),
  podAntiAffinity: some({
    requiredDuringSchedulingIgnoredDuringExecution: list(term, 1),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      some({ weight: one(1, 100, 101), podAffinityTerm: term }, "weight", "podAffinityTerm"),
      1,
    ),
  }),
});

function podSpec(restartPolicy: Arb, ...required: string[]): Arb {
  return some(
    {
      containers: filled(container),
      initContainers: list(
        fc.oneof(container, container.map((c) => ({ ...c, name: "i", restartPolicy: "Always" }))),
        1,
      ),
      volumes,
      restartPolicy,
      terminationGracePeriodSeconds: seconds,
      activeDeadlineSeconds: mostly(one(10), one(0)),
      dnsPolicy: mostly(one("ClusterFirst", "Default", "ClusterFirstWithHostNet"), one("None", "x")),
      dnsConfig: some({
        nameservers: list(one("1.1.1.1", "x"), 1),
        searches: list(one("a.example"), 1),
        options: list(some({ name: one("ndots"), value: one("2") }, "name"), 1),
      }),
      nodeSelector: one({ "kubernetes.io/os": "linux" }, {}),
      serviceAccountName: name,
      serviceAccount: name,
      automountServiceAccountToken: fc.boolean(),
      nodeName: one("n"),
      hostNetwork: fc.boolean(),
      hostPID: fc.boolean(),
      shareProcessNamespace: fc.boolean(),
      securityContext: some({
        runAsUser: one(1000),
        fsGroup: one(1, -1),
        runAsNonRoot: fc.boolean(),
        fsGroupChangePolicy: mostly(one("Always", "OnRootMismatch"), one("x")),
        supplementalGroups: list(one(1, 2)),
        sysctls: list(one({ name: "net.core.somaxconn", value: "1" }), 1),
        seccompProfile: one({ type: "RuntimeDefault" }),
      }),
      imagePullSecrets: list(some({ name }, "name")),
      hostname: one("h", "H"),
      subdomain: one("s"),
      affinity,
      schedulerName: one("s"),
      tolerations: list(
        some({
          key: one("a", ""),
          operator: mostly(one("Equal", "Exists"), one("x")),
          value: one("v", ""),
          effect: mostly(one("NoSchedule", "NoExecute", ""), one("x")),
          tolerationSeconds: one(5),
        }),
      ),
      hostAliases: list(some({ ip: mostly(one("1.2.3.4"), one("x")), hostnames: list(one("a", "A"), 1) }, "ip"), 1),
      priorityClassName: one("system-node-critical"),
      topologySpreadConstraints: list(
        some(
          {
            maxSkew: one(1, 0),
            topologyKey: one("a", ""),
            whenUnsatisfiable: mostly(one("DoNotSchedule", "ScheduleAnyway"), one("x")),
            labelSelector: selector,
            minDomains: one(1),
            nodeAffinityPolicy: mostly(one("Honor", "Ignore"), one("x")),
          },
          "maxSkew",
          "topologyKey",
          "whenUnsatisfiable",
        ),
        1,
      ),
      enableServiceLinks: fc.boolean(),
      setHostnameAsFQDN: fc.boolean(),
      readinessGates: list(one({ conditionType: "a.example/b" }), 1),
      os: one({ name: "linux" }, { name: "x" }),
    },
    "containers",
    ...required,
  );
}

function template(restartPolicy: Arb, ...required: string[]): Arb {
  return some(
    {
      metadata: mostly(
        one({ labels: { app: "a" } }, { labels: { app: "a", tier: "b" }, annotations: { a: "b" } }),
        some({ labels, annotations: labels }),
      ),
      spec: podSpec(restartPolicy, ...required),
    },
    "metadata",
    "spec",
  );
}

const running = template(mostly(one("Always"), one("Never")));
const finite = template(mostly(one("Never", "OnFailure"), one("Always")), "restartPolicy");
const claimSpec = some(
  {
    accessModes: mostly(
      one(["ReadWriteOnce"], ["ReadOnlyMany", "ReadWriteMany"]),
      one([], ["x"], ["ReadWriteOncePod", "ReadWriteOnce"]),
    ),
    resources: mostly(
      one<unknown>({ requests: { storage: "1Gi" } }, { requests: { storage: 1024 }, limits: { storage: "2Gi" } }),
      one<unknown>({}, { requests: { storage: "0" } }, { requests: { cpu: 1 } }),
    ),
    storageClassName: one("a", "", "A B"),
    volumeMode: mostly(one("Filesystem", "Block"), one("x")),
    volumeName: one("v"),
    selector,
    dataSource: one({ kind: "PersistentVolumeClaim", name: "x" }, {
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: "x",
    }),
  },
  "accessModes",
  "resources",
);
const match = mostly(one({ matchLabels: { app: "a" } }), fc.oneof(one({}, { matchLabels: { app: "z" } }), selector));

const jobSpec = some({
  template: finite,
  parallelism: one(0, 1, 3, -1),
  completions: one(0, 1, 3, -1),
  backoffLimit: one(0, 6, -1),
  activeDeadlineSeconds: one(10, -1),
  ttlSecondsAfterFinished: one(0, 10, -1),
  completionMode: mostly(one("NonIndexed", "Indexed"), one("x")),
  suspend: fc.boolean(),
  manualSelector: mostly(one(false), one(true)),
  podFailurePolicy: one({ rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] }, {
    rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }],
  }),
  podReplacementPolicy: mostly(one("TerminatingOrFailed", "Failed"), one("x")),
  backoffLimitPerIndex: one(1),
  maxFailedIndexes: one(1),
}, "template");

const servicePort = some({
  name: mostly(one("http", "dns"), portName),
  port: mostly(one(80, 443, 53), portNumber),
  protocol: mostly(one("TCP", "UDP"), one("x")),
  targetPort: mostly(one<unknown>(80, "http"), target),
  nodePort: one(0, 31234, 80),
  appProtocol: one("kubernetes.io/h2c", "http", "bad value"),
}, "port");

const backend = fc.oneof(
  some({
    service: some(
      {
        name: mostly(name, one("A")),
        port: mostly(
          one<unknown>({ number: 80 }, { name: "http" }),
          one<unknown>({}, { number: 80, name: "http" }, { number: 0 }),
        ),
      },
      "name",
      "port",
    ),
  }, "service"),
  one({ resource: { apiGroup: "a.example", kind: "B", name: "c" } }),
);
const rule = some({
  host: mostly(one("a.example", "*.a.example"), one("A", "1.2.3.4", "*")),
  http: some({
    paths: mostly(
      filled(
        some(
          {
            path: mostly(one("/", "/a"), one("a", "")),
            pathType: mostly(one("Prefix", "Exact", "ImplementationSpecific"), one("x")),
            backend,
          },
          "path",
          "pathType",
          "backend",
        ),
      ),
      one([]),
    ),
  }, "paths"),
});

const metric = fc.oneof(
  one({ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }),
  one({ type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } }),
  one({ type: "Pods", pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "1k" } } }),
  one({ type: "External", external: { metric: { name: "m" }, target: { type: "Value", value: "1000m" } } }),
  one({ type: "Resource" }, { type: "x" }, {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization" } },
  }),
);
const scaling = some({
  stabilizationWindowSeconds: one(0, 300, -1, 4000),
  selectPolicy: mostly(one("Max", "Min", "Disabled"), one("x")),
  policies: list(
    some(
      { type: mostly(one("Pods", "Percent"), one("x")), value: one(1, 100, 0), periodSeconds: one(15, 60, 0) },
      "type",
      "value",
      "periodSeconds",
    ),
    1,
  ),
});

const peer = fc.oneof(
  some({ podSelector: selector, namespaceSelector: selector }),
  some({
    ipBlock: some({
      cidr: mostly(one("10.0.0.0/8", "::/0"), one("x", "10.0.0.1/8")),
      except: list(one("10.1.0.0/16", "11.0.0.0/8"), 1),
    }, "cidr"),
  }, "ipBlock"),
);
const policyPorts = list(
  some({
    port: mostly(one<unknown>(80, "http"), target),
    protocol: mostly(one("TCP", "UDP"), one("x")),
    endPort: one(90, 70),
  }),
  1,
);

const rolling = some({
  maxSurge: mostly(one<unknown>("25%", 1), percent),
  maxUnavailable: mostly(one<unknown>("25%", 0, 1), percent),
});
const replicas = mostly(one(0, 1, 3), one(-1));

/** Kinds by their path below a namespace, and objects without `metadata`. */
export const randomKinds: Readonly<Record<string, { apiVersion: string; kind: string; body: fc.Arbitrary<object> }>> =
  Object
    .fromEntries(
      ([
        [
          "deployments",
          "apps/v1",
          "Deployment",
          some(
            {
              replicas,
              selector: match,
              template: running,
              strategy: fc.oneof(
                one({ type: "Recreate" }, { type: "RollingUpdate" }, {}, { type: "x" }),
                rolling.map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate })),
                one({ type: "Recreate", rollingUpdate: {} }),
              ),
              minReadySeconds: seconds,
              revisionHistoryLimit: one(0, 10, -1),
              progressDeadlineSeconds: one(600, 0, 5),
              paused: fc.boolean(),
            },
            "selector",
            "template",
          ),
        ],
        [
          "statefulsets",
          "apps/v1",
          "StatefulSet",
          some(
            {
              replicas,
              selector: match,
              template: running,
              serviceName: name,
              podManagementPolicy: mostly(one("OrderedReady", "Parallel"), one("x")),
              updateStrategy: one<unknown>(
                { type: "OnDelete" },
                { type: "RollingUpdate" },
                {},
                { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
                { type: "RollingUpdate", rollingUpdate: { partition: -1 } },
                { type: "x" },
              ),
              revisionHistoryLimit: one(1),
              minReadySeconds: seconds,
              volumeClaimTemplates: list(claimSpec.map((spec) => ({ metadata: { name: "v" }, spec })), 1),
              persistentVolumeClaimRetentionPolicy: one({ whenDeleted: "Delete" }, {
                whenScaled: "Delete",
                whenDeleted: "Retain",
              }, { whenDeleted: "x" }),
              ordinals: one({ start: 1 }),
            },
            "selector",
            "template",
          ),
        ],
        [
          "daemonsets",
          "apps/v1",
          "DaemonSet",
          some(
            {
              selector: match,
              template: running,
              updateStrategy: one<unknown>(
                { type: "OnDelete" },
                { type: "RollingUpdate" },
                { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
                { type: "x" },
              ),
              minReadySeconds: seconds,
              revisionHistoryLimit: one(1),
            },
            "selector",
            "template",
          ),
        ],
        [
          "replicasets",
          "apps/v1",
          "ReplicaSet",
          some({ replicas, selector: match, template: running, minReadySeconds: seconds }, "selector", "template"),
        ],
        ["jobs", "batch/v1", "Job", jobSpec],
        [
          "cronjobs",
          "batch/v1",
          "CronJob",
          some(
            {
              schedule: mostly(
                one("* * * * *", "@daily", "0 0 1 1 0", "*/5 * * * MON-FRI"),
                one("x", "", "60 * * * *", "TZ=UTC * * * * *"),
              ),
              timeZone: mostly(one("UTC", "Europe/Berlin"), one("x", "")),
              startingDeadlineSeconds: seconds,
              concurrencyPolicy: mostly(one("Allow", "Forbid", "Replace"), one("x")),
              suspend: fc.boolean(),
              successfulJobsHistoryLimit: one(0, 3, -1),
              failedJobsHistoryLimit: one(0, 1),
              jobTemplate: some({ metadata: some({ labels }), spec: jobSpec }, "spec"),
            },
            "schedule",
            "jobTemplate",
          ),
        ],
        [
          "services",
          "v1",
          "Service",
          some({
            type: mostly(one("ClusterIP", "NodePort", "LoadBalancer"), one("ExternalName", "x")),
            selector: one({ app: "a" }, {}),
            ports: mostly(filled(servicePort), one([])),
            clusterIP: mostly(one("None", ""), one("x", "1.2.3.4")),
            externalName: one("a.example", "A B"),
            sessionAffinity: mostly(one("None", "ClientIP"), one("x")),
            sessionAffinityConfig: one({ clientIP: { timeoutSeconds: 10 } }, { clientIP: {} }, {
              clientIP: { timeoutSeconds: 0 },
            }),
            externalTrafficPolicy: mostly(one("Cluster", "Local"), one("x")),
            internalTrafficPolicy: mostly(one("Cluster", "Local"), one("x")),
            publishNotReadyAddresses: fc.boolean(),
            externalIPs: list(mostly(one("203.0.113.1"), one("x", "127.0.0.1")), 1),
            loadBalancerIP: one("1.2.3.4"),
            loadBalancerSourceRanges: list(one("10.0.0.0/8", "x"), 1),
            loadBalancerClass: one("a.example/b", "x"),
            allocateLoadBalancerNodePorts: fc.boolean(),
            ipFamilyPolicy: mostly(one("SingleStack"), one("PreferDualStack", "x")),
            ipFamilies: list(one("IPv4"), 1),
          }, "ports"),
        ],
        [
          "ingresses",
          "networking.k8s.io/v1",
          "Ingress",
          some({
            ingressClassName: one("nginx", "A"),
            defaultBackend: backend,
            rules: list(rule),
            tls: list(some({ hosts: list(mostly(one("a.example"), one("A")), 1), secretName: one("s", "S") }), 1),
          }),
        ],
        [
          "networkpolicies",
          "networking.k8s.io/v1",
          "NetworkPolicy",
          some({
            podSelector: selector,
            policyTypes: list(one("Ingress", "Egress"), 2),
            ingress: list(some({ from: list(peer, 1), ports: policyPorts }), 1),
            egress: list(some({ to: list(peer, 1), ports: policyPorts }), 1),
          }, "podSelector"),
        ],
        ["persistentvolumeclaims", "v1", "PersistentVolumeClaim", claimSpec],
        [
          "poddisruptionbudgets",
          "policy/v1",
          "PodDisruptionBudget",
          some({
            selector,
            minAvailable: percent,
            maxUnavailable: percent,
            unhealthyPodEvictionPolicy: mostly(one("AlwaysAllow", "IfHealthyBudget"), one("x")),
          }),
        ],
        [
          "horizontalpodautoscalers",
          "autoscaling/v2",
          "HorizontalPodAutoscaler",
          some(
            {
              scaleTargetRef: mostly(
                one({ apiVersion: "apps/v1", kind: "Deployment", name: "a" }),
                one({ kind: "", name: "" }, { kind: "a/b", name: "x" }),
              ),
              minReplicas: one(1, 0, -1),
              maxReplicas: one(3, 0, 1),
              metrics: list(metric),
              behavior: some({ scaleUp: scaling, scaleDown: scaling }),
            },
            "scaleTargetRef",
            "maxReplicas",
          ),
        ],
        ["pods", "v1", "Pod", podSpec(mostly(one("Always", "Never", "OnFailure"), one("x")))],
      ] as [string, string, string, Arb][]).map(([plural, apiVersion, kind, spec]) => [plural, {
        apiVersion,
        kind,
        body: spec.map((value) => ({ apiVersion, kind, spec: value })),
      }]),
    );
