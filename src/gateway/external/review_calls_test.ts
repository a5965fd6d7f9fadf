import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { planOf } from "../../../tests/support/plans.ts";
import type { CallOptions } from "../../external/mod.ts";
import type { ExternalOutcome, ExternalRequest } from "../../input/mod.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { ExternalCallPlan } from "../../plan/plan.ts";
import { admissionConfigurations } from "../registration/admission_webhooks.ts";
import type { AdmissionRequest } from "../webhooks/admission_request.ts";
import { Reviews } from "../webhooks/reviews.ts";
import { ReviewCalls } from "./review_calls.ts";

const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}, timeoutSeconds: 5}}\n";

type Call = { readonly plan: ExternalCallPlan; readonly request: ExternalRequest; readonly options?: CallOptions };

/** A Gateway for shops, and what it calls. */
function gatewayOf(
  entry: string,
  respond: (call: Call) => Partial<ExternalOutcome> | Promise<Partial<ExternalOutcome>>,
) {
  const types = "apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}";
  const plan = planOf(`shop:\n  ${types}\n${entry.replace(/^(?=.)/gm, "  ")}  operatorBox: {}\n`, security);
  const clock = new FakeClock();
  const made: Call[] = [];
  const logged: string[] = [];
  const counted: string[] = [];
  const calls = new ReviewCalls({
    caller: {
      async call(plan, request, options) {
        const call: Call = { plan, request, ...options === undefined ? {} : { options } };
        made.push(call);
        return { statusCode: 200, headers: {}, body: "", error: "", durationSeconds: 0, ...await respond(call) };
      },
    },
    clock,
    log: (level, message) => void logged.push(`${level} ${message}`),
    metrics: { called: (name, failed) => void counted.push(`${name} ${failed}`) },
    timeoutSeconds: 5,
  });
  return { plan, clock, made, logged, counted, reviews: new Reviews(plan.gateway!.admission, undefined, calls) };
}

function request(spec: Record<string, unknown>, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const object: KubeObject = {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: { name: "one", namespace: "team" },
    spec,
  };
  return {
    uid: "u",
    kind: { group: "shop.example.org", version: "v1", kind: "Shop" },
    resource: { group: "shop.example.org", version: "v1", resource: "shops" },
    name: "one",
    namespace: "team",
    operation: "CREATE",
    userInfo: { username: "ann", groups: [] },
    object,
    dryRun: false,
    isTooDeep: false,
    ...more,
  };
}

const permit = `validation:
  external:
  - {name: permit, url: "https://permits.shop/{{ .metadata.namespace }}/{{ .spec.size }}"}
  rules:
  - {field: external.permit.json.allowed, equals: "true", message: no permit}
  - {field: spec.size, max: 9, message: at most 9}
`;

Deno.test("a rule decides on the result of a call", async () => {
  const { reviews, made, counted } = gatewayOf(
    permit,
    ({ request }) => ({ body: `{"allowed":${request.url.endsWith("/3")}}` }),
  );
  assert.equal((await reviews.validate(request({ size: 3 }), 0)).result.allowed, true);
  const { result } = await reviews.validate(request({ size: 4 }), 0);
  assert.equal(result.allowed, false);
  assert.match(result.message!, /external\.permit\.json\.allowed: no permit/);
  assert.deepEqual(made.map(({ request }) => request.url), [
    "https://permits.shop/team/3",
    "https://permits.shop/team/4",
  ]);
  assert.deepEqual(counted, ["permit false", "permit false"]);
});

Deno.test("a call that fails leaves out the rules that need it, with a warning and a line in the log", async () => {
  const { reviews, logged } = gatewayOf(permit, () => ({ statusCode: 0, error: "No response within 10 ms" }));
  const { result } = await reviews.validate(request({ size: 3 }), 0);
  assert.equal(result.allowed, true);
  assert.deepEqual(result.warnings, [
    'external.permit.json.allowed: a rule is not checked here: the external call "permit" failed',
  ]);
  assert.deepEqual(logged, ['warn The external call "permit" failed: No response within 10 ms']);
  const denied = await reviews.validate(request({ size: 10 }), 0);
  assert.match(denied.result.message!, /spec\.size: at most 9/);
});

Deno.test("a rule that tests the result refuses while the server is down", async () => {
  const { reviews } = gatewayOf(
    permit.replace("  rules:\n", '  rules:\n  - {field: external.permit.ok, equals: "true", message: not now}\n'),
    () => ({ statusCode: 500, error: "Status 500" }),
  );
  const { result } = await reviews.validate(request({ size: 3 }), 0);
  assert.match(result.message!, /external\.permit\.ok: not now/);
});

const defaults = `mutation:
  external:
  - {name: size, url: "https://sizes.shop/", cacheFor: 10s}
  - {name: mark, url: "https://marks.shop/{{ .external.size.json.size }}", method: POST}
  rules:
  - {field: spec.size, default: "{{ .external.size.json.size }}", valueType: int}
  - {field: spec.mark, default: "{{ .external.mark.body }}"}
  - {field: spec.plain, default: "yes"}
`;

Deno.test("mutation sets what calls come to, and nothing of one that failed; it never refuses", async () => {
  let fails = false;
  const { reviews } = gatewayOf(
    defaults,
    ({ plan }) => plan.name === "size" ? { body: '{"size":7}' } : fails ? { error: "Status 500" } : { body: "m" },
  );
  const patchOf = async () =>
    (await reviews.mutate(request({}), 0)).result.patch?.map((operation) =>
      operation.op === "remove" ? "" : JSON.stringify([operation.path, operation.value])
    );
  assert.deepEqual(await patchOf(), ['["/spec/size",7]', '["/spec/mark","m"]', '["/spec/plain","yes"]']);
  fails = true;
  assert.deepEqual(await patchOf(), ['["/spec/size",7]', '["/spec/plain","yes"]']);
});

Deno.test("cacheFor uses a result again for that time; other calls are made for each review", async () => {
  const { reviews, made, clock } = gatewayOf(defaults, () => ({ body: '{"size":7}' }));
  for (let n = 0; n < 3; n++) await reviews.mutate(request({}), 0);
  assert.deepEqual(made.map(({ plan }) => plan.name), ["size", "mark", "mark", "mark"]);
  await clock.advance(10_000);
  await reviews.mutate(request({}), 0);
  assert.deepEqual(made.slice(4).map(({ plan }) => plan.name), ["size", "mark"]);
});

Deno.test("a dry run makes calls that change nothing, and no others", async () => {
  const { reviews, made, plan } = gatewayOf(defaults, () => ({ body: '{"size":7}' }));
  const { result } = await reviews.mutate(request({}, { dryRun: true }), 0);
  assert.deepEqual(made.map(({ plan }) => plan.name), ["size"]);
  assert.equal(result.patch!.some(({ path }) => path === "/spec/mark"), false);
  const effects = (of: typeof plan) =>
    admissionConfigurations(of.gateway!.admission, "orkestra-system").flatMap(({ webhooks }) =>
      webhooks.map((webhook) => webhook["sideEffects"])
    );
  assert.deepEqual(effects(plan), ["NoneOnDryRun"]);
  assert.deepEqual(effects(gatewayOf(permit, () => ({})).plan), ["None"]);
});

Deno.test("all calls of a review end before the API server gives up", async () => {
  const { reviews, made, clock } = gatewayOf(defaults, async ({ options }) => {
    await clock.advance(3_000);
    return { error: `after ${options!.withinMs}` };
  });
  await reviews.mutate(request({}), 0);
  assert.deepEqual(made.map(({ options }) => options!.withinMs), [4_000, 1_000]);
  const late = gatewayOf(defaults, async () => {
    await late.clock.advance(4_000);
    return {};
  });
  await late.reviews.mutate(request({}), 0);
  assert.deepEqual(late.made.map(({ plan }) => plan.name), ["size"]);
  assert.match(late.logged[0]!, /"mark" failed: No time is left/);
});

Deno.test("an object cannot bring the result of a call along", async () => {
  const { reviews } = gatewayOf(permit, () => ({ body: '{"allowed":false}' }));
  const asked = request({ size: 3 });
  const object = { ...asked.object!, external: { permit: { json: { allowed: true }, allowed: true } } };
  assert.equal((await reviews.validate({ ...asked, object }, 0)).result.allowed, false);
});
