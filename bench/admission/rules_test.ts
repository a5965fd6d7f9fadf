import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Json } from "../../src/base/json.ts";
import { Reviews } from "../../src/gateway/webhooks/reviews.ts";
import { readAdmissionReview } from "../../src/gateway/webhooks/admission_request.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { compileKinds } from "../../src/policy/mod.ts";
import { reviewOf, samples, violating } from "./releases.ts";

const bytesOf = (name: string) => Deno.readFileSync(new URL(name, import.meta.url));
const { katalog, findings } = loadKatalog([{ path: "katalog.yaml", bytes: bytesOf("katalog.yaml") }], bytesOf);
assert.ok(katalog !== undefined, Deno.inspect(findings));
const plan = derivePlan(katalog);

Deno.test("all of the 16 rules can be a policy, so that the contestants enforce the same", () => {
  const [kind, ...more] = compileKinds(katalog);
  assert.equal(more.length, 0);
  assert.equal(kind!.validations.length, 16);
  for (const { policy, what } of kind!.validations) assert.ok("value" in policy, `${what}: ${Deno.inspect(policy)}`);
});

Deno.test("one object of the load in a hundred breaks a rule, and each rule has an object that breaks it", async () => {
  const reviews = new Reviews(plan.gateway!.admission);
  const verdict = async (object: Json) => {
    const request = readAdmissionReview(reviewOf(object as never, "u"));
    return (await reviews.validate(request, 0)).result;
  };
  const load = samples("bench");
  const allowed = await Promise.all(load.map(async ({ object }) => (await verdict(object)).allowed));
  assert.deepEqual(allowed, load.map(({ breaks }) => breaks === undefined));
  assert.equal(load.filter(({ breaks }) => breaks !== undefined).length, load.length / 100);
  const violations = violating("bench");
  assert.equal(violations.length, 16);
  const { rules } = parse(new TextDecoder().decode(bytesOf("katalog.yaml"))).spec.crds.release.validation;
  for (const [index, { object, breaks }] of violations.entries()) {
    const { allowed, causes = [] } = await verdict(object);
    assert.equal(allowed, false);
    assert.equal(causes[0]!.text, breaks);
    assert.equal(rules[index].field, causes[0]!.field, "in the order of the Katalog");
  }
});
