import { loose, type Scenario } from "../exchange.ts";
import { apply as applied, get, patch, paths, post, put, remove } from "./steps.ts";

const a = `${paths.configMaps}/a`;
const cm = (data?: object, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a" },
  ...(data === undefined ? {} : { data }),
  ...more,
});
const pt = `${paths.podTemplates}/a`;
const pod = (spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "PodTemplate",
  metadata: { name: "a", ...metadata },
  template: { spec },
});
const main = (more: object = {}) => ({ containers: [{ name: "main", image: "image:1", ...more }] });
const svc = `${paths.services}/a`;
const service = (spec: object) => ({ apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec });

export const apply: readonly Scenario[] = [
  {
    name: "create and again",
    steps: [applied(a, cm({ a: "1" })), applied(a, cm({ a: "1" })), applied(a, cm({ a: "2" })), get(a)],
  },
  {
    name: "a field dropped is removed",
    steps: [applied(a, cm({ a: "1", b: "2" })), applied(a, cm({ a: "1" })), applied(a, cm()), applied(a, cm({}))],
  },
  {
    name: "conflicts",
    steps: [
      applied(a, cm({ a: "1", b: "1" })),
      applied(a, cm({ a: "2", b: "2" }), "two"),
      applied(a, cm({ a: "2" }), "two"),
      applied(a, cm({ a: "2" }), "two", "&force=true"),
      applied(a, cm({ a: "1", b: "1" })),
      applied(a, cm({ b: "1" })),
      applied(a, cm({ a: "2", b: "1" })),
      applied(a, cm({ b: "1" }), "two"),
      get(a),
    ],
  },
  {
    name: "shared fields stay until nobody wants them",
    steps: [
      applied(a, cm({ a: "1" })),
      applied(a, cm({ a: "1" }), "two"),
      applied(a, cm({}), "one"),
      applied(a, cm({}), "two"),
      get(a),
    ],
  },
  {
    name: "conflict with an update",
    steps: [
      post(`${paths.configMaps}?fieldManager=editor`, cm({ a: "1" })),
      applied(a, cm({ a: "2" })),
      applied(a, cm({ a: "1", b: "1" })),
      patch("merge", `${a}?fieldManager=editor`, { data: { b: "2" } }),
      applied(a, cm({ a: "1", b: "1" })),
      applied(a, cm({ a: "1" })),
      get(a),
    ],
  },
  {
    name: "removed by hand and back",
    steps: [
      applied(a, cm({ a: "1", b: "1" })),
      patch("merge", `${a}?fieldManager=editor`, { data: { b: null } }),
      applied(a, cm({ a: "1", b: "1" })),
    ],
  },
  {
    name: "labels and annotations",
    steps: [
      applied(a, cm(undefined, { metadata: { name: "a", labels: { x: "1" }, annotations: { y: "1" } } })),
      applied(a, cm(undefined, { metadata: { name: "a", labels: { z: "1" } } }), "two"),
      applied(a, cm(undefined, { metadata: { name: "a" } })),
      applied(a, cm(undefined, { metadata: { name: "a" } }), "two"),
    ],
  },
  {
    name: "finalizers and owners",
    steps: [
      applied(
        a,
        cm(undefined, {
          metadata: {
            name: "a",
            finalizers: ["example.com/x"],
            ownerReferences: [{
              apiVersion: "v1",
              kind: "Namespace",
              name: "{ns}",
              uid: "11111111-1111-1111-1111-111111111111",
            }],
          },
        }),
        "one",
        "&dryRun=All",
      ),
      applied(a, cm(undefined, { metadata: { name: "a", finalizers: ["example.com/x"] } })),
      applied(a, cm(undefined, { metadata: { name: "a", finalizers: ["example.com/y"] } }), "two"),
      applied(a, cm(undefined, { metadata: { name: "a" } })),
      applied(a, cm(undefined, { metadata: { name: "a" } }), "two"),
    ],
  },
  {
    name: "containers",
    steps: [
      applied(pt, pod(main({ env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80 }], args: ["x"] }))),
      applied(
        pt,
        pod({ containers: [{ name: "main", env: [{ name: "B", value: "1" }] }, { name: "side", image: "side:1" }] }),
        "two",
      ),
      applied(pt, pod(main({ ports: [{ containerPort: 80, protocol: "TCP", name: "http" }] }))),
      applied(pt, pod({ containers: [{ name: "side", image: "side:1" }] }), "two"),
      applied(pt, pod({ containers: [{ name: "main", args: ["y"] }, { name: "side", image: "side:1" }] }), "two"),
    ],
  },
  {
    name: "order of list items",
    steps: [
      applied(pt, pod({ containers: [{ name: "c", image: "i" }, { name: "a", image: "i" }] })),
      applied(pt, pod({ containers: [{ name: "b", image: "i" }, { name: "a", image: "i" }] }), "two"),
      applied(
        pt,
        pod({ containers: [{ name: "a", image: "i" }, { name: "d", image: "i" }, { name: "c", image: "i" }] }),
      ),
    ],
  },
  {
    name: "quantities and numbers",
    steps: [
      applied(pt, pod(main({ resources: { limits: { cpu: "0.5", memory: "1024Mi" }, requests: { cpu: 0.25 } } }))),
      applied(pt, pod(main({ resources: { limits: { cpu: "500m", memory: "1Gi" }, requests: { cpu: "250m" } } }))),
      applied(pt, pod(main({ resources: { limits: { cpu: "0.5", memory: "1024Mi" }, requests: { cpu: 0.25 } } }))),
    ],
  },
  {
    name: "empty values",
    steps: [
      applied(pt, pod(main({ args: [], env: [], resources: {}, command: ["a"] }), { labels: {} })),
      applied(pt, pod(main({ args: [], securityContext: {} }))),
      applied(pt, pod({ ...main(), nodeSelector: {}, securityContext: {}, volumes: [] })),
    ],
  },
  { name: "nulls", steps: [applied(a, cm({ a: null, b: "1" })), applied(pt, pod(main({ args: null, env: null })))] },
  {
    name: "volumes and mounts",
    steps: [
      applied(
        pt,
        pod({
          ...main({ volumeMounts: [{ name: "v", mountPath: "/v" }] }),
          volumes: [{ name: "v", configMap: { name: "c" } }],
        }),
      ),
      applied(
        pt,
        pod({
          ...main({ volumeMounts: [{ name: "v", mountPath: "/w" }] }),
          volumes: [{ name: "v", secret: { secretName: "s" } }],
        }),
      ),
    ],
  },
  {
    name: "atomic fields",
    steps: [
      applied(pt, pod({ ...main(), nodeSelector: { a: "1" }, tolerations: [{ key: "a", operator: "Exists" }] })),
      applied(pt, pod({ containers: [{ name: "main" }], nodeSelector: { b: "1" } }), "two"),
      applied(
        pt,
        pod({ containers: [{ name: "main" }], nodeSelector: { b: "1" }, tolerations: [] }),
        "two",
        "&force=true",
      ),
    ],
  },
  {
    name: "ports of a Service",
    steps: [
      applied(svc, service({ selector: { app: "x" }, ports: [{ port: 80 }] })),
      applied(
        svc,
        service({ ports: [{ port: 53, protocol: "UDP", name: "dns" }, { port: 80, name: "http", protocol: "TCP" }] }),
        "two",
      ),
      applied(svc, service({ ports: [{ port: 80, name: "http", targetPort: 8080 }] })),
      applied(svc, service({ selector: { app: "x" } })),
      patch("merge", `${svc}?fieldManager=editor`, { spec: { selector: { b: "c" } } }),
    ],
  },
  {
    name: "duplicates",
    steps: [
      applied(pt, pod({ containers: [{ name: "main", image: "a" }, { name: "main", image: "b" }] })),
      applied(pt, pod(main({ env: [{ name: "A", value: "1" }, { name: "A", value: "2" }] }))),
    ],
  },
  {
    name: "values of another type",
    steps: [
      applied(a, cm({ a: 1 })),
      applied(a, cm("x" as never)),
      applied(pt, pod({ containers: "x" })),
      applied(pt, pod({ containers: [{ image: "no-name" }] })),
    ],
  },
  {
    name: "unknown fields",
    steps: [
      applied(a, { ...cm(), date: {} }),
      applied(a, { ...cm(), date: {} }, "one", "&fieldValidation=Strict"),
      applied(a, { ...cm(), date: {} }, "one", "&fieldValidation=Ignore"),
    ],
  },
  {
    name: "what may not be applied",
    steps: [
      applied(a, cm(undefined, { metadata: { name: "a", managedFields: [] } })),
      applied(a, cm(undefined, { metadata: { name: "b" } })),
      applied(a, cm(undefined, { apiVersion: "v2" })),
      applied(a, { metadata: { name: "a" } }),
      applied(a, cm(undefined, { metadata: { name: "a", uid: "11111111-1111-1111-1111-111111111111" } })),
      loose(applied(a, "- a\n")),
      applied(a, cm(undefined, { metadata: { name: "a", resourceVersion: "1" } })),
    ],
  },
  {
    name: "a stale resourceVersion",
    steps: [
      applied(a, cm({ a: "1" })),
      applied(a, cm({ a: "2" })),
      applied(a, cm({ a: "3" }, { metadata: { name: "a", resourceVersion: "{rv:0}" } })),
      applied(a, cm({ a: "3" }, { metadata: { name: "a", resourceVersion: "{rv:1}" } })),
    ],
  },
  {
    name: "dry run",
    steps: [
      applied(a, cm({ a: "1" }), "one", "&dryRun=All"),
      get(a),
      applied(a, cm({ a: "1" })),
      applied(a, cm({ a: "2" }), "two", "&dryRun=All&force=true"),
      get(a),
    ],
  },
  {
    name: "yaml",
    steps: [applied(a, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: |\n    text\n  b: 'yes'\n")],
  },
  {
    name: "from client-side apply",
    steps: [
      post(`${paths.configMaps}?fieldManager=kubectl-client-side-apply`, {
        metadata: {
          name: "a",
          annotations: {
            "kubectl.kubernetes.io/last-applied-configuration":
              '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"{ns}"},"data":{"a":"1"}}',
          },
        },
        data: { a: "1" },
      }),
      applied(a, cm({ a: "2" }), "kubectl"),
      applied(a, cm({ a: "3" }), "other"),
    ],
  },
  {
    name: "apply after replace",
    steps: [
      applied(a, cm({ a: "1", b: "1" })),
      put(`${a}?fieldManager=editor`, { metadata: { name: "a" }, data: { a: "1", c: "1" } }),
      applied(a, cm({ a: "1", b: "1" })),
      remove(a),
    ],
  },
  {
    name: "status is not applied through the main endpoint",
    steps: [
      applied(`${paths.cronJobs}/a`, {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "a" },
        spec: {
          schedule: "0 0 1 1 *",
          suspend: true,
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
          },
        },
        status: { lastScheduleTime: "2026-01-01T00:00:00Z" },
      }),
      applied(`${paths.cronJobs}/a/status`, {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "a", labels: { a: "b" } },
        spec: { schedule: "0 0 2 1 *" },
        status: { lastScheduleTime: "2026-01-01T00:00:00Z" },
      }, "two"),
      applied(`${paths.cronJobs}/none/status`, { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "none" } }),
    ],
  },
  {
    name: "many updaters",
    steps: [
      applied(a, cm({ z: "1" })),
      ...Array.from(
        { length: 13 },
        (_, i) => patch("merge", `${a}?fieldManager=m${String(i).padStart(2, "0")}`, { data: { [`k${i}`]: "1" } }),
      ),
    ],
  },
];
