import assert from "node:assert/strict";
import type { Api, Body } from "./api.ts";
import { waitFor } from "../support/wait_for.ts";
import { conformanceTest } from "./both.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A definition in a group of its own, gone again when disposed of. */
async function define(
  api: Api,
  group: string,
  more: object = {},
  schema: object = {},
): Promise<AsyncDisposable & { name: string }> {
  const name = `widgets.${group}`;
  await api.create(definitions, {
    metadata: { name },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", ...schema } },
      }],
      ...more,
    },
  });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await api.send("DELETE", `${definitions}/${name}`);
      await api.untilGone(`${definitions}/${name}`);
    },
  };
}

const condition = (object: Body, type: string) => object.status?.conditions?.find((each: Body) => each.type === type);
const isEstablished = (object: Body) => condition(object, "Established")?.status === "True";

conformanceTest("a definition is established, served, and listed by discovery", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  await using definition = await define(api, group);
  const established = await api.until("it is established", `${definitions}/${definition.name}`, isEstablished);
  assert.equal(condition(established, "NamesAccepted").status, "True");
  assert.deepEqual(established.status.acceptedNames, {
    plural: "widgets",
    singular: "widget",
    kind: "Widget",
    listKind: "WidgetList",
  });
  assert.deepEqual(established.status.storedVersions, ["v1"]);
  await api.until("it is served", `/apis/${group}/v1/namespaces/${namespace}/widgets`);
  const groups = await api.until(
    "its group is known",
    "/apis",
    ({ groups }) => groups.some(({ name }: Body) => name === group),
  );
  const found = groups.groups.find(({ name }: Body) => name === group);
  assert.deepEqual(found.preferredVersion, { groupVersion: `${group}/v1`, version: "v1" });
  const { resources } = await api.get(`/apis/${group}/v1`);
  assert.deepEqual(resources.map(({ name }: Body) => name), ["widgets"]);
});

conformanceTest("two definitions of a group cannot have one name", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  const names = (plural: string, kind: string, shortNames?: string[]) => ({
    names: { plural, kind, ...(shortNames === undefined ? {} : { shortNames }) },
  });
  const first = await define(api, group, names("widgets", "Widget", ["wd"]));
  await api.until("the first is established", `${definitions}/${first.name}`, isEstablished);
  const second = `gadgets.${group}`;
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }];
  await api.create(definitions, {
    metadata: { name: second },
    spec: { group, scope: "Namespaced", ...names("gadgets", "Widget", ["wd", "gd"]), versions },
  });
  try {
    const refused = await api.until(
      "its names are refused",
      `${definitions}/${second}`,
      (object) => condition(object, "NamesAccepted")?.status === "False",
    );
    const { reason, message } = condition(refused, "NamesAccepted");
    assert.deepEqual({ reason, message }, { reason: "ListKindConflict", message: '"WidgetList" is already in use' });
    assert.deepEqual(refused.status.acceptedNames, { plural: "gadgets", kind: "" });
    const { status, reason: why } = condition(refused, "Established");
    assert.deepEqual([status, why], ["False", "NotAccepted"]);
    assert.equal((await api.send("GET", `/apis/${group}/v1/namespaces/${namespace}/gadgets`)).status, 404);
    // The names are free once the first has gone.
    await first[Symbol.asyncDispose]();
    const accepted = await api.until("it is established", `${definitions}/${second}`, isEstablished);
    assert.equal(accepted.status.acceptedNames.kind, "Widget");
    await api.until("it is served", `/apis/${group}/v1/namespaces/${namespace}/gadgets`);
  } finally {
    await api.send("DELETE", `${definitions}/${first.name}`);
    await api.remove(`${definitions}/${second}`);
  }
});

conformanceTest("deleting a definition deletes its objects first", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  const definition = await define(api, group);
  const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
  await api.until("it is served", widgets);
  const body = { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "held", finalizers: ["example.com/x"] } };
  await api.create(widgets, body);
  await api.remove(`${definitions}/${definition.name}`);
  await api.until(
    "the object is being deleted",
    `${widgets}/held`,
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  );
  await api.get(`${definitions}/${definition.name}`);
  await api.patch("merge", `${widgets}/held`, { metadata: { finalizers: null } });
  await api.untilGone(`${definitions}/${definition.name}`);
  const after = await api.until(
    "nothing is served",
    "/apis",
    ({ groups }) => !groups.some(({ name }: Body) => name === group),
  );
  assert.ok(after);
  assert.equal((await api.send("GET", widgets)).status, 404);
});

conformanceTest("a changed schema holds for the next write", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  const schemaOf = (spec: object) => ({ properties: { spec: { type: "object", properties: spec } } });
  await using definition = await define(api, group, {}, schemaOf({ a: { type: "string" } }));
  const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
  await api.until("it is served", widgets);
  const body = { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" }, spec: { a: "x", b: "y" } };
  const first = await api.create(widgets, body);
  assert.deepEqual(first.spec, { a: "x" });
  const versions = [{
    name: "v1",
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: { type: "object", ...schemaOf({ a: { type: "string" }, b: { type: "string", default: "z" } }) },
    },
  }];
  await api.patch("merge", `${definitions}/${definition.name}`, { spec: { versions } });
  const shown = await api.until("the default shows", `${widgets}/a`, ({ spec }) => spec.b === "z");
  assert.equal(
    shown.metadata.resourceVersion,
    first.metadata.resourceVersion,
    "defaults of a schema show in what was stored before",
  );
});

conformanceTest("a cluster-scoped definition has no namespaces", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  await using _definition = await define(api, group, { scope: "Cluster" });
  const widgets = `/apis/${group}/v1/widgets`;
  await api.until("it is served", widgets);
  const made = await api.create(widgets, { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" } });
  assert.equal(made.metadata.namespace, undefined);
  assert.equal((await api.send("GET", `/apis/${group}/v1/namespaces/${namespace}/widgets`)).status, 404);
});

conformanceTest("a version that is not served is not there; another one is", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  const version = (name: string, served: boolean, storage: boolean) => ({
    name,
    served,
    storage,
    schema: { openAPIV3Schema: { type: "object" } },
  });
  await using _definition = await define(api, group, {
    versions: [version("v1", false, true), version("v2beta1", true, false), version("v2", true, false)],
  });
  await api.until("it is served", `/apis/${group}/v2/namespaces/${namespace}/widgets`);
  assert.equal((await api.send("GET", `/apis/${group}/v1/namespaces/${namespace}/widgets`)).status, 404);
  const found = await api.until("its group is known", `/apis/${group}`);
  assert.deepEqual(found.versions.map(({ version }: Body) => version), ["v2", "v2beta1"]);
  assert.equal(found.preferredVersion.version, "v2");
  const made = await api.create(`/apis/${group}/v2beta1/namespaces/${namespace}/widgets`, {
    apiVersion: `${group}/v2beta1`,
    kind: "Widget",
    metadata: { name: "a" },
  });
  assert.equal(made.apiVersion, `${group}/v2beta1`);
  assert.equal((await api.get(`/apis/${group}/v2/namespaces/${namespace}/widgets/a`)).metadata.uid, made.metadata.uid);
});

conformanceTest("custom objects are watched at the requested version", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: "object" } },
  });
  await using _definition = await define(api, group, { versions: [version("v1", true), version("v2", false)] });
  const path = (name: string) => `/apis/${group}/${name}/namespaces/${namespace}/widgets`;
  await api.until("it is served", path("v2"));
  await api.until("it is served", path("v1"));
  await using watch = await api.watch(path("v2"));
  await api.create(path("v1"), { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" } });
  assert.equal((await watch.next())!.object.apiVersion, `${group}/v2`);
});

conformanceTest("selectable fields of a definition can be selected by", async ({ api, namespace }) => {
  const group = `${namespace}.example.com`;
  const schema = {
    type: "object",
    properties: { spec: { type: "object", properties: { color: { type: "string" } } } },
  };
  const versions = [{
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schema },
    selectableFields: [{ jsonPath: ".spec.color" }],
  }];
  await using _definition = await define(api, group, { versions });
  const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
  await api.until("it is served", widgets);
  for (const color of ["red", "blue"]) {
    await api.create(widgets, {
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name: color },
      spec: { color },
    });
  }
  const { items } = await api.get(`${widgets}?fieldSelector=spec.color%3Dred`);
  assert.deepEqual(items.map(({ metadata }: Body) => metadata.name), ["red"]);
  const refused = await api.send("GET", `${widgets}?fieldSelector=spec.size%3Dred`);
  assert.equal(refused.status, 400);
  assert.equal(refused.body.message, "field label not supported: spec.size");
});

conformanceTest(
  "a write without a change is stored where the object is in an old version",
  async ({ api, namespace }) => {
    const group = `${namespace}.example.com`;
    const versions = (storage: string) =>
      ["v1", "v2"].map((name) => ({
        name,
        served: true,
        storage: name === storage,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      }));
    await using definition = await define(api, group, { versions: versions("v1") });
    const path = `/apis/${group}/v2/namespaces/${namespace}/widgets`;
    await api.until("it is served", path);
    for (const name of ["a", "b", "c"]) {
      await api.create(path, { apiVersion: `${group}/v2`, kind: "Widget", metadata: { name }, spec: { size: 1 } });
    }
    const version = async (name: string) => (await api.get(`${path}/${name}`)).metadata.resourceVersion;
    const before = await version("a");
    await api.patch("merge", `${path}/a`, {});
    assert.equal(await version("a"), before, "it is stored in the storage version already");

    await api.patch("merge", `${definitions}/${definition.name}`, { spec: { versions: versions("v2") } });
    const changed = await api.until(
      "it is recorded",
      `${definitions}/${definition.name}`,
      ({ status }) => status.storedVersions.length === 2,
    );
    assert.deepEqual(changed.status.storedVersions, ["v1", "v2"]);
    await waitFor("it is used", async () => {
      const old = await version("c");
      await api.patch("merge", `${path}/c`, {});
      return await version("c") !== old;
    });
    const writes: Record<string, () => Promise<unknown>> = {
      a: () => api.patch("merge", `${path}/a`, {}),
      b: async () => api.send("PUT", `${path}/b`, await api.get(`${path}/b`)),
    };
    for (const [name, write] of Object.entries(writes)) {
      const first = await api.get(`${path}/${name}`);
      await write();
      const second = await api.get(`${path}/${name}`);
      assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion, name);
      const { resourceVersion } = second.metadata;
      assert.deepEqual(second, { ...first, metadata: { ...first.metadata, resourceVersion } });
      await write();
      assert.equal(await version(name), resourceVersion, name);
    }
    await api.patch("merge", `${definitions}/${definition.name}/status`, { status: { storedVersions: ["v2"] } });
    assert.deepEqual((await api.get(`${definitions}/${definition.name}`)).status.storedVersions, ["v2"]);
  },
);
