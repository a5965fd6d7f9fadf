/** The Gateway's HTTP calls, on a real API server. */
import assert from "node:assert/strict";
import { httpService, jsonOf } from "../support/http_service.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";
import { GatewayPlace } from "./gateway_place.ts";

const admission = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}, timeoutSeconds: 3}}\n";

clusterTest(
  "a review makes HTTP calls within the time of the API server, and only safe ones in a dry run",
  async (test) => {
    let silent = false;
    await using service = httpService(({ path }, signal) =>
      silent
        ? new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response()), { once: true }))
        : jsonOf({ allowed: !path.endsWith("/bad"), tier: "gold" })
    );
    await using place = await GatewayPlace.open(
      test,
      `mutation:
  external: [{name: tier, url: "${service.url}/tier", method: POST, body: "{{ .metadata.name }}"}]
  rules: [{field: spec.tier, default: "{{ .external.tier.json.tier }}"}]
validation:
  external: [{name: permit, url: "${service.url}/permit/{{ .metadata.name }}"}]
  rules: [{field: external.permit.json.allowed, equals: "true", message: no permit}]
operatorBox: {}
`,
      admission,
    );
    await using gateway = await place.gateway();
    await gateway.ready();
    const good = await place.create("good", { size: 1 });
    assert.equal(good.status, 201, JSON.stringify(good.body));
    assert.deepEqual(good.body["spec"], { size: 1, tier: "gold" });
    const bad = await place.create("bad", { size: 1 });
    assert.match(String(bad.body["message"]), /external\.permit\.json\.allowed: no permit/);

    service.requests.length = 0;
    const dry = await place.create("dry", { size: 1 }, "?dryRun=All");
    assert.equal(dry.status, 201, JSON.stringify(dry.body));
    assert.deepEqual(dry.body["spec"], { size: 1 });
    assert.ok(service.requests.every(({ method }) => method === "GET"), "a POST in a dry run");

    silent = true;
    const startMs = performance.now();
    const late = await place.create("late", { size: 1 });
    assert.equal(late.status, 201, JSON.stringify(late.body));
    assert.match(late.warning, /the external call \\"permit\\" failed/);
    await waitFor("a line in the log", () => /The external call \\"permit\\" failed/.test(gateway.process.stdout));
    assert.ok(performance.now() - startMs < 15_000);
  },
);
