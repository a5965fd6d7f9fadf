/** Admission webhooks: the sandbox calls them as a kube-apiserver does, and words their refusals alike. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { waitFor } from "../support/wait_for.ts";
import { openWebhook, type WebhookServer } from "../support/webhook_server.ts";
import type { Api, Body } from "./api.ts";
import { conformanceTest } from "./both.ts";

type Phase = "mutating" | "validating";

const registered = (phase: Phase) => `/apis/admissionregistration.k8s.io/v1/${phase}webhookconfigurations`;
const patchOf = (...operations: JsonMap[]): JsonMap => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: btoa(JSON.stringify(operations)),
});
const refused = (status: JsonMap): JsonMap => ({ allowed: false, status });

/** What webhooks of these tests see: ConfigMaps of the test's namespace that are labelled `reviewed`. */
const configMapRule = {
  apiGroups: [""],
  apiVersions: ["v1"],
  operations: ["CREATE", "UPDATE"],
  resources: ["configmaps"],
};

/** Webhooks of one configuration, registered and in force. Removed when disposed of. */
async function register(
  api: Api,
  namespace: string,
  phase: Phase,
  webhooks: readonly JsonMap[],
): Promise<AsyncDisposable> {
  const name = `${namespace}-${crypto.randomUUID().slice(0, 8)}`;
  // The last one says when the configuration is in force: it refuses ConfigMaps of one name.
  await using probe = await openWebhook({ "/": () => refused({ message: "in force" }) });
  const common = {
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  };
  const own = webhooks.map((webhook, i) => ({
    name: `n${i}.example.com`,
    rules: [configMapRule],
    objectSelector: { matchLabels: { reviewed: "yes" } },
    ...common,
    ...webhook,
  }));
  const probing = {
    name: "probe.example.com",
    clientConfig: probe.clientConfig("/"),
    rules: [configMapRule],
    objectSelector: { matchLabels: { probe: name } },
    ...common,
  };
  const path = `${registered(phase)}/${name}`;
  await api.create(registered(phase), { metadata: { name }, webhooks: [...own, probing] });
  await waitFor("the webhooks are in force", async () => {
    const body = { metadata: { name: "probe", labels: { probe: name } } };
    const { body: found } = await api.send("POST", `${configMaps(namespace)}?dryRun=All`, body);
    return String(found.message).includes("in force");
  });
  return { [Symbol.asyncDispose]: async () => void await api.remove(path) };
}

const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const configMap = (name: string, more: JsonMap = {}): JsonMap => ({
  metadata: { name, labels: { reviewed: "yes" } },
  ...more,
});

/** A refusal without what differs from run to run. */
function statusOf({ status, body }: { status: number; body: Body }) {
  const { message, reason, code, details } = body;
  return { status, message, code, ...(reason === undefined ? {} : { reason }), ...(details && { details }) };
}

const denials: Record<string, [response: JsonMap, status: object]> = {
  "a refusal without a word": [{ allowed: false }, {
    status: 400,
    code: 400,
    message: 'admission webhook "n0.example.com" denied the request without explanation',
  }],
  "a message, a code, causes": [
    refused({
      code: 422,
      reason: "Invalid",
      message: "no",
      details: { causes: [{ reason: "FieldValueInvalid", field: "data.a", message: "b" }] },
    }),
    {
      status: 422,
      code: 422,
      reason: "Invalid",
      message: 'admission webhook "n0.example.com" denied the request: no',
      details: { causes: [{ reason: "FieldValueInvalid", field: "data.a", message: "b" }] },
    },
  ],
  "a reason alone, and a code that is none of an error": [refused({ code: 200, reason: "Because" }), {
    status: 400,
    code: 400,
    reason: "Because",
    message: 'admission webhook "n0.example.com" denied the request: Because',
  }],
};

for (const phase of ["mutating", "validating"] as const) {
  conformanceTest(`a ${phase} webhook refuses in its own words`, async ({ api, namespace }) => {
    let response: JsonMap = {};
    await using server = await openWebhook({ "/": () => response });
    await using _ = await register(api, namespace, phase, [{ clientConfig: server.clientConfig("/") }]);
    for (const [what, [given, wanted]] of Object.entries(denials)) {
      response = given;
      assert.deepEqual(statusOf(await api.send("POST", configMaps(namespace), configMap("a"))), wanted, what);
    }
    response = { allowed: true };
    await api.create(configMaps(namespace), configMap("a"));
  });

  for (const failurePolicy of ["Fail", "Ignore"]) {
    conformanceTest(`a ${phase} webhook that nobody serves, with failurePolicy ${failurePolicy}`, async (test) => {
      const { api, namespace } = test;
      const gone = await openWebhook({});
      const clientConfig = gone.clientConfig("/");
      await gone[Symbol.asyncDispose]();
      await using _ = await register(api, namespace, phase, [{ clientConfig, failurePolicy }]);
      const { status, body } = await api.send("POST", configMaps(namespace), configMap("a"));
      if (failurePolicy === "Ignore") return assert.equal(status, 201, JSON.stringify(body));
      assert.deepEqual([status, body.code, body.reason], [500, 500, "InternalError"]);
      const start = 'failed calling webhook "n0.example.com": failed to call webhook: Post "' +
        `${clientConfig["url"]}?timeout=10s": `;
      assert.ok(body.message.startsWith(`Internal error occurred: ${start}`), body.message);
      assert.ok(body.details.causes[0].message.startsWith(start));
    });
  }

  conformanceTest(`a ${phase} webhook is called for what its rules and selectors choose`, async (test) => {
    const { api, namespace } = test;
    await using server = await openWebhook({ "/": () => ({ allowed: true }) });
    const { requests } = server;
    await using _ = await register(api, namespace, phase, [{
      clientConfig: server.clientConfig("/"),
      rules: [{ ...configMapRule, operations: ["*"] }],
      matchConditions: [{
        name: "no-skip",
        expression: "object == null || !has(object.metadata.labels) || !('skip' in object.metadata.labels)",
      }],
    }]);
    const seen = () =>
      requests.splice(0).map((request) =>
        [request["operation"], request["name"] ?? "", request["dryRun"], shape(request)].join(" ")
      );
    const path = configMaps(namespace);
    await api.create(path, configMap("a"));
    await api.create(path, { metadata: { name: "unlabelled" } });
    await api.create(path, { metadata: { name: "skipped", labels: { reviewed: "yes", skip: "" } } });
    assert.deepEqual(seen(), ["CREATE a false new"]);
    await api.patch("merge", `${path}/a?dryRun=All`, { data: { x: "y" } });
    await api.patch("merge", `${path}/a`, { metadata: { labels: { reviewed: null } } });
    // The old object is chosen, too.
    assert.deepEqual(seen(), ["UPDATE a true both", "UPDATE a false both"]);
    await api.patch("apply", `${path}/b?fieldManager=one`, { apiVersion: "v1", kind: "ConfigMap", ...configMap("b") });
    await api.remove(`${path}/b`);
    assert.deepEqual(seen(), ["CREATE b false new", "DELETE b false old"]);
    const generated = await api.create(path, { metadata: { generateName: "made-", labels: { reviewed: "yes" } } });
    // The name is made in between.
    assert.deepEqual(seen(), [`CREATE ${phase === "mutating" ? "" : generated.metadata.name} false new`]);
    await api.remove(`${path}/${generated.metadata.name}`, { dryRun: ["All"] });
    assert.deepEqual(seen(), [`DELETE ${generated.metadata.name} true old`]);
    await api.remove(`${path}?labelSelector=reviewed`);
    assert.deepEqual(seen(), ["DELETE  false old", "DELETE  false old"]);
  });
}

conformanceTest("a condition that fails refuses or passes over, as failurePolicy says", async ({ api, namespace }) => {
  await using server = await openWebhook({ "/": () => refused({ message: "called" }) });
  const clientConfig = server.clientConfig("/");
  const matchConditions = [
    { name: "fails", expression: "object.data.missing == 'x'" },
    { name: "true-or-false", expression: "object.metadata.name == 'a'" },
  ];
  {
    await using _ = await register(api, namespace, "validating", [{ clientConfig, matchConditions }]);
    const { status, body } = await api.send("POST", configMaps(namespace), configMap("a"));
    assert.deepEqual([status, body.reason], [403, "Forbidden"]);
    const why = `expression '${matchConditions[0]!.expression}' resulted in error: no such key: data`;
    assert.equal(body.message, `configmaps "a" is forbidden: ${why}`);
    // A condition that is false decides.
    await api.create(configMaps(namespace), configMap("b"));
  }
  await using _ = await register(api, namespace, "validating", [{
    clientConfig,
    matchConditions,
    failurePolicy: "Ignore",
  }]);
  await api.create(configMaps(namespace), configMap("a"));
  assert.equal(server.requests.length, 0);
});

/** Which objects a request carries. */
function shape({ object, oldObject }: JsonMap): string {
  return object === null ? "old" : oldObject === null ? "new" : "both";
}

conformanceTest("a mutating webhook changes the object before it is checked", async ({ api, namespace }) => {
  let response = patchOf();
  await using server = await openWebhook({ "/": () => response });
  const clientConfig = server.clientConfig("/");
  await using _ = await register(api, namespace, "mutating", [{ clientConfig }]);
  const path = configMaps(namespace);
  const add = (path: string, value: JsonMap | string): JsonMap => ({ op: "add", path, value });
  response = patchOf(add("/data", { a: "b" }), add("/metadata/annotations", { by: "webhook" }));
  const made = await api.create(path, configMap("a"));
  assert.deepEqual([made.data, made.metadata.annotations], [{ a: "b" }, { by: "webhook" }]);
  // What a webhook sets has no owner.
  assert.ok(!JSON.stringify(made.metadata.managedFields).includes("f:by"));
  response = patchOf({ op: "replace", path: "/data/a", value: "c" });
  assert.deepEqual((await api.patch("merge", `${path}/a`, { data: { x: "y" } })).data, { a: "c", x: "y" });
  response = patchOf(add("/metadata/labels", { "no label!": "" }));
  assert.equal((await api.send("POST", path, configMap("b"))).status, 422);
  response = patchOf({ op: "remove", path: "/data/nothing" });
  const broken = await api.send("POST", path, configMap("c"));
  assert.deepEqual([broken.status, broken.body.reason], [500, "InternalError"]);
});

conformanceTest("an earlier webhook is called again where a later one changes the object", async (test) => {
  const { api, namespace } = test;
  const calls: string[] = [];
  const by = (name: string, response: JsonMap) => () => {
    calls.push(name);
    return response;
  };
  const label = (key: string) => patchOf({ op: "add", path: `/metadata/labels/${key}`, value: "" });
  await using server = await openWebhook({
    "/first": by("first", { allowed: true }),
    "/never": by("never", { allowed: true }),
    "/second": by("second", label("second")),
  });
  const webhook = (name: string, reinvocationPolicy: string) => ({
    clientConfig: server.clientConfig(`/${name}`),
    reinvocationPolicy,
  });
  await using _ = await register(api, namespace, "mutating", [
    webhook("first", "IfNeeded"),
    webhook("never", "Never"),
    webhook("second", "IfNeeded"),
  ]);
  await api.create(configMaps(namespace), configMap("a"));
  assert.deepEqual(calls, ["first", "never", "second", "first"]);
});

conformanceTest("a validating webhook sees the object as it is to be stored", async ({ api, namespace }) => {
  await using server = await openWebhook({ "/": () => ({ allowed: true }) });
  await using _ = await register(api, namespace, "validating", [{
    clientConfig: server.clientConfig("/"),
    rules: [{ ...configMapRule, resources: ["services"] }],
  }]);
  const services = `/api/v1/namespaces/${namespace}/services`;
  await api.create(services, { ...configMap("a"), spec: { ports: [{ port: 80 }] } });
  const [{ object, ...request } = {} as never] = server.requests as Body[];
  assert.equal(typeof object.metadata.uid, "string");
  assert.deepEqual([object.kind, object.apiVersion, object.spec.type], ["Service", "v1", "ClusterIP"]);
  assert.equal(object.spec.ports[0].targetPort, 80);
  const { kind, resource, requestKind, requestResource, namespace: place, options } = request;
  const service = { group: "", version: "v1", kind: "Service" };
  const plural = { group: "", version: "v1", resource: "services" };
  assert.deepEqual({ kind, resource, requestKind, requestResource, place, options: options.kind }, {
    kind: service,
    resource: plural,
    requestKind: service,
    requestResource: plural,
    place: namespace,
    options: "CreateOptions",
  });
});

conformanceTest("warnings of webhooks reach the client, whatever is decided", async ({ fetch, api, namespace }) => {
  let allowed = true;
  await using server = await openWebhook({ "/": () => ({ allowed, warnings: ['one "quoted"', "two"] }) });
  await using _ = await register(api, namespace, "validating", [{ clientConfig: server.clientConfig("/") }]);
  for (allowed of [true, false]) {
    const response = await fetch(configMaps(namespace), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(configMap(allowed ? "a" : "b")),
    });
    assert.equal(response.status, allowed ? 201 : 400, await response.text());
    assert.equal(response.headers.get("warning"), '299 - "one \\"quoted\\"", 299 - "two"');
  }
});

conformanceTest("a scale is reviewed as a scale", async ({ api, namespace }) => {
  await using server = await openWebhook({ "/": (request) => ({ allowed: replicasOf(request) < 3 }) });
  await using _ = await register(api, namespace, "validating", [{
    clientConfig: server.clientConfig("/"),
    rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments/scale"] }],
    objectSelector: {},
  }]);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const labels = { app: "a" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "a" }] } };
  await api.create(path, {
    metadata: { name: "a" },
    spec: { replicas: 0, selector: { matchLabels: labels }, template },
  });
  await api.patch("merge", `${path}/a`, { spec: { replicas: 5 } });
  assert.equal(server.requests.length, 0);
  assert.equal((await api.send("PATCH", `${path}/a/scale`, { spec: { replicas: 4 } }, merge)).status, 400);
  await api.patch("merge", `${path}/a/scale`, { spec: { replicas: 2 } });
  const [{ kind, object, oldObject, subResource }] = server.requests as [Body, Body];
  // A kube-apiserver may ask with an old object from its cache first.
  assert.deepEqual([kind.kind, object.spec.replicas, oldObject.kind, subResource], ["Scale", 4, "Scale", "scale"]);
});

const merge = "application/merge-patch+json";
const replicasOf = ({ object }: Body): number => object.spec.replicas;

const unreadable: Record<string, JsonMap> = {
  "a uid of another request": { uid: "x", allowed: true },
  "a patch of a validating webhook": patchOf({ op: "remove", path: "/data" }),
};

for (const [what, response] of Object.entries(unreadable)) {
  conformanceTest(`a response that is none counts as no response: ${what}`, async ({ api, namespace }) => {
    await using server: WebhookServer = await openWebhook({ "/": () => response });
    await using _ = await register(api, namespace, "validating", [{ clientConfig: server.clientConfig("/") }]);
    const { status, body } = await api.send("POST", configMaps(namespace), configMap("a"));
    assert.equal(status, 500);
    assert.match(body.message, /failed calling webhook "n0\.example\.com": received invalid webhook response: /);
  });
}
