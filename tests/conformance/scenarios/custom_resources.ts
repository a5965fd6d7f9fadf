import { loose, type Scenario } from "../exchange.ts";
import { apply, get, patch, post, put, remove } from "./steps.ts";
import {
  a,
  definition,
  definitions,
  dry,
  group,
  number,
  root,
  spec,
  status,
  text,
  widget,
  withDefinition,
} from "./widgets.ts";

export const customResources: readonly Scenario[] = [
  withDefinition("warnings of deprecated versions", { schema: spec({ a: number }) }, [
    get(root),
    get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets`),
    get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/none`),
    get(`/apis/${group}/v1alpha1/namespaces/{ns}/widgets`),
    post(
      `/apis/${group}/v1alpha1/namespaces/{ns}/widgets?dryRun=All`,
      widget({ b: 1 }, { apiVersion: `${group}/v1alpha1` }),
    ),
    loose(post(`/apis/${group}/v1beta1/namespaces/{ns}/widgets?dryRun=All`, "{")),
    get(`/apis/${group}/v1beta2/namespaces/{ns}/widgets`),
  ], [
    { name: "v1beta1", deprecated: true, schema: spec({ a: number }) },
    { name: "v1beta2", deprecated: true, schema: spec({ a: number }) },
    { name: "v1alpha1", deprecated: true, deprecationWarning: 'be "gone" soon, é', schema: spec({ a: number }) },
  ]),
  withDefinition("warnings with what is refused", {
    schema: spec({
      a: number,
      text,
      flag: { type: "boolean" },
      list: { type: "array", items: text },
      map: { type: "object", properties: { a: text, x: text } },
      either: { "x-kubernetes-int-or-string": true },
    }),
  }, [
    dry(widget({ a: "x", b: 1, é: 2, 'q"\\': 3, "new\nline": 4 })),
    dry(widget({ a: "x", ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}`.padEnd(300, "y"), 1])) })),
    post("/api/v1/namespaces/{ns}/configmaps", { metadata: { name: "B" }, bad: 1 }),
    post("/api/v1/namespaces/{ns}/configmaps", { metadata: { name: "b" }, data: { a: 1 }, bad: 1 }),
    post("/api/v1/namespaces/{ns}/services", {
      metadata: { name: "s" },
      spec: { ports: [{ port: 0 }], sessionAffinity: "x", bad: 1 },
    }),
    apply(a, widget({ b: 1 }), "m"),
    post(root, widget({ a: 1 })),
    patch("merge", a, { spec: { a: "x", b: 1 } }),
    apply(a, widget({ a: 2, b: 1 }), "m"),
    ...["a", 1, 1.5, true, { x: { y: [1, "b", null], a: false } }, [1, "b", null], "line\n"].flatMap((value) =>
      ["a", "text", "flag", "list", "map", "either"].map((key) =>
        apply(a, widget({ [key]: value }), "m", "&dryRun=All")
      )
    ),
  ]),
  withDefinition("defaults", {
    schema: spec({
      a: { type: "string", default: "x" },
      b: { type: "object", properties: { c: { type: "integer", default: 3 } } },
      d: { type: "object", default: {}, properties: { e: { type: "boolean", default: true } } },
      l: { type: "array", items: { type: "object", properties: { f: { type: "string", default: "y" } } } },
      m: {
        type: "object",
        additionalProperties: { type: "object", properties: { g: { type: "string", default: "z" } } },
      },
      n: { type: "string", nullable: true, default: "q" },
    }),
  }, [
    dry(widget({})),
    dry(widget()),
    dry(widget({ a: null, b: {}, l: [{}, { f: "1" }], m: { k: {} }, n: null })),
    dry(widget({ b: null })),
  ]),
  withDefinition("pruning", {
    schema: {
      properties: {
        spec: {
          type: "object",
          properties: {
            known: { type: "object", properties: { a: text } },
            keep: {
              type: "object",
              "x-kubernetes-preserve-unknown-fields": true,
              properties: { inner: { type: "object", properties: { a: text } } },
            },
            list: { type: "array", items: { type: "object", properties: { a: text } } },
            map: { type: "object", additionalProperties: { type: "object", properties: { a: text } } },
            any: { "x-kubernetes-preserve-unknown-fields": true },
            embedded: {
              type: "object",
              "x-kubernetes-embedded-resource": true,
              properties: { spec: { type: "object" } },
            },
          },
        },
      },
    },
  }, [
    dry(
      widget({
        unknown: 1,
        known: { a: "1", b: 2 },
        keep: { x: 1, inner: { a: "1", b: 2 } },
        list: [{ a: "1", b: 2 }],
        map: { k: { a: "1", b: 2 } },
        any: { x: [1, { y: null }] },
        embedded: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "n", bad: 1 }, spec: { x: 1 }, data: {} },
      }, { extra: 1, metadata: { name: "a", bad: 1 } }),
    ),
    dry(widget({ unknown: 1, known: { b: 2 }, list: [{ b: 1 }] }, { extra: 1 }), "&fieldValidation=Strict"),
    dry(widget({ unknown: 1 }, { metadata: { name: "a", bad: 1 } }), "&fieldValidation=Warn"),
    dry(widget({ unknown: 1 }), "&fieldValidation=Ignore"),
  ]),
  withDefinition("texts and numbers", {
    schema: spec({
      s: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
      e: { type: "string", enum: ["a", "b"] },
      i: { type: "integer", minimum: 1, maximum: 5 },
      x: { type: "number", minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true },
      m: { type: "integer", multipleOf: 5 },
      big: { type: "integer", format: "int32" },
      b: { type: "boolean" },
      ios: { "x-kubernetes-int-or-string": true },
    }),
  }, [
    dry(widget({ s: "abc", e: "a", i: 3, x: 0.5, m: 10, big: 1, b: true, ios: "50%" })),
    dry(widget({ s: "a" })),
    dry(widget({ s: "abcde" })),
    dry(widget({ s: "A1" })),
    dry(widget({ e: "c" })),
    dry(widget({ i: 0 })),
    dry(widget({ i: 6 })),
    dry(widget({ x: 0 })),
    dry(widget({ x: 1 })),
    dry(widget({ m: 7 })),
    dry(widget({ big: 3000000000 })),
    dry(widget({ b: "true" })),
    dry(widget({ s: 1 })),
    dry(widget({ i: "1" })),
    dry(widget({ i: 1.5 })),
    dry(widget({ ios: 1.5 })),
    dry(widget({ ios: true })),
    dry(widget({ s: null })),
    dry(widget({ s: {}, i: [] })),
    dry(widget("x")),
    dry(widget([])),
    {
      ...dry(widget()),
      body: `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"i":3.0,"x":1e-1,"ios":5}}`,
    },
  ]),
  withDefinition("formats", {
    schema: spec(
      Object.fromEntries(
        [
          "date-time",
          "date",
          "duration",
          "email",
          "hostname",
          "ipv4",
          "ipv6",
          "cidr",
          "uri",
          "uuid",
          "byte",
          "mac",
          "nonsense",
        ].map((format) => [format, { type: "string", format }]),
      ),
    ),
  }, [
    dry(widget({
      "date-time": "2026-01-01T00:00:00Z",
      date: "2026-01-01",
      duration: "1h30m",
      email: "a@b.example",
      hostname: "a.example",
      ipv4: "1.2.3.4",
      ipv6: "::1",
      cidr: "10.0.0.0/8",
      uri: "https://example.com/x",
      uuid: "0f0e0d0c-0b0a-4908-8706-050403020100",
      byte: "AAA=",
      mac: "00:11:22:33:44:55",
      nonsense: "!",
    })),
    ...["date-time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "cidr", "uri", "uuid", "byte", "mac"].map(
      (format) => dry(widget({ [format]: "not it!" })),
    ),
  ]),
  withDefinition("required, lists and maps", {
    schema: spec({
      req: { type: "object", required: ["a", "b"], properties: { a: text, b: text } },
      set: { type: "array", "x-kubernetes-list-type": "set", items: text },
      map: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", required: ["k"], properties: { k: text, v: text } },
      },
      sized: { type: "array", minItems: 1, maxItems: 2, items: number },
      props: { type: "object", minProperties: 1, maxProperties: 2, additionalProperties: text },
      nullable: { type: "object", nullable: true, properties: { a: text } },
    }, { required: ["set"] }),
  }, [
    dry(widget({ set: ["a"], nullable: null })),
    dry(widget({})),
    dry(widget()),
    dry(widget({ set: [], req: {} })),
    dry(widget({ set: ["a", "b", "a"] })),
    dry(widget({ set: [], map: [{ k: "1" }, { k: "1" }] })),
    dry(widget({ set: [], map: [{}] })),
    dry(widget({ set: [], sized: [] })),
    dry(widget({ set: [], sized: [1, 2, 3] })),
    dry(widget({ set: [], props: {} })),
    dry(widget({ set: [], props: { a: "1", b: "2", c: "3" } })),
    dry(widget({ set: [], props: { a: 1 } })),
    dry(widget({ set: [null] })),
    dry(widget({ set: null })),
  ]),
  withDefinition("junctors", {
    schema: spec({
      any: { type: "object", properties: { a: text, b: text }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
      one: { type: "object", properties: { a: text, b: text }, oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      all: { type: "integer", allOf: [{ minimum: 1 }, { maximum: 3 }] },
      not: { type: "string", not: { enum: ["x"] } },
    }),
  }, [
    dry(widget({ any: { a: "1" }, one: { b: "1" }, all: 2, not: "y" })),
    dry(widget({ any: {} })),
    dry(widget({ one: { a: "1", b: "1" } })),
    dry(widget({ all: 4 })),
    dry(widget({ not: "x" })),
  ]),
  withDefinition("metadata and identity", { schema: status }, [
    post(root, widget({ a: 1 })),
    get(a),
    post(root, widget()),
    put(a, widget({ a: 2 })),
    put(a, widget({ a: 2 }, { metadata: { name: "a", resourceVersion: "{rv:2}" } })),
    put(a, widget({ a: 3 }, { metadata: { name: "a", resourceVersion: "{rv:2}" } })),
    loose(post(root, { metadata: { name: "b" } })),
    post(root, { ...widget(), kind: "Gadget" }),
    post(root, { ...widget(), apiVersion: `${group}/v2` }),
    post(root, widget({}, { metadata: {} })),
    post(root, widget({}, { metadata: { name: "A" } })),
    get(root),
    patch("strategic", a, {}),
    remove(a),
    get(a),
    post(root, widget({}, { metadata: { name: "a", labels: { x: 1 } } })),
    post(root, widget({}, { metadata: { name: "a", labels: { "x y": "1" } } })),
  ]),
  withDefinition("generations without a status subresource", { schema: status }, [
    post(root, widget({ a: 1 }, { status: { b: 1 } })),
    patch("merge", a, { status: { b: 2 } }),
    patch("merge", a, { metadata: { labels: { x: "y" } } }),
    patch("merge", a, { spec: { a: 2 } }),
    get(`${a}/status`),
  ]),
  withDefinition("the status subresource", { schema: status, subresources: { status: {} } }, [
    post(root, widget({ a: 1 }, { status: { b: 1 } })),
    patch("merge", `${a}/status`, {
      status: { b: 2 },
      spec: { a: 9 },
      metadata: { labels: { x: "y" }, finalizers: ["example.com/x"] },
    }),
    patch("merge", a, { status: { b: 3 }, spec: { a: 2 } }),
    get(`${a}/status`),
    put(`${a}/status`, widget({ a: 7 }, { metadata: { name: "a", resourceVersion: "{rv:4}" }, status: { c: 1 } })),
    patch("merge", `${a}/status`, { status: { c: 1 } }),
    patch("json", `${a}/status`, [{ op: "add", path: "/status/d", value: 1 }]),
    put(`${a}/status`, widget({}, { status: {} })),
    put(a, widget({ a: 2 }, { metadata: { name: "a", resourceVersion: "{rv:8}" } })),
    patch("merge", `${a}/status`, { status: null }),
  ]),
  withDefinition("validation of status", {
    schema: {
      properties: {
        spec: { type: "object", properties: { a: number } },
        status: {
          type: "object",
          properties: { phase: { type: "string", enum: ["A", "B"] }, count: { type: "integer", default: 1 } },
        },
      },
    },
    subresources: { status: {} },
  }, [
    post(root, widget({ a: 1 }, { status: { phase: "X" } })),
    patch("merge", `${a}/status`, { status: { phase: "X" } }),
    patch("merge", `${a}/status`, { status: { phase: "A" } }),
    patch("merge", `${a}/status`, { status: { unknown: 1 } }),
    patch("merge", a, { status: { phase: "Y" } }),
  ]),
  withDefinition("scale", {
    schema: {
      properties: {
        spec: { type: "object", properties: { replicas: number } },
        status: { type: "object", properties: { replicas: number, selector: text } },
      },
    },
    subresources: {
      status: {},
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector",
      },
    },
  }, [
    post(root, widget({ replicas: 1 })),
    get(`${a}/scale`),
    patch("merge", `${a}/status`, { status: { replicas: 1, selector: "a=b" } }),
    patch("merge", `${a}/scale`, { spec: { replicas: 3 } }),
    put(`${a}/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a", namespace: "{ns}" },
      spec: { replicas: 4 },
    }),
    patch("merge", `${a}/scale`, { spec: { replicas: -1 } }),
    get(a),
  ]),
  withDefinition("apply", {
    schema: {
      properties: {
        spec: {
          type: "object",
          properties: {
            a: text,
            set: { type: "array", "x-kubernetes-list-type": "set", items: text },
            map: {
              type: "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["k"],
              items: { type: "object", properties: { k: { type: "string", default: "d" }, v: text }, required: ["k"] },
            },
            atomic: { type: "array", items: text },
            atomicMap: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
            free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            defaulted: { type: "string", default: "x" },
          },
        },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    subresources: { status: {} },
  }, [
    apply(
      a,
      widget({
        a: "1",
        set: ["x"],
        map: [{ k: "1", v: "1" }],
        atomic: ["1"],
        atomicMap: { a: "1" },
        free: { x: { y: 1 }, l: [1] },
      }),
    ),
    apply(a, widget({ set: ["y"], map: [{ k: "2" }, { k: "1", v: "1" }], free: { x: { z: 1 } } }), "two"),
    apply(a, widget({ atomic: ["2"] }), "two"),
    apply(a, widget({ a: "1", map: [{ v: "3" }] })),
    apply(a, widget({ a: "1" })),
    apply(a, widget({}), "two"),
    apply(
      `${a}/status`,
      widget({ a: "9" }, { status: { x: 1 }, metadata: { name: "a", labels: { l: "1" } } }),
      "three",
    ),
    apply(a, widget({ a: "1" }, { status: { x: 2 } })),
    apply(a, widget({ set: ["x", "x"] })),
    apply(a, widget({ a: 1 })),
    apply(a, widget({ unknown: 1 })),
    apply(a, widget({ a: null })),
    apply(a, widget()),
  ]),
  withDefinition("apply of nothing", {
    schema: spec({
      a: text,
      keyed: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: {
          type: "object",
          required: ["k"],
          properties: { k: text, v: { type: "object", additionalProperties: text } },
        },
      },
      free: { type: "object", additionalProperties: text },
    }),
  }, [
    apply(a, widget({ keyed: [{ k: "1", v: {} }] })),
    apply(a, widget({})),
    apply(a, widget()),
    apply(a, widget({}), "two"),
    apply(a, widget({}), "three"),
    apply(a, widget({ keyed: [{ k: "1" }] }), "three"),
    apply(a, widget({ keyed: [] }), "three"),
    apply(a, widget({ free: { x: "1" } }), "four"),
    apply(a, widget({ free: {} }), "four"),
    apply(a, widget({}), "four"),
    get(a),
  ]),
  withDefinition("several versions", { schema: status, subresources: { status: {} } }, [
    post(root, widget({ a: 1 })),
    get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/a`),
    apply(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/a`, { ...widget({ b: 1 }), apiVersion: `${group}/v1beta1` }),
    apply(a, widget({ b: 2 }), "two"),
    apply(a, widget({ c: 1 }), "one"),
    get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets`),
    get(`/apis/${group}`),
    get(`/apis/${group}/v1`),
    get(`/apis/${group}/v1beta1`),
  ], [{ name: "v1beta1", schema: status }]),
  withDefinition("columns", {
    schema: status,
    additionalPrinterColumns: [
      { name: "Text", type: "string", jsonPath: ".spec.text", description: "A text" },
      { name: "Number", type: "integer", jsonPath: ".spec.number", priority: 1 },
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "First", type: "string", jsonPath: ".spec.list[0]" },
      { name: "All", type: "string", jsonPath: ".spec.list[*].a" },
      { name: "Map", type: "string", jsonPath: ".spec.map" },
      { name: "Flag", type: "boolean", jsonPath: ".spec.flag" },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
      { name: "Key", type: "string", jsonPath: ".metadata.labels.example\\.com/key" },
      { name: "Float", type: "number", jsonPath: ".spec.float" },
    ],
  }, [
    post(
      root,
      widget({ text: "t", number: 5, list: [{ a: 1 }, { a: 2 }], map: { x: 1 }, flag: true, float: 1.5 }, {
        metadata: { name: "a", labels: { "example.com/key": "v" } },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      }),
    ),
    post(root, widget({ text: 5, number: "x", flag: "no", list: [] }, { metadata: { name: "b" } })),
    { ...get(`${root}?includeObject=None`), accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
    { ...get(`${a}?includeObject=Metadata`), accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
  ]),
  withDefinition("table without columns", { schema: status }, [post(root, widget()), {
    ...get(`${root}?includeObject=None`),
    accept: "application/json;as=Table;g=meta.k8s.io;v=v1",
  }]),
  {
    name: "definitions that are refused",
    steps: [
      post(`${definitions}?dryRun=All`, { ...definition({}) as object, metadata: { name: "wrong" } }),
      post(`${definitions}?dryRun=All`, definition({ schema: { type: "string" } })),
      post(`${definitions}?dryRun=All`, definition({ schema: { properties: { a: {} } } })),
      post(`${definitions}?dryRun=All`, definition({ schema: { properties: { a: { type: "array" } } } })),
      post(
        `${definitions}?dryRun=All`,
        definition({
          schema: { properties: { a: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" } } },
        }),
      ),
      post(`${definitions}?dryRun=All`, definition({ schema: { properties: { a: { type: "string", default: 1 } } } })),
      post(
        `${definitions}?dryRun=All`,
        definition({ schema: { properties: { a: { type: "string", pattern: "(" } } } }),
      ),
      post(`${definitions}?dryRun=All`, definition({ schema: { properties: { a: { type: "whatever" } } } })),
      post(`${definitions}?dryRun=All`, {
        metadata: { name: `widgets.${group}` },
        spec: { group, names: { plural: "widgets", kind: "Widget" }, scope: "X", versions: [] },
      }),
      post(`${definitions}?dryRun=All`, {
        metadata: { name: `widgets.${group}` },
        spec: {
          group,
          names: { plural: "Widgets", kind: "widget" },
          scope: "Cluster",
          versions: [{ name: "V1", served: true, storage: true }],
        },
      }),
      post(`${definitions}?dryRun=All`, {
        metadata: { name: "widgets.k8s.io" },
        spec: {
          group: "k8s.io",
          names: { plural: "widgets", kind: "Widget" },
          scope: "Cluster",
          versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
        },
      }),
      post(
        `${definitions}?dryRun=All`,
        definition({
          schema: {
            properties: {
              metadata: {
                type: "object",
                properties: { name: { type: "string", maxLength: 5 }, labels: { type: "object" } },
              },
            },
          },
        }),
      ),
      post(
        `${definitions}?dryRun=All`,
        definition({ subresources: { scale: { specReplicasPath: "x", statusReplicasPath: "" } } }),
      ),
      post(
        `${definitions}?dryRun=All`,
        definition({ additionalPrinterColumns: [{ name: "", type: "x", jsonPath: "spec" }] }),
      ),
    ],
  },
];
