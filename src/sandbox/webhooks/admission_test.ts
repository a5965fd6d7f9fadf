import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { createSandbox, type WebhookPorts, type WebhookReply, type WebhookRequest } from "../mod.ts";

// deno-lint-ignore no-explicit-any -- reviews and objects as they come
type Any = any;

type Handler = (request: Any, sent: WebhookRequest) => Any;

const configMaps = "/api/v1/namespaces/default/configmaps";
const allow = { allowed: true };

/** A sandbox whose webhooks are functions in this process, with one webhook registered. */
async function opened(handler: Handler, webhook: object = {}, more: Partial<WebhookPorts> = {}) {
  const clock = new FakeClock();
  const logged: string[] = [];
  const call = async (sent: WebhookRequest): Promise<WebhookReply> => {
    const review = JSON.parse(sent.body);
    const response = { uid: review.request.uid, ...await handler(review.request, sent) };
    return { status: 200, body: JSON.stringify({ ...review, request: undefined, response }) };
  };
  const log = (text: string) => void logged.push(text);
  const sandbox = createSandbox({ clock, simulateWorkloads: false, log, webhooks: { call, ...more } });
  const send = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const init = { method, headers: { "content-type": type, ...headers }, body: body && JSON.stringify(body) };
    const response = await sandbox.fetch(new Request(`http://sandbox${path}`, init as RequestInit));
    return { status: response.status, body: await response.json() as Any };
  };
  await send("POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    metadata: { name: "one" },
    webhooks: [{
      name: "one.example.com",
      clientConfig: { url: "https://webhook.example.com/review" },
      rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["configmaps", "leases"] }],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      ...webhook,
    }],
  });
  return {
    clock,
    logged,
    send,
    create: (name: string) => send("POST", configMaps, { metadata: { name } }),
    async [Symbol.asyncDispose]() {
      await sandbox.stop();
      assert.deepEqual(sandbox.faults, []);
    },
  };
}

Deno.test("Admission ends a call after timeoutSeconds, also where the port never ends", async () => {
  let signal: AbortSignal | undefined;
  await using place = await opened((_, sent) => {
    signal = sent.signal;
    return new Promise(() => {});
  }, { timeoutSeconds: 3 });
  const created = place.create("a");
  await settle();
  assert.equal(signal?.aborted, false);
  await place.clock.advance(3_000);
  const { status, body } = await created;
  assert.equal(status, 500);
  assert.match(body.message, /Post "https:\/\/webhook\.example\.com\/review\?timeout=3s": context deadline exceeded$/);
  assert.equal(signal?.aborted, true);
});

Deno.test("Admission reviews an update again where the object has changed in the meantime", async () => {
  const seen: Any[] = [];
  await using place = await opened(async ({ operation, oldObject }) => {
    if (operation !== "UPDATE") return allow;
    seen.push(oldObject.data);
    // Another client is faster, once.
    if (seen.length === 1) await place.send("PATCH", `${configMaps}/a`, { data: { other: "1" } });
    return allow;
  });
  await place.create("a");
  const { body } = await place.send("PATCH", `${configMaps}/a`, { data: { own: "1" } });
  assert.deepEqual(body.data, { own: "1", other: "1" });
  assert.deepEqual(seen, [undefined, undefined, { other: "1" }]);
});

Deno.test("Admission of a creation does not hide that the name is taken by then", async () => {
  let isFirst = true;
  await using place = await opened(async () => {
    if (isFirst) {
      isFirst = false;
      await place.create("a");
    }
    return allow;
  });
  const { status, body } = await place.create("a");
  assert.deepEqual([status, body.reason], [409, "AlreadyExists"]);
});

Deno.test("Admission of a deletion does not let a successor go that nobody has reviewed", async () => {
  const deletions: string[] = [];
  await using place = await opened(async ({ operation, oldObject }) => {
    if (operation !== "DELETE") return allow;
    deletions.push(oldObject.metadata.uid);
    if (deletions.length === 1) {
      await place.send("DELETE", `${configMaps}/a`);
      await place.create("a");
    }
    return { allowed: deletions.length < 3 };
  });
  await place.create("a");
  const { status } = await place.send("DELETE", `${configMaps}/a`);
  assert.equal(status, 400);
  assert.equal(new Set(deletions).size, 2, "the successor was reviewed, too");
});

Deno.test("Admission shows webhooks the administrator, or the user that a client impersonates", async () => {
  const users: Any[] = [];
  await using place = await opened(({ userInfo }) => {
    users.push(userInfo);
    return allow;
  });
  const as = (headers: Record<string, string>) => place.send("POST", `${configMaps}?dryRun=All`, named, headers);
  const named = { metadata: { name: "a" } };
  await as({});
  await as({ "impersonate-user": "chief", "impersonate-group": "admins" });
  await as({ "impersonate-user": "system:serviceaccount:team:robot" });
  assert.deepEqual(users, [
    { username: "ork-sandbox", groups: ["system:masters", "system:authenticated"] },
    { username: "chief", groups: ["admins", "system:authenticated"] },
    {
      username: "system:serviceaccount:team:robot",
      groups: ["system:serviceaccounts", "system:serviceaccounts:team", "system:authenticated"],
    },
  ]);
});

Deno.test("Admission calls a Service where its address is known, and URLs with https alone", async () => {
  const urls: string[] = [];
  const handler: Handler = (_, { url, caBundle }) => {
    urls.push(`${url} ${caBundle}`);
    return allow;
  };
  const service = { clientConfig: { service: { name: "gate", namespace: "team", path: "/x" }, caBundle: btoa("PEM") } };
  {
    await using place = await opened(handler, service, {
      resolveService: ({ name, namespace, port }) => `https://${name}.${namespace}:${port}`,
    });
    assert.equal((await place.create("a")).status, 201);
    assert.deepEqual(urls.splice(0), ["https://gate.team:443/x?timeout=10s PEM"]);
  }
  for (const clientConfig of [service.clientConfig, { url: "http://webhook.example.com" }]) {
    await using place = await opened(handler, { clientConfig });
    const { status, body } = await place.create("a");
    assert.equal(status, 500);
    assert.match(body.message, /Cannot (?:reach the Service "team\/gate"|call "http:)/);
  }
  assert.deepEqual(urls, []);
});

Deno.test("Admission logs once what it ignores, and what it cannot evaluate", async () => {
  const conditions = [{ name: "size", expression: "quantity('1Gi').isGreaterThan(quantity('1Mi'))" }];
  await using place = await opened(() => ({ uid: "of another request" }), {
    failurePolicy: "Ignore",
    matchConditions: conditions,
  });
  for (const name of ["a", "b"]) assert.equal((await place.create(name)).status, 201);
  const [unsupported, ...ignored] = place.logged;
  assert.match(unsupported!, /condition "size" of webhook "one\.example\.com", and takes it as met: .*quantity/);
  assert.deepEqual(ignored.length, 2, "the uids differ");
  assert.match(ignored[0]!, /failed calling webhook "one\.example\.com": .*; it is ignored$/);
});

Deno.test("Admission asks no webhook about the configurations of webhooks", async () => {
  await using place = await opened(() => ({ allowed: false }), {
    rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }],
  });
  assert.equal((await place.create("a")).status, 400);
  const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/one";
  assert.equal((await place.send("DELETE", path)).status, 200);
  assert.equal((await place.create("a")).status, 201);
});

Deno.test("Admission converts to the version that a rule is about, unless matchPolicy is Exact", async () => {
  const scaler = {
    metadata: { name: "a" },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
      targetCPUUtilizationPercentage: 50,
    },
  };
  const rules = [{
    apiGroups: ["autoscaling"],
    apiVersions: ["v2"],
    operations: ["CREATE"],
    resources: ["horizontalpodautoscalers"],
  }];
  const seen: Any[] = [];
  const handler: Handler = ({ kind, requestKind, object }) => {
    seen.push([kind.version, requestKind.version, object.apiVersion, object.spec.metrics?.length]);
    return { allowed: false };
  };
  const path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
  {
    await using place = await opened(handler, { rules });
    assert.equal((await place.send("POST", path, scaler)).status, 400);
  }
  await using place = await opened(handler, { rules, matchPolicy: "Exact" });
  assert.equal((await place.send("POST", path, scaler)).status, 201);
  assert.deepEqual(seen, [["v2", "v1", "autoscaling/v2", 1]]);
});

Deno.test("createSandbox() without a port for webhooks calls none", async () => {
  const sandbox = createSandbox({ clock: new FakeClock(), simulateWorkloads: false });
  const post = (path: string, body: object) =>
    sandbox.fetch(
      new Request(`http://sandbox${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  await post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    metadata: { name: "one" },
    webhooks: [{
      name: "one.example.com",
      clientConfig: { url: "https://webhook.example.com" },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    }],
  });
  assert.equal((await post(configMaps, { metadata: { name: "a" } })).status, 201);
  await sandbox.stop();
});
