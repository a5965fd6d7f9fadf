import assert from "node:assert/strict";
import { evaluateCel } from "../../../tests/support/cel.ts";
import { attempts } from "../../../tests/support/protection_attempts.ts";
import { normal, strict } from "../../../tests/support/protection_requests.ts";
import type { JsonMap } from "../../base/json.ts";
import type { Any } from "../kinds/fields.ts";
import { matchConditions } from "./match_conditions.ts";

/** Of a machine that is busy with something else. */
const patientMs = 60_000;

/** As `admissionRequest` builds it: what is empty is left out, and objects that are not there are null. */
function asSent(request: Any): JsonMap {
  const { object = null, oldObject = null, userInfo = {}, ...rest } = request;
  const filled = (map: object) =>
    Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined && value !== ""));
  return { ...filled(rest), userInfo: filled(userInfo), object, oldObject };
}

Deno.test("matchConditions() evaluates every condition of the Gateway's webhooks, and none fails", () => {
  const outcomes: Record<string, number> = {};
  for (const { configurations } of [normal, strict]) {
    for (const webhook of configurations.flatMap(({ object }) => object.webhooks as Any[])) {
      for (const { what, request } of attempts) {
        const sent = asSent(request);
        const { object, oldObject, ...rest } = sent;
        const variables = { request: rest, object, oldObject };
        const wanted = webhook.matchConditions.every(({ expression }: Any) => evaluateCel(expression, variables));
        const logged: string[] = [];
        const { kind } = matchConditions(webhook, sent, (text) => logged.push(text), patientMs);
        assert.equal(kind, wanted ? "called" : "passed over", `${webhook.name}: ${what}`);
        assert.deepEqual(logged, []);
        outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      }
    }
  }
  assert.deepEqual(Object.keys(outcomes).sort(), ["called", "passed over"]);
});

const log = (text: string) => assert.fail(text);

Deno.test("matchConditions() lets one that is false decide, whatever fails beside it", () => {
  const request = { operation: "CREATE", object: { metadata: {} }, oldObject: null };
  const conditions = (...expressions: string[]) => ({
    name: "one",
    matchConditions: expressions.map((expression, i) => ({ name: `n${i}`, expression })),
  });
  const fails = "object.spec.x == 1";
  assert.deepEqual(matchConditions(conditions(fails, "false"), request, log), { kind: "passed over" });
  assert.deepEqual(matchConditions(conditions(fails, "true"), request, log), {
    kind: "failed",
    message: "expression 'object.spec.x == 1' resulted in error: no such key: spec",
  });
});

Deno.test("matchConditions() ends an evaluation that takes too long, and has the webhook called", () => {
  const logged: string[] = [];
  const list = Array.from({ length: 3000 }, (_, i) => i);
  const request = { object: { metadata: {}, list }, oldObject: null };
  const expression = "object.list.all(x, object.list.all(y, object.list.all(z, x + y + z >= 0)))";
  const webhook = { name: "one", matchConditions: [{ name: "slow", expression }] };
  assert.deepEqual(matchConditions(webhook, request, (text) => logged.push(text)), { kind: "called" });
  assert.match(logged[0]!, /^The sandbox takes the conditions of webhook "one" as met: not evaluated within \d+ ms$/);
});
