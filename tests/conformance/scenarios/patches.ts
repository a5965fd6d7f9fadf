import { loose, type Scenario } from "../exchange.ts";
import { patch, paths, podSpec, post, template } from "./steps.ts";

const a = `${paths.configMaps}/a`;
const cm = post(paths.configMaps, { metadata: { name: "a", labels: { a: "1" } }, data: { a: "1", b: "2" } });
const pt = `${paths.podTemplates}/a`;
const containers = [
  {
    name: "x",
    image: "x:1",
    env: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
    ports: [{ containerPort: 80, name: "http" }, { containerPort: 81, name: "other" }],
    args: ["1", "2"],
  },
  { name: "y", image: "y:1" },
];
const podTemplate = post(paths.podTemplates, {
  metadata: { name: "a", finalizers: ["example.com/a"] },
  template: template(
    podSpec({
      containers,
      tolerations: [{ key: "a", operator: "Exists" }],
      volumes: [{ name: "v", emptyDir: {} }],
      imagePullSecrets: [{ name: "s" }],
    }),
  ),
});
const done = [patch("merge", pt, { metadata: { finalizers: null } })];
const strategic = (template: unknown, metadata?: unknown) =>
  patch("strategic", pt, { ...(metadata === undefined ? {} : { metadata }), template: { spec: template } });

export const patches: readonly Scenario[] = [
  {
    name: "merge patch",
    steps: [
      cm,
      patch("merge", a, { data: { a: null, c: "3" } }),
      patch("merge", a, { metadata: { labels: { b: "2" } } }),
      patch("merge", a, { data: { c: "3" } }),
      patch("merge", a, { data: null }),
      patch("merge", a, []),
    ],
  },
  {
    name: "JSON patch",
    steps: [
      cm,
      patch("json", a, [{ op: "replace", path: "/data/a", value: "9" }, {
        op: "add",
        path: "/data/x~1y~0z",
        value: "1",
      }]),
      patch("json", a, [{ op: "test", path: "/data/a", value: "9" }, { op: "remove", path: "/data/b" }]),
      patch("json", a, [{ op: "test", path: "/data/a", value: "8" }]),
      patch("json", a, [{ op: "remove", path: "/data/none" }]),
      patch("json", a, [{ op: "replace", path: "/data/none", value: "1" }]),
      patch("json", a, [{ op: "move", from: "/data/a", path: "/data/m" }, {
        op: "copy",
        from: "/data/m",
        path: "/data/n",
      }]),
      patch("json", a, [{ op: "add", path: "/none/x", value: "1" }]),
      patch("json", a, { op: "add" }),
      patch("json", a, [{ op: "nothing", path: "/data/a" }]),
      patch("json", a, [{ op: "add", path: "/data/q" }]),
    ],
  },
  {
    name: "strategic patch of containers",
    steps: [
      podTemplate,
      strategic({ containers: [{ name: "x", image: "x:2" }, { name: "z", image: "z:1" }] }),
      ...done,
    ],
  },
  {
    name: "strategic patch: delete an item",
    steps: [podTemplate, strategic({ containers: [{ name: "y", $patch: "delete" }] }), ...done],
  },
  {
    name: "strategic patch: replace a list",
    steps: [podTemplate, strategic({ containers: [{ name: "n", image: "n:1" }, { $patch: "replace" }] }), ...done],
  },
  {
    name: "strategic patch: environment and ports",
    steps: [
      podTemplate,
      strategic({
        containers: [{
          name: "x",
          env: [{ name: "B", value: null }, { name: "C", value: "3" }],
          ports: [{ containerPort: 80, hostPort: 1 }],
          args: ["3"],
        }],
      }),
      ...done,
    ],
  },
  {
    name: "strategic patch: order",
    steps: [
      podTemplate,
      strategic({
        "$setElementOrder/containers": [{ name: "y" }, { name: "x" }],
        containers: [{ name: "x", image: "x:3" }],
      }),
      ...done,
    ],
  },
  {
    name: "strategic patch: finalizers and atomic lists",
    steps: [
      podTemplate,
      strategic({ tolerations: [{ key: "b", operator: "Exists" }], imagePullSecrets: [{ name: "t" }] }, {
        finalizers: ["example.com/b"],
      }),
      strategic({}, { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] }),
      ...done,
    ],
  },
  {
    name: "strategic patch: retainKeys",
    steps: [
      podTemplate,
      strategic({ volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "s" } }] }),
      ...done,
    ],
  },
  {
    name: "strategic patch: maps",
    steps: [
      podTemplate,
      strategic({ nodeSelector: { a: "b" } }),
      strategic({ nodeSelector: { $patch: "replace", c: "d" } }),
      strategic({ nodeSelector: null }),
      ...done,
    ],
  },
  {
    name: "strategic patch: no merge key",
    steps: [
      podTemplate,
      loose(strategic({ containers: [{ image: "q" }] })),
      loose(strategic({ containers: ["x"] })),
      loose(strategic({ containers: [{ name: "x", $patch: "explode" }] })),
      ...done,
    ],
  },
  {
    name: "strategic patch of a Service",
    steps: [
      post(paths.services, {
        metadata: { name: "a" },
        spec: { ports: [{ name: "a", port: 80 }, { name: "b", port: 81 }] },
      }),
      patch("strategic", `${paths.services}/a`, { spec: { ports: [{ port: 80, targetPort: 8080 }] } }),
      patch("merge", `${paths.services}/a`, { spec: { ports: [{ port: 90 }] } }),
    ],
  },
];
