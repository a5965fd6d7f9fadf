import assert from "node:assert/strict";
import { planOf } from "../../../tests/support/plans.ts";
import { FakeClock } from "../../../tests/support/clock.ts";
import { type JsonMap, parseJson, stringifyJson } from "../../base/json.ts";
import { admissionConfigurations } from "../registration/admission_webhooks.ts";
import { webhookApp } from "./app.ts";
import { Reviews } from "./reviews.ts";
import { WebhookMetrics } from "./webhook_metrics.ts";

const shops = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  normalize: {spec: {size: "{{ .spec.size | default .spec.legacySize }}"}}
  mutation:
    rules:
      - {field: spec.tier, default: standard}
      - {field: 'metadata.annotations["acme.example/plan"]', default: "{{ .spec.tier }}"}
  validation:
    rules:
      - {field: spec.size, max: 3, message: at most 3}
      - {field: spec.owner, exists: true, action: warn, message: please name an owner}
      - {field: spec.tier, in: "standard,gold", message: no such tier}
  operatorBox: {}
`;
const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";

function serve(crds = shops) {
  const { gateway } = planOf(crds, security);
  const reviews = new Reviews(gateway!.admission);
  const lines: string[] = [];
  const metrics = new WebhookMetrics();
  const handler = webhookApp({
    clock: new FakeClock(),
    log: (level, message) => lines.push(`${level}: ${message}`),
    metrics,
    admission: {
      "/validate": (request, wallMs) => reviews.validate(request, wallMs),
      "/mutate": (request, wallMs) => reviews.mutate(request, wallMs),
    },
  });
  let cuts = 0;
  const send = async (path: string, init: RequestInit): Promise<{ status: number; body: JsonMap }> => {
    const response = await handler(new Request(`https://gateway${path}`, init), { cut: () => cuts++ });
    return { status: response.status, body: parseJson(await response.text()) as JsonMap };
  };
  const post = (path: string, body: unknown) =>
    send(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : stringifyJson(body),
    });
  return { send, post, lines, metrics };
}

function review(object: JsonMap | null, more: JsonMap = {}): JsonMap {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "u1",
      kind: { group: "shop.example.org", version: "v1", kind: "Shop" },
      resource: { group: "shop.example.org", version: "v1", resource: "shops" },
      name: "one",
      namespace: "team",
      operation: "CREATE",
      userInfo: { username: "ann", groups: ["system:authenticated"] },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions" },
      ...more,
    },
  };
}

const shop = (spec: JsonMap, metadata: JsonMap = {}): JsonMap => ({
  apiVersion: "shop.example.org/v1",
  kind: "Shop",
  metadata: { name: "one", namespace: "team", ...metadata },
  spec,
});

const responseOf = ({ status, body }: { status: number; body: JsonMap }): JsonMap => {
  assert.equal(status, 200);
  assert.equal((body["response"] as JsonMap)["uid"], "u1");
  return body["response"] as JsonMap;
};

Deno.test("/validate refuses with all violations, their fields as causes, and the warnings", async () => {
  const { post, lines } = serve();
  const response = responseOf(await post("/validate", review(shop({ legacySize: 4, tier: "x" }))));
  const message = "Shop team/one: spec.size: at most 3; spec.tier: no such tier";
  assert.deepEqual(response, {
    uid: "u1",
    allowed: false,
    status: {
      status: "Failure",
      code: 400,
      reason: "BadRequest",
      message,
      details: {
        causes: [
          { reason: "FieldValueInvalid", field: "spec.size", message: "at most 3" },
          { reason: "FieldValueInvalid", field: "spec.tier", message: "no such tier" },
        ],
      },
    },
    warnings: ["orkestra: spec.owner: please name an owner"],
  });
  assert.deepEqual(lines, [`info: validate: refused CREATE of shops one: ${message}`]);
});

Deno.test("/validate admits what breaks no rule after mutation, in memory", async () => {
  const { post } = serve();
  assert.deepEqual(responseOf(await post("/validate", review(shop({ size: 3, owner: "ann" })))), {
    uid: "u1",
    allowed: true,
  });
});

Deno.test("/mutate returns a JSON Patch of what the rules set, and of nothing that normalizing changes", async () => {
  const { post } = serve();
  const response = responseOf(await post("/mutate", review(shop({ legacySize: 2 }))));
  assert.equal(response["patchType"], "JSONPatch");
  assert.deepEqual(JSON.parse(atob(response["patch"] as string)), [
    { op: "add", path: "/metadata/annotations", value: { "acme.example/plan": "standard" } },
    { op: "add", path: "/spec/tier", value: "standard" },
  ]);
  const annotated = shop({ tier: "gold" }, { annotations: { "acme.example/plan": "mine" } });
  assert.deepEqual(responseOf(await post("/mutate", review(annotated))), { uid: "u1", allowed: true });
});

Deno.test("a webhook leaves alone what no rule is about", async () => {
  const { post } = serve();
  const bad = shop({ size: 9 });
  const requests = [
    review({ ...bad, metadata: { name: "one", deletionTimestamp: "2026-01-01T00:00:00Z" } }),
    review(bad, { subResource: "status" }),
    review(bad, { operation: "DELETE", object: null, oldObject: bad }),
    review(bad, { resource: { group: "shop.example.org", version: "v2", resource: "shops" } }),
    review(bad, { resource: { group: "", version: "v1", resource: "pods" } }),
  ];
  for (const request of requests) {
    assert.deepEqual(responseOf(await post("/validate", request)), { uid: "u1", allowed: true });
    assert.deepEqual(responseOf(await post("/mutate", request)), { uid: "u1", allowed: true });
  }
});

Deno.test("rules concern only the objects that the box takes care of", async () => {
  const { post } = serve(shops.replace("  normalize", '  namespace: team\n  labelSelector: {a: "b"}\n  normalize'));
  const verdict = async (metadata: JsonMap, namespace = "team") =>
    responseOf(
      await post("/validate", review(shop({ size: 9 }, { namespace, ...metadata }), { namespace })),
    )["allowed"];
  assert.equal(await verdict({ labels: { a: "b" } }), false);
  assert.equal(await verdict({ labels: { a: "c" } }), true);
  assert.equal(await verdict({}), true);
  assert.equal(await verdict({ labels: { a: "b" } }, "other"), true);
});

Deno.test("an object that cannot be evaluated is refused by /validate, and left as it is by /mutate", async () => {
  const broken = shops.replace("default: standard", 'default: "{{ index .spec.list 5 }}"');
  const { post } = serve(broken);
  const mutated = responseOf(await post("/mutate", review(shop({ list: [] }))));
  assert.equal(mutated["allowed"], true);
  assert.match(String((mutated["warnings"] as string[])[0]), /^orkestra: mutation is skipped: k\.yaml:13:\d+: /);
  const validated = responseOf(await post("/validate", review(shop({ list: [] }))));
  assert.equal(validated["allowed"], false);
  assert.match(stringifyJson(validated), /cannot be evaluated: k\.yaml:13:\d+: /);
});

Deno.test("fields that are called like members of a prototype are fields like any other", async () => {
  const rule = "{field: spec.__proto__.polluted, override: yes}";
  const { post } = serve(shops.replace("      - {field: spec.tier, default: standard}\n", `      - ${rule}\n`));
  const body = stringifyJson(review(shop({}))).replace(
    '"spec":{}',
    '"spec":{"__proto__":{"a":1},"constructor":{"b":2}}',
  );
  const response = responseOf(await post("/mutate", body));
  assert.equal(atob(response["patch"] as string).includes('"/spec/__proto__/polluted"'), true);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("a body that is no review gets 400 and one line that says why", async () => {
  const { post, send } = serve();
  const good = review(shop({}));
  const request = good["request"] as JsonMap;
  const bad: unknown[] = [
    "",
    "{",
    "[]",
    "null",
    "1",
    '"x"',
    {},
    { ...good, apiVersion: "admission.k8s.io/v1beta1" },
    { ...good, kind: "ConversionReview" },
    { ...good, request: null },
    { ...good, request: [] },
    { ...good, request: { ...request, uid: "" } },
    { ...good, request: { ...request, uid: 7 } },
    { ...good, request: { ...request, uid: "x".repeat(2000) } },
    { ...good, request: { ...request, operation: "create" } },
    { ...good, request: { ...request, resource: "shops" } },
    { ...good, request: { ...request, userInfo: null } },
    { ...good, request: { ...request, object: [] } },
    { ...good, request: { ...request, object: "x" } },
    { ...good, request: { ...request, object: {} } },
    { ...good, request: { ...request, object: { metadata: [] } } },
    { ...good, request: { ...request, object: { metadata: { labels: [] } } } },
    { ...good, request: { ...request, object: { metadata: { annotations: "x" } } } },
    "[".repeat(100_000) + "]".repeat(100_000),
    `${"[".repeat(100_000)}9007199254740993${"]".repeat(100_000)}`,
    stringifyJson(good).replace('"metadata":{', `"metadata":{"x":${nested(5000)},`),
    { ...good, request: { ...request, userInfo: { username: "ann", groups: [1] } } },
  ];
  for (const body of bad) {
    for (const path of ["/validate", "/mutate"]) {
      const { status, body: answer } = await post(path, body);
      assert.equal(status, 400, String(body).slice(0, 80));
      assert.match(String(answer["error"]), /^Cannot /);
      assert.ok(!String(answer["error"]).includes("\n"));
    }
  }
  const json = { "content-type": "application/json" };
  assert.equal((await send("/validate", { method: "GET" })).status, 405);
  assert.equal((await send("/nowhere", { method: "POST", headers: json, body: "{}" })).status, 404);
  assert.equal((await send("/validate/../x", { method: "POST", headers: json, body: "{}" })).status, 404);
  assert.equal((await send("/validate", { method: "POST", body: "{}" })).status, 415);
  const large = await send("/validate", { method: "POST", headers: json, body: "x".repeat(8 * 1024 * 1024 + 1) });
  assert.equal(large.status, 413);
});

/** `{"a":{"a":…1}}`. */
const nested = (levels: number) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);

Deno.test("an object that is nested too deeply is refused, not an error that failurePolicy: Ignore admits", async () => {
  const { post } = serve();
  for (const levels of [250, 9_000, 200_000]) {
    const body = stringifyJson(review(shop({}))).replace('"spec":{}', `"spec":{"size":9,"deep":${nested(levels)}}`);
    const validated = responseOf(await post("/validate", body));
    assert.equal(validated["allowed"], false);
    assert.equal(
      (validated["status"] as JsonMap)["message"],
      "Shop team/one cannot be evaluated: it is nested more than 200 levels deep",
    );
    assert.deepEqual(responseOf(await post("/mutate", body)), {
      uid: "u1",
      allowed: true,
      warnings: ["orkestra: mutation is skipped: it cannot be evaluated: it is nested more than 200 levels deep"],
    });
    const foreign = body.replaceAll('"resource":"shops"', '"resource":"carts"');
    assert.deepEqual(responseOf(await post("/validate", foreign)), { uid: "u1", allowed: true });
  }
});

Deno.test("a user with a long name and many groups is one like any other", async () => {
  const { post } = serve();
  const userInfo = { username: "m".repeat(100_000), groups: Array.from({ length: 100_000 }, (_, n) => `g${n}`) };
  assert.equal(responseOf(await post("/validate", review(shop({ size: 9 }), { userInfo })))["allowed"], false);
});

Deno.test("a text too long for a pattern does not pass it", async () => {
  const rule = "{field: spec.tier, regex: '^[a-z]+', message: no such tier}";
  const { post } = serve(shops.replace('{field: spec.tier, in: "standard,gold", message: no such tier}', rule));
  const verdict = async (tier: string) =>
    responseOf(await post("/validate", review(shop({ size: 1, tier }))))["allowed"];
  assert.equal(await verdict("x".repeat(200_000)), true);
  assert.equal(await verdict("x".repeat(300_000)), false);
});

Deno.test("numbers beyond 2^53 stay what they are in a patch", async () => {
  const { post } = serve(shops.replace("default: standard", 'default: "{{ .spec.big }}"'));
  const body = stringifyJson(review(shop({ size: 1 }))).replace('"size":1', '"size":1,"big":9007199254740993');
  const response = responseOf(await post("/mutate", body));
  assert.ok(atob(response["patch"] as string).includes('"path":"/spec/tier","value":9007199254740993'));
});

const scaled = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops, specReplicasPath: .spec.count}
  namespace: team
  mutation:
    rules:
      - {field: spec.count, override: 7, when: [{field: spec.count, equals: "6"}]}
      - {field: spec.count, default: 2}
      - {field: spec.tier, default: standard}
  validation:
    rules:
      - {field: spec.count, max: 7, message: "{{ .metadata.name }} has at most 7"}
      - {field: spec.count, between: "1,9", action: warn, message: none is few}
      - {field: spec.owner, exists: true, message: please name an owner}
  operatorBox: {}
`;

const scaleReview = (replicas: number | undefined, more: JsonMap = {}): JsonMap => {
  const scale = {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "one", namespace: "team", uid: "u", resourceVersion: "5" },
    spec: replicas === undefined ? {} : { replicas },
    status: { replicas: 1 },
  } as unknown as JsonMap;
  return review(scale, {
    kind: { group: "autoscaling", version: "v1", kind: "Scale" },
    subResource: "scale",
    operation: "UPDATE",
    oldObject: scale,
    ...more,
  });
};

Deno.test("a change through /scale is judged by the rules about the replicas, and by no other", async () => {
  const { post } = serve(scaled);
  const judge = async (replicas: number | undefined, more?: JsonMap) =>
    responseOf(await post("/validate", scaleReview(replicas, more)));
  assert.deepEqual(await judge(7), { uid: "u1", allowed: true });
  const refused = await judge(8);
  assert.equal(refused["allowed"], false);
  assert.deepEqual(refused["status"], {
    status: "Failure",
    code: 400,
    reason: "BadRequest",
    message: "Shop team/one: spec.count: one has at most 7",
    details: { causes: [{ reason: "FieldValueInvalid", field: "spec.count", message: "one has at most 7" }] },
  });
  // None is left out of the JSON of a Scale.
  for (const none of [0, undefined]) {
    assert.deepEqual((await judge(none))["warnings"], ["orkestra: spec.count: none is few"]);
  }
  const apart: JsonMap[] = [{ subResource: "status" }, { namespace: "other" }, { operation: "CREATE" }];
  for (const more of apart) assert.deepEqual(await judge(8, more), { uid: "u1", allowed: true });
});

Deno.test("an override of the replicas is a patch of the Scale", async () => {
  const { post } = serve(scaled);
  const mutate = async (replicas: number | undefined) => responseOf(await post("/mutate", scaleReview(replicas)));
  const patched = await mutate(6);
  assert.equal(patched["allowed"], true);
  assert.deepEqual(JSON.parse(atob(patched["patch"] as string)), [
    { op: "replace", path: "/spec/replicas", value: 7 },
  ]);
  for (const kept of [0, 5, undefined]) assert.deepEqual(await mutate(kept), { uid: "u1", allowed: true });
});

Deno.test("the rules of a webhook include the scale exactly where a rule is about it", () => {
  const resources = (crds: string) =>
    admissionConfigurations(planOf(crds, security).gateway!.admission, "team")
      .map(({ webhooks }) =>
        webhooks.flatMap(({ rules }) => (rules as JsonMap[]).flatMap((rule) => rule["resources"]))
      );
  assert.deepEqual(resources(scaled), [["shops", "shops/scale"], ["shops", "shops/scale"]]);
  assert.deepEqual(resources(scaled.replace("override: 7", "default: 7")), [["shops", "shops/scale"], ["shops"]]);
  assert.deepEqual(resources(scaled.replace(", specReplicasPath: .spec.count", "")), [["shops"], ["shops"]]);
});
