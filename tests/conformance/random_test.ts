import assert from "node:assert/strict";
import fc from "fast-check";
import { clusterTest } from "../support/on_cluster.ts";
import { Api } from "./api.ts";
import { type Fetch, loose, play, type Scenario, type Step } from "./exchange.ts";
import { apply, patch, paths } from "./scenarios/steps.ts";
import { freshSandbox, sandboxFetch } from "./server.ts";

/** Number of sequences that run on both servers; `RANDOM_SEQUENCES` changes it. */
const sequences = Number(Deno.env.get("RANDOM_SEQUENCES") ?? 40);

const name = fc.constantFrom("a", "b", "c");
const value = fc.constantFrom("1", "2");
const manager = fc.constantFrom("m1", "m2", "m3");
const texts = fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });

/** Parts of a Pod template that are owned and merged in every way that there is. */
const podTemplate = fc.record({
  metadata: fc.record({ labels: texts, annotations: texts }, { requiredKeys: [] }),
  spec: fc.record({
    containers: fc.uniqueArray(
      fc.record({
        name,
        image: value,
        args: fc.array(value, { maxLength: 2 }),
        env: fc.uniqueArray(fc.record({ name, value }), { selector: (env) => env.name, maxLength: 2 }),
        ports: fc.uniqueArray(
          fc.record({ containerPort: fc.constantFrom(80, 81), protocol: fc.constantFrom("TCP", "UDP"), name }, {
            requiredKeys: ["containerPort"],
          }),
          { selector: ({ containerPort, protocol = "TCP" }) => `${containerPort}${protocol}`, maxLength: 2 },
        ),
        resources: fc.record({
          limits: fc.record({ cpu: fc.constantFrom("1", "1000m", 0.5), memory: fc.constantFrom("1Gi", "1024Mi") }, {
            requiredKeys: [],
          }),
        }, { requiredKeys: [] }),
      }, { requiredKeys: ["name", "image"] }),
      { selector: (container) => container.name, minLength: 1, maxLength: 3 },
    ),
    nodeSelector: texts,
    tolerations: fc.array(fc.record({ key: name, operator: fc.constant("Exists") }), { maxLength: 2 }),
    volumes: fc.uniqueArray(fc.record({ name, emptyDir: fc.constant({}) }), {
      selector: (volume) => volume.name,
      maxLength: 2,
    }),
  }, { requiredKeys: ["containers"] }),
}, { requiredKeys: ["spec"] });

const object = fc.record({
  labels: texts,
  finalizers: fc.uniqueArray(fc.constantFrom("example.com/x", "example.com/y"), { maxLength: 2 }),
  template: podTemplate,
}, { requiredKeys: ["template"] })
  .map(({ template, ...metadata }) => ({
    apiVersion: "v1",
    kind: "PodTemplate",
    metadata: { name: "a", ...metadata },
    template,
  }));

const path = `${paths.podTemplates}/a`;

const podTemplateStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(object, manager, fc.boolean()).map(([body, who, force]) =>
      apply(path, body, who, force ? "&force=true" : "")
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(object, manager).map(([body, who]) => ({
      method: "PUT",
      path: `${path}?fieldManager=${who}`,
      body,
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(object, manager).map(([{ template }, who]) =>
      patch("merge", `${path}?fieldManager=${who}`, { template })
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(object, manager).map(([{ template, metadata }, who]) =>
      patch("strategic", `${path}?fieldManager=${who}`, { metadata: { labels: metadata.labels ?? null }, template })
    ),
  },
);

const group = "{ns}.example.com";
const widgets = `/apis/${group}/v1/namespaces/{ns}/widgets`;
const text = { type: "string" };
const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: text,
        d: { type: "string", default: "d" },
        map: { type: "object", additionalProperties: text },
        atomicMap: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
        list: { type: "array", items: text },
        set: { type: "array", "x-kubernetes-list-type": "set", items: text },
        keyed: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k", "z"],
          items: {
            type: "object",
            required: ["k"],
            properties: {
              k: text,
              z: { type: "string", default: "z" },
              v: text,
              deep: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

const spec = fc.record({
  a: value,
  d: value,
  map: texts,
  atomicMap: texts,
  list: fc.array(value, { maxLength: 2 }),
  set: fc.uniqueArray(name, { maxLength: 3 }),
  keyed: fc.uniqueArray(
    fc.record({ k: name, z: fc.constantFrom("z", "y"), v: value, deep: texts }, { requiredKeys: ["k"] }),
    { selector: ({ k, z = "z" }) => `${k}/${z}`, maxLength: 3 },
  ),
  free: fc.dictionary(name, fc.oneof(value, texts, fc.array(value, { maxLength: 2 })), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
}, { requiredKeys: [] });

const widgetOf = (body: object, more: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name: "a" },
  spec: body,
  ...more,
});

const widgetStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(spec, manager, fc.boolean()).map(([body, who, force]) =>
      apply(`${widgets}/a`, widgetOf(body), who, force ? "&force=true" : "")
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(spec, manager).map(([body, who]) =>
      patch("merge", `${widgets}/a?fieldManager=${who}`, { spec: body })
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(spec, manager).map(([body, who]) =>
      patch("merge", `${widgets}/a/status?fieldManager=${who}`, { status: body })
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(spec, manager).map(([body, who]) =>
      apply(`${widgets}/a/status`, widgetOf({}, { status: body }), who, "&force=true")
    ),
  },
);

/** Plays sequences on both servers until one differs. */
async function compare(
  kind: string,
  step: fc.Arbitrary<Step>,
  real: Fetch,
  namespace: string,
  prepare: (fetch: Fetch) => Promise<void>,
): Promise<void> {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${kind}: SEED=${seed}`);
  await prepare(real);
  const all = fc.sample(fc.array(step, { minLength: 2, maxLength: 8 }), { seed, numRuns: sequences });
  for (const [i, steps] of all.entries()) {
    const cleanup: Step[] = [
      {
        ...patch("merge", steps[0]!.path.replace(/\?.*|\/status.*/g, ""), { metadata: { finalizers: null } }),
        quiet: true,
      },
      { method: "DELETE", path: steps[0]!.path.replace(/\?.*|\/status.*/g, ""), quiet: true },
    ];
    // Where several managers are in conflict the order in which they are named is not fixed.
    const scenario: Scenario = { name: "", steps: [...steps.map(loose), ...cleanup] };
    const theirs = await play(scenario, real, namespace);
    await using sandbox = freshSandbox({ simulateWorkloads: false });
    const fetch = sandboxFetch(sandbox);
    await new Api(fetch).create("/api/v1/namespaces", { metadata: { name: namespace } });
    await prepare(fetch);
    const ours = await play(scenario, fetch, namespace);
    for (const [j, response] of ours.entries()) {
      const before = scenario.steps.slice(0, j + 1).map(({ method, path, body }) =>
        `${method} ${path} ${JSON.stringify(body)}`
      );
      assert.deepEqual(response, theirs[j], `SEED=${seed}, sequence ${i}:\n${before.join("\n")}`);
    }
  }
}

clusterTest("random writes to a PodTemplate end in one state on both servers", async ({ plane, namespace }) => {
  const real: Fetch = (path, init) => plane.adminFetch(path, init);
  await compare("PodTemplate", podTemplateStep, real, namespace, () => Promise.resolve());
});

clusterTest("random writes to a custom resource end in one state on both servers", async ({ plane, namespace }) => {
  const real: Fetch = (path, init) => plane.adminFetch(path, init);
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const prepare = async (fetch: Fetch) => {
    const api = new Api(fetch);
    const versions = [{
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: { openAPIV3Schema: schema },
    }];
    const own = `${namespace}.example.com`;
    const names = { plural: "widgets", kind: "Widget" };
    await api.create(definitions, {
      metadata: { name: `widgets.${own}` },
      spec: { group: own, scope: "Namespaced", names, versions },
    });
    await api.until("it is served", `/apis/${own}/v1/namespaces/${namespace}/widgets`);
  };
  try {
    await compare("custom resource", widgetStep, real, namespace, prepare);
  } finally {
    await new Api(real).remove(`${definitions}/widgets.${namespace}.example.com`);
  }
});

/** A random structural schema, with all that holds a value back, and defaults that hold to it. */
const { node } = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      type: fc.constant("string"),
      minLength: fc.constantFrom(0, 2),
      maxLength: fc.constantFrom(2, 3),
      pattern: fc.constantFrom("^[a-z]*$", "b", "^a.+"),
      enum: fc.constant(["a", "ab", "abc"]),
      default: fc.constant("ab"),
      nullable: fc.boolean(),
    }, { requiredKeys: ["type"] }),
    fc.record({
      type: fc.constantFrom("integer", "number"),
      minimum: fc.constantFrom(0, 1),
      maximum: fc.constantFrom(2, 3),
      multipleOf: fc.constantFrom(1, 2),
      default: fc.constant(2),
      nullable: fc.boolean(),
    }, { requiredKeys: ["type"] }),
    fc.record({ type: fc.constant("boolean"), default: fc.boolean(), nullable: fc.boolean() }, {
      requiredKeys: ["type"],
    }),
    fc.constant({ "x-kubernetes-int-or-string": true }),
    fc.constant({ "x-kubernetes-preserve-unknown-fields": true }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(name, tie("node"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
      required: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
      "x-kubernetes-preserve-unknown-fields": fc.constant(true),
      nullable: fc.boolean(),
    }, { requiredKeys: ["type", "properties"] }),
    fc.record({
      type: fc.constant("object"),
      additionalProperties: tie("node"),
      maxProperties: fc.constantFrom(1, 2),
      minProperties: fc.constantFrom(0, 1),
    }, { requiredKeys: ["type", "additionalProperties"] }),
    fc.record({
      type: fc.constant("array"),
      items: tie("node"),
      minItems: fc.constantFrom(0, 1),
      maxItems: fc.constantFrom(1, 2),
    }, { requiredKeys: ["type", "items"] }),
    fc.constantFrom<object[]>(
      { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      { type: "object", additionalProperties: true },
      { type: "integer", format: "int32" },
      { type: "integer", format: "int64", exclusiveMinimum: true, minimum: 1, maximum: 3, exclusiveMaximum: true },
      { type: "number", format: "float" },
      { type: "number", multipleOf: 0.5, maximum: 2.5 },
      { type: "string", format: "date" },
      { type: "string", format: "unheard-of" },
      { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }], pattern: "^a" },
      { type: "string", anyOf: [{ minLength: 3 }, { pattern: "^b" }], not: { enum: ["ab"] } },
      { type: "integer", oneOf: [{ minimum: 2 }, { maximum: 2 }, { multipleOf: 3 }] },
      {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "integer" }, c: { type: "boolean" } },
        oneOf: [{ required: ["a"] }, { required: ["b"], properties: { b: { maximum: 2 } } }],
        allOf: [{ minProperties: 1 }, { maxProperties: 2, not: { required: ["c"] } }],
      },
      { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
      { type: "object", "x-kubernetes-embedded-resource": true, properties: { a: { type: "string" } } },
    ),
    fc.record({
      type: fc.constant("array"),
      "x-kubernetes-list-type": fc.constant("map"),
      "x-kubernetes-list-map-keys": fc.constantFrom(["a"], ["a", "b"]),
      items: tie("node").map((c) => ({
        type: "object",
        properties: { a: { type: "string", default: "a" }, b: { type: "integer", default: 1 }, c },
      })),
    }),
  ),
}));

const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown[]>("a", "ab", "abc", "b", "abcd", "", 0, 1, 2, 3, 4, 1.5, true, false, null),
    fc.constantFrom<unknown[]>(2147483648, 1e300, -1, "2024-02-29", { apiVersion: "v1", kind: "A" }, {
      apiVersion: "a/b/c",
      kind: "",
      metadata: { name: "B", labels: { a: "-" } },
    }),
    fc.array(fc.record({ a: name, b: fc.constantFrom(1, 2), c: tie("anything") }, { requiredKeys: [] }), {
      maxLength: 3,
    }),
    fc.dictionary(name, tie("anything"), { maxKeys: 3, noNullPrototype: true }),
    fc.array(tie("anything"), { maxLength: 3 }),
  ),
}));

const trial = fc.record({
  schema: fc.dictionary(name, node, { minKeys: 2, maxKeys: 3, noNullPrototype: true }),
  values: fc.array(fc.dictionary(name, anything, { maxKeys: 3, noNullPrototype: true }), {
    minLength: 8,
    maxLength: 8,
  }),
});

clusterTest("random values of random schemas are taken, changed and refused alike", async ({ plane, namespace }) => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`schemas: SEED=${seed}`);
  const real: Fetch = (path, init) => plane.adminFetch(path, init);
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const [i, { schema, values }] of fc.sample(trial, { seed, numRuns: Math.ceil(sequences / 8) }).entries()) {
    const own = `s${i}.{ns}.example.com`;
    const root = `/apis/${own}/v1/namespaces/{ns}/widgets`;
    const shape = (spec: object) => ({ openAPIV3Schema: { type: "object", properties: { spec } } });
    const definition = {
      metadata: { name: `widgets.${own}` },
      spec: {
        group: own,
        scope: "Namespaced",
        names: { plural: "widgets", kind: "Widget" },
        versions: [
          { name: "v1", served: true, storage: true, schema: shape({ type: "object", properties: schema }) },
          { name: "v2", served: true, storage: false, schema: shape({ "x-kubernetes-preserve-unknown-fields": true }) },
        ],
      },
    };
    const steps: Step[] = [
      { method: "POST", path: definitions, body: definition, quiet: true },
      { method: "GET", path: root, quiet: true, until: true },
      ...values.flatMap((spec, j): Step[] => {
        const widget = (version: string) => ({
          apiVersion: `${own}/${version}`,
          kind: "Widget",
          metadata: { name: `w${j}` },
          spec,
        });
        const one = `${root}/w${j}`;
        return [
          { method: "POST", path: `${root}?dryRun=All`, body: widget("v1") },
          // Another version takes everything; what is wrong then may stay.
          { method: "POST", path: root.replace("/v1/", "/v2/"), body: widget("v2") },
          { method: "GET", path: one },
          patch("merge", `${one}?dryRun=All`, { metadata: { labels: { a: "b" } } }),
          patch("merge", `${one}?dryRun=All`, { spec: values[(j + 1) % values.length] }),
          loose(apply(one, widget("v1"), "m", "&dryRun=All&force=true")),
        ];
      }),
      { method: "DELETE", path: `${definitions}/widgets.${own}`, quiet: true },
    ];
    const theirs = await play({ name: "", steps }, real, namespace);
    await using sandbox = freshSandbox({ simulateWorkloads: false });
    const fetch = sandboxFetch(sandbox);
    await new Api(fetch).create("/api/v1/namespaces", { metadata: { name: namespace } });
    const ours = await play({ name: "", steps }, fetch, namespace);
    for (const [j, response] of ours.entries()) {
      const before = steps.slice(Math.max(0, j - 5), j + 1).map(({ method, path, body }) =>
        `${method} ${path} ${JSON.stringify(body)}`
      );
      const about = `SEED=${seed}, schema ${i}: ${JSON.stringify(schema)}\n${before.join("\n")}`;
      assert.deepEqual(response, theirs[j], about);
    }
  }
});
