/** Custom resources that a webhook converts: the sandbox asks it as a kube-apiserver does. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Decide, openWebhook, type WebhookServer } from "../support/webhook_server.ts";
import type { Api, Body } from "./api.ts";
import { conformanceTest } from "./both.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** `v1` has `spec.host` and `spec.port`, `v2` both in `spec.address`; `v1` is stored. */
const convert: Decide = ({ desiredAPIVersion, objects }) => ({
  result: { status: "Success" },
  convertedObjects: (objects as Body[]).map((object) => converted(object, String(desiredAPIVersion))) as never,
});

function converted({ spec, ...object }: Body, apiVersion: string): Body {
  const toSecond = apiVersion.endsWith("/v2");
  const [host, port] = toSecond ? [] : String(spec.address).split(":");
  const made = toSecond
    ? { address: `${spec.host}:${spec.port}`, ...spec.note === undefined ? {} : { note: spec.note } }
    : { host, port, ...spec.note === undefined ? {} : { note: spec.note } };
  return { ...object, apiVersion, spec: made };
}

const text = { type: "string" };
const version = (name: string, storage: boolean, properties: object, fields = {}) => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: { type: "object", properties }, status: { type: "object", properties: fields } },
    },
  },
});

interface Kind extends AsyncDisposable {
  readonly group: string;
  readonly name: string;
  path(version: string): string;
  object(version: string, name: string, spec: JsonMap, metadata?: JsonMap): JsonMap;
}

async function define(api: Api, namespace: string, server: WebhookServer): Promise<Kind> {
  const group = `${namespace}.example.com`;
  const name = `hosts.${group}`;
  await api.create(definitions, {
    metadata: { name },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "hosts", kind: "Host", singular: "host" },
      versions: [
        version("v1", true, { host: text, port: text, note: text }, { phase: text }),
        version("v2", false, { address: text, note: { ...text, default: "none" } }, { phase: text }),
      ],
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: server.clientConfig("/"), conversionReviewVersions: ["v1"] },
      },
    },
  });
  const kind: Kind = {
    group,
    name,
    path: (version) => `/apis/${group}/${version}/namespaces/${namespace}/hosts`,
    object: (version, name, spec, metadata = {}) => ({
      apiVersion: `${group}/${version}`,
      kind: "Host",
      metadata: { name, ...metadata },
      spec,
    }),
    async [Symbol.asyncDispose]() {
      await api.send("DELETE", `${definitions}/${name}`);
      await api.untilGone(`${definitions}/${name}`);
    },
  };
  for (const version of ["v1", "v2"]) await api.until("it is served", kind.path(version));
  return kind;
}

conformanceTest("an object is read and written at every version through a webhook", async ({ api, namespace }) => {
  await using server = await openWebhook({ "/": convert });
  await using kind = await define(api, namespace, server);
  const [first, second] = [kind.path("v1"), kind.path("v2")];
  await api.create(first, kind.object("v1", "a", { host: "x", port: "1" }, { labels: { l: "1" } }));
  const shown = await api.get(`${second}/a`);
  // Defaults are those of the stored version.
  assert.deepEqual([shown.apiVersion, shown.spec], [`${kind.group}/v2`, { address: "x:1" }]);
  const made = await api.create(second, kind.object("v2", "b", { address: "y:2", unknown: "z" }));
  assert.deepEqual([made.apiVersion, made.spec], [`${kind.group}/v2`, { address: "y:2", note: "none" }]);
  assert.deepEqual((await api.get(`${first}/b`)).spec, { host: "y", port: "2", note: "none" });

  const patched = await api.patch("merge", `${second}/a`, { spec: { address: "x:3" } });
  assert.deepEqual(patched.spec, { address: "x:3", note: "none" });
  assert.deepEqual((await api.get(`${first}/a`)).spec, { host: "x", port: "3", note: "none" });
  await api.patch("merge", `${second}/a/status`, { status: { phase: "Ready" } });
  const whole = await api.get(`${first}/a`);
  assert.deepEqual([whole.status, whole.metadata.generation], [{ phase: "Ready" }, 2]);
  const replaced = await api.send("PUT", `${second}/a`, { ...patched, metadata: whole.metadata });
  assert.equal(replaced.status, 200);
  assert.equal(replaced.body.metadata.resourceVersion, whole.metadata.resourceVersion, "nothing has changed");

  const list = await api.get(second);
  assert.deepEqual(list.items.map(({ apiVersion, spec }: Body) => [apiVersion, spec.address]), [
    [`${kind.group}/v2`, "x:3"],
    [`${kind.group}/v2`, "y:2"],
  ]);
  assert.equal((await api.get(`${second}?labelSelector=l%3D1`)).items.length, 1);
  assert.equal((await api.remove(`${second}/b`)).status, "Success");
});

conformanceTest("a watch converts what it shows, in order", async ({ api, namespace }) => {
  await using server = await openWebhook({ "/": convert });
  await using kind = await define(api, namespace, server);
  const first = kind.path("v1");
  for (const name of ["a", "b"]) await api.create(first, kind.object("v1", name, { host: name, port: "1" }));
  await using watch = await api.watch(
    `${kind.path("v2")}?allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
  );
  const events: string[] = [];
  const take = async (count: number, { bookmarks = false } = {}) => {
    while (events.length < count) {
      const { type, object } = (await watch.next())!;
      // After the one that ends the initial events, an API server sends more whenever it likes.
      if (type === "BOOKMARK" && !bookmarks) continue;
      events.push(`${type} ${object.metadata.name ?? ""} ${object.spec?.address ?? ""}`);
    }
    return events.splice(0);
  };
  assert.deepEqual((await take(2)).sort(), ["ADDED a a:1", "ADDED b b:1"]);
  assert.deepEqual(await take(1, { bookmarks: true }), ["BOOKMARK  "]);
  await api.create(first, kind.object("v1", "c", { host: "c", port: "1" }));
  await api.patch("merge", `${first}/a`, { spec: { port: "2" } });
  await api.remove(`${first}/b`);
  assert.deepEqual(await take(3), ["ADDED c c:1", "MODIFIED a a:2", "DELETED b b:1"]);
});

conformanceTest("field owners of other versions keep what they own", async ({ api, namespace }) => {
  await using server = await openWebhook({ "/": convert });
  await using kind = await define(api, namespace, server);
  const [first, second] = [kind.path("v1"), kind.path("v2")];
  const asFirst = (spec: JsonMap) => kind.object("v1", "a", spec);
  await api.patch("apply", `${first}/a?fieldManager=one`, asFirst({ host: "x", port: "1" }));
  await api.patch("apply", `${second}/a?fieldManager=two`, kind.object("v2", "a", { note: "hello" }));
  assert.deepEqual((await api.get(`${first}/a`)).spec, { host: "x", port: "1", note: "hello" });
  // `one` does not apply the port any more, which at the other version is no field of its own.
  const fewer = await api.patch("apply", `${first}/a?fieldManager=one`, asFirst({ host: "x" }));
  assert.deepEqual(fewer.spec, { host: "x", port: "1", note: "hello" });
  const owners = fewer.metadata.managedFields.map(({ manager, apiVersion }: Body) => `${manager} ${apiVersion}`).sort();
  assert.deepEqual(owners, [`one ${kind.group}/v1`, `two ${kind.group}/v2`]);
  const stolen = await api.send("PATCH", `${first}/a?fieldManager=one`, asFirst({ host: "x", note: "mine" }), apply);
  assert.deepEqual([stolen.status, stolen.body.reason], [409, "Conflict"], JSON.stringify(stolen.body));
});

const apply = "application/apply-patch+yaml";

const failures: Record<string, [decide: Decide, why: RegExp]> = {
  "a failure with a message": [() => ({ result: { status: "Failed", message: "no way" } }), / failed: no way$/],
  "a failure without one": [
    () => ({ result: { status: "Failed" } }),
    / failed: response\.result\.status was 'Failed', not 'Success'$/,
  ],
  "fewer objects": [
    () => ({ result: { status: "Success" }, convertedObjects: [] }),
    / returned 0 objects, expected 1$/,
  ],
  "another name": [
    (request) => {
      const response = convert(request) as Body;
      response.convertedObjects[0].metadata.name = "other";
      return response;
    },
    / returned invalid (?:converted )?object/,
  ],
  "another version": [
    ({ objects }) => ({ result: { status: "Success" }, convertedObjects: objects! }),
    / returned invalid (?:converted )?object/,
  ],
};

conformanceTest("an object that a webhook does not convert cannot be read", async ({ api, namespace }) => {
  let decide = convert;
  await using server = await openWebhook({ "/": (request) => decide(request) });
  await using kind = await define(api, namespace, server);
  const [first, second] = [kind.path("v1"), kind.path("v2")];
  // A new object for each: what has been converted is kept by both servers.
  let n = 0;
  for (const [what, [fails, why]] of Object.entries(failures)) {
    decide = convert;
    const name = `a${n++}`;
    await api.create(first, kind.object("v1", name, { host: "x", port: "1" }));
    decide = fails;
    const { status, body } = await api.send("GET", `${second}/${name}`);
    assert.deepEqual([status, body.code], [500, 500], what);
    // What is read from etcd has words of its own before it.
    assert.ok(body.message.includes(`conversion webhook for ${kind.group}/v1, Kind=Host`), body.message);
    assert.match(body.message, why, what);
    const made = await api.send("POST", second, kind.object("v2", "b", { address: "x:1" }));
    assert.deepEqual([made.status, made.body.reason], [500, undefined]);
    assert.ok(made.body.message.startsWith(`conversion webhook for ${kind.group}/v2, Kind=Host`), made.body.message);
    assert.match(made.body.message, why, what);
    // At the version that is stored nobody is asked.
    assert.equal((await api.get(`${first}/${name}`)).spec.host, "x");
    decide = convert;
    await api.remove(`${first}/${name}`);
  }
});

conformanceTest("labels and annotations are all that a webhook may change of the metadata", async (test) => {
  const { api, namespace } = test;
  await using server = await openWebhook({
    "/": (request) => {
      const response = convert(request) as Body;
      for (const { metadata } of response.convertedObjects) {
        metadata.annotations = { by: "webhook" };
        delete metadata.labels;
        metadata.finalizers = ["example.com/x"];
        metadata.generation = 7;
      }
      return response;
    },
  });
  await using kind = await define(api, namespace, server);
  await api.create(kind.path("v1"), kind.object("v1", "a", { host: "x", port: "1" }, { labels: { l: "1" } }));
  const { metadata } = await api.get(`${kind.path("v2")}/a`);
  const { annotations, labels, finalizers, generation } = metadata;
  assert.deepEqual({ annotations, labels, finalizers, generation }, {
    annotations: { by: "webhook" },
    labels: undefined,
    finalizers: undefined,
    generation: 1,
  });
});

conformanceTest("an admission webhook sees the version that its rules are about", async ({ api, namespace }) => {
  const seen: Body[] = [];
  await using server = await openWebhook({
    "/": convert,
    "/review": (request) => {
      seen.push(request);
      return {
        allowed: true,
        patchType: "JSONPatch",
        patch: btoa(`[{"op":"add","path":"/spec/note","value":"seen"}]`),
      };
    },
  });
  await using kind = await define(api, namespace, server);
  const name = `host-${namespace}`;
  const configurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
  await api.create(configurations, {
    metadata: { name },
    webhooks: [{
      name: "host.example.com",
      clientConfig: server.clientConfig("/review"),
      rules: [{ apiGroups: [kind.group], apiVersions: ["v2"], operations: ["CREATE"], resources: ["hosts"] }],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    }],
  });
  try {
    const object = kind.object("v1", "a", { host: "x", port: "1" });
    await waitFor("the webhook is in force", async () => {
      await api.send("POST", `${kind.path("v1")}?dryRun=All`, object);
      return seen.length > 0;
    });
    seen.length = 0;
    const made = await api.create(kind.path("v1"), object);
    assert.deepEqual(made.spec, { host: "x", port: "1", note: "seen" });
    const [{ kind: shown, requestKind, object: sent }] = seen;
    assert.deepEqual([shown.version, requestKind.version, sent.spec.address], ["v2", "v1", "x:1"]);
  } finally {
    await api.remove(`${configurations}/${name}`);
  }
});
