import assert from "node:assert/strict";
import fc from "fast-check";
import { anyLabels, anyRule, anySpec } from "../../tests/support/any_rule.ts";
import { widgetDefinition, widgetKatalog, widgetSpec } from "../../tests/support/policies.ts";
import { compileValidations, validate } from "../admission/mod.ts";
import type { Json, JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { Expressions } from "../sandbox/cel/expression.ts";
import { celValue, typedCelValue } from "../sandbox/cel/values.ts";
import { Models } from "../sandbox/schema/schema.ts";
import { Templates } from "../template/compiled_text.ts";
import { templateData } from "../input/mod.ts";
import { compileKinds } from "./mod.ts";

const expressions = new Expressions(["object", "self"]);
const schema = new Models({}).node(widgetSpec);

function widget(spec: JsonMap, labels: Record<string, string> | undefined): KubeObject {
  const metadata = { name: "a", namespace: "team", ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: "test.example/v1", kind: "Widget", metadata, spec };
}

/** What an expression comes to; one that cannot be evaluated fails the test. */
function evaluated(expression: string, variables: Record<string, unknown>): unknown {
  const result = expressions.get(expression).evaluate(variables);
  assert.ok(result.kind === "value", `${expression}: ${result.kind === "value" ? "" : result.message}`);
  return result.value;
}

Deno.test("a compiled rule has the verdict and the message of judge, in a policy and in a CRD", () => {
  const compiled = { policy: 0, crd: 0, of: 0, denied: 0 };
  const definition = widgetDefinition("test.example");
  fc.assert(
    fc.property(
      fc.array(anyRule, { minLength: 8, maxLength: 8 }),
      fc.array(fc.tuple(anySpec, anyLabels), { minLength: 6 }),
      (
        rules,
        objects,
      ) => {
        const katalog = widgetKatalog({ validation: { rules } }, definition);
        const [kind] = compileKinds(katalog);
        const plans = compileValidations(katalog.crds[0]!.validation, new Templates());
        kind!.validations.forEach(({ policy, crd }, i) => {
          compiled.of++;
          if ("value" in policy) compiled.policy++;
          if ("value" in crd) compiled.crd++;
          for (const [spec, labels] of objects) {
            const object = widget(spec, labels);
            if (!("value" in policy) && !("value" in crd)) continue;
            const { denials, warnings } = validate([plans[i]!], templateData(object, [], new Set()), 0);
            assert.deepEqual(warnings, []);
            const [denial] = denials;
            if (denial !== undefined) compiled.denied++;
            if ("value" in policy) {
              const variables = { object: celValue(object as unknown as Json) };
              const { expression, message, messageExpression } = policy.value;
              assert.equal(evaluated(expression, variables), denial === undefined, expression);
              const said = messageExpression === undefined ? message : evaluated(messageExpression, variables);
              if (denial !== undefined) assert.equal(String(said).trim(), denial.text, messageExpression);
            }
            if ("value" in crd) {
              const variables = { self: typedCelValue(schema, spec) };
              const { rule, message, messageExpression, fieldPath } = crd.value;
              assert.equal(evaluated(rule, variables), denial === undefined, rule);
              const said = messageExpression === undefined ? message : evaluated(String(messageExpression), variables);
              if (denial !== undefined) {
                assert.equal(String(said).trim(), denial.message);
                const field = `spec${fieldPath.replace(/\['([^']*)'\]/g, '["$1"]')}`;
                assert.equal(field, denial.field);
              }
            }
          }
        });
      },
    ),
    { numRuns: 120 },
  );
  // Enough was compiled, and refused, for the comparison to say something.
  assert.ok(compiled.policy > compiled.of / 4 && compiled.crd > compiled.of / 16, JSON.stringify(compiled));
  assert.ok(compiled.denied > 200, JSON.stringify(compiled));
});
