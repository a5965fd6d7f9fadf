import { compareText } from "../base/finding.ts";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { demandOf, type ValidationPlan } from "../conditions/mod.ts";
import type { CrdEntry, Katalog } from "../katalog/mod.ts";
import type { FailurePolicy } from "../plan/plan.ts";
import type { CompiledKind, CompiledMutation, CompiledValidation } from "./compiled.ts";
import { type Budget, newBudget } from "./cost.ts";
import { ruleCel } from "./rule_cel.ts";
import { Inexpressible, orReason } from "./inexpressible.ts";
import { compiledMutations } from "./mutations.ts";
import {
  type Footprint,
  footprintOfMutation,
  footprintOfNormalize,
  footprintOfValidation,
  overlap,
} from "./overlap.ts";
import { crdRule } from "./schema_rule.ts";
import { selectionOf } from "./selection.ts";

/** The kinds that have rules, sorted by name. The same Katalog gives the same result. */
export function compileKinds(katalog: Katalog): CompiledKind[] {
  const { failurePolicy } = katalog.gateway.admission;
  return katalog.crds.filter(({ enabled, validation, mutation }) => enabled && validation.length + mutation.length > 0)
    .sort((a, b) => compareText(a.name, b.name)).map((crd) => compileKind(crd, failurePolicy));
}

function compileKind(crd: CrdEntry, failurePolicy: FailurePolicy): CompiledKind {
  const { name, type, crdFile, webhooks } = crd;
  const schema = orReason(() => ({ value: objectSchema(crd) }));
  const selection = "reason" in schema ? schema : orReason(() => ({ value: selectionOf(crd, schema.value) }));
  const reason = "reason" in selection ? selection.reason : undefined;
  const given = {
    schema: "reason" in schema ? {} : schema.value,
    reason,
    budgets: { policy: newBudget("policy"), crd: newBudget("crd") },
  };
  const mutations = compiledMutations(crd, given);
  return {
    name,
    type,
    crdFile,
    operations: webhooks.operations,
    failurePolicy,
    selection: "reason" in selection ? undefined : selection.value,
    mutations,
    validations: crd.validation.map((plan) => compileValidation(plan, crd, given, mutations)),
  };
}

interface Given {
  readonly schema: JsonMap;
  /** Why nothing of the kind can be compiled. */
  readonly reason: string | undefined;
  readonly budgets: Readonly<Record<"policy" | "crd", Budget>>;
}

function compileValidation(
  plan: ValidationPlan,
  crd: CrdEntry,
  { schema, reason, budgets }: Given,
  mutations: readonly CompiledMutation[],
): CompiledValidation {
  const { reads } = footprintOfValidation(plan);
  const sets = (footprint: Footprint): boolean => overlap(footprint.writes, reads);
  const normalized = crd.normalize.map(footprintOfNormalize).some(sets);
  const mutated = crd.mutation.map(footprintOfMutation).map(sets);
  /** Rules see the object normalized and mutated. */
  const checkSeen = (isSeenMutated: boolean): void => {
    if (reason !== undefined) throw new Inexpressible(reason);
    if (!crd.webhooks.validation) throw new Inexpressible("webhooks.validation: false leaves it to the Runtime");
    if (normalized) throw new Inexpressible("it reads what normalize sets");
    if (mutated.some((is, i) => is && !(isSeenMutated && "value" in mutations[i]!.policy))) {
      throw new Inexpressible("it reads what a mutation rule sets");
    }
  };
  return {
    at: plan.check.field?.at ?? plan.message.at,
    what: `${plan.check.field?.text ?? "the object"} ${demandOf(plan.check)}`,
    action: plan.action,
    admissionOnly: plan.admissionOnly === true,
    policy: orReason(() => {
      checkSeen(true);
      return { value: ruleCel(plan, { schema, place: "policy", budget: budgets.policy }) };
    }),
    crd: orReason(() => {
      checkSeen(false);
      return { value: crdRule(plan, crd, { schema, place: "crd", budget: budgets.crd }) };
    }),
  };
}

/** The schema of the whole object: that of the CRD, with what every object has. Throws `Inexpressible`. */
function objectSchema({ definition }: CrdEntry): JsonMap {
  const schema = definition?.schema;
  if (schema === undefined) {
    throw new Inexpressible("the schema of the kind is not known: name the manifest of its CRD with crdFile");
  }
  const properties = ownValue(schema, "properties");
  return { ...schema, properties: { ...(isMap(properties) ? properties : {}), ...objectFields } };
}

const names = { type: "string", maxLength: 253 };

/** What is read of `metadata`, with the bounds of the API server. */
const objectFields: JsonMap = {
  apiVersion: { type: "string", maxLength: 320 },
  kind: { type: "string", maxLength: 63 },
  metadata: {
    type: "object",
    properties: {
      name: names,
      generateName: names,
      namespace: { type: "string", maxLength: 63 },
      labels: { type: "object", additionalProperties: { type: "string", maxLength: 63 } },
      annotations: { type: "object", additionalProperties: { type: "string", maxLength: 262_144 } },
    },
  },
};
