import assert from "node:assert/strict";
import { jsonLog } from "../../src/observe/log.ts";
import { webhookApp } from "../../src/gateway/webhooks/app.ts";
import { Reviews } from "../../src/gateway/webhooks/reviews.ts";
import { WebhookMetrics } from "../../src/gateway/webhooks/webhook_metrics.ts";
import { FakeClock } from "../support/clock.ts";
import { assertLogLine } from "../support/log_line.ts";
import { planOf } from "../support/plans.ts";

const planted = "pl4nt3d-s3cr3t-v4lue";
const shops = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  normalize: {spec: {size: "{{ div 1 .spec.password }}"}}
  validation:
    rules:
      - {field: spec.password, max: 3, message: at most 3}
      - {field: spec.password, in: "a,b", message: no such one}
      - {field: spec.token, regex: "^x", message: must begin with x}
      - {field: spec.apiKey, equals: "{{ .spec.password | toInt }}"}
  operatorBox: {}
`;
const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";

Deno.test("no review that is malformed, fails or is refused brings what is in it to the log or to a message", async () => {
  const reviews = new Reviews(planOf(shops, security).gateway!.admission);
  const lines: string[] = [];
  const clock = new FakeClock();
  const handler = webhookApp({
    clock,
    log: jsonLog((line) => lines.push(line), clock, "debug"),
    metrics: new WebhookMetrics(),
    admission: {
      "/validate": (request, wallMs) => reviews.validate(request, wallMs),
      "/mutate": (request, wallMs) => reviews.mutate(request, wallMs),
    },
  });
  const spec = { password: planted, token: planted, apiKey: planted };
  const object = { apiVersion: "shop.example.org/v1", kind: "Shop", metadata: { name: "a", namespace: "n" }, spec };
  const review = JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      ...{ uid: "u1", operation: "CREATE", name: "a", namespace: "n", object, userInfo: { username: "alice" } },
      kind: { group: "shop.example.org", version: "v1", kind: "Shop" },
      resource: { group: "shop.example.org", version: "v1", resource: "shops" },
    },
  });
  const bodies = [
    review,
    review.replace('"request"', '"requests"'),
    review.replace('{"name":"a","namespace":"n"}', `"${planted}"`),
    review.replace('"username":"alice"', `"username":["${planted}"]`),
    `"${planted}"`,
    planted,
    `{"token":"${planted}`,
    `{"token":${planted}}`,
    ...[10, 100, 200].map((from) => review.slice(from)),
    ...[-5, -40, -90, -130].map((to) => review.slice(0, to)),
    review.replaceAll(planted, `${planted}\u0000`).replaceAll("\\u0000", "\u0000"),
  ];
  const codes = new Set<number>();
  for (const path of ["/validate", "/mutate"]) {
    for (const body of bodies) {
      const headers = { "content-type": "application/json" };
      const response = await handler(new Request(`https://g${path}`, { method: "POST", headers, body }), { cut() {} });
      const text = await response.text();
      codes.add(response.status);
      assert.ok(!text.includes(planted.slice(0, 8)), `${path} ${body.slice(0, 80)}: ${text}`);
    }
  }
  assert.deepEqual([...codes].sort(), [200, 400]);
  assert.ok(lines.some((line) => line.includes("review.refused")), lines.join("\n"));
  for (const line of lines) {
    assertLogLine(line);
    assert.ok(!line.includes(planted.slice(0, 8)), line);
  }
});
