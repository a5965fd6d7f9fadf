import { mayHoldSecret, type UniqueField, uniqueFields } from "../admission/mod.ts";
import type { BoxPlan, Plan, ProtectionPlan, ReviewedKindPlan } from "../plan/mod.ts";
import type { CompiledKind, Outcome } from "../policy/mod.ts";
import { externalLines } from "./posture_external.ts";
import { crossLines } from "./posture_cross.ts";

/**
 * What is enforced where, line by line, for `ork validate`: rules by the Gateway before an object is stored, by the
 * Runtime before it is reconciled, or both; and what happens while the Gateway cannot be reached. Below each kind of
 * `compiled` its rules, each with the places that can enforce it. Then what is read of other Runtimes, what those
 * may read, and which HTTP calls are made. Empty: there is none of this.
 */
export function posture({ boxes, gateway, protection }: Plan, compiled: readonly CompiledKind[] = []): string[] {
  const admission = gateway?.admission;
  const alone = gateway?.standalone === true;
  const lines = (alone ? admission?.kinds ?? [] : boxes).flatMap((box) => {
    const rules = rulesOf(box);
    if (rules === undefined) return [];
    const kind = admission?.kinds.find(({ name }) => name === box.name);
    const parts = [
      ...kind?.validates === true ? ["validation"] : [],
      ...kind?.mutates === true ? ["mutation"] : [],
    ];
    const where = parts.length === 0
      ? "by the Runtime alone, before a reconcile"
      : `${parts.join(" and ")} by the Gateway (${admission!.failurePolicy}: ${meaning(admission!.failurePolicy)}), ` +
        (alone ? "and by nobody else" : "all by the Runtime");
    return [
      `${box.name}: ${rules}: ${where}`,
      ...alone || !("endpoints" in box) ? [] : uniqueLine(box, kind?.validates === true),
      ...compiled.filter(({ name }) => name === box.name).flatMap((each) => ruleLines(each, kind, alone)),
    ];
  });
  return [
    ...lines,
    ...boxes.flatMap(crossLines),
    ...boxes.flatMap((box) => externalLines(box, admission?.kinds.find(({ name }) => name === box.name))),
    ...protectionLines(protection, gateway !== undefined),
  ];
}

/** The Runtime alone knows the other objects; the Gateway asks it, as far as that is possible. */
function uniqueLine({ name, validation, endpoints }: BoxPlan, validates: boolean): string[] {
  const fields = uniqueFields(validation);
  if (fields.length === 0) return [];
  const asked = validates && endpoints.info ? fields.filter((field) => !mayHoldSecret(field)) : [];
  const unasked = fields.filter((field) => !asked.includes(field));
  const names = (some: readonly UniqueField[]): string => some.map((field) => field.name).join(", ");
  return [
    ...asked.length === 0 ? [] : [
      `${name}: unique: ${
        names(asked)
      }: by the Runtime; the Gateway asks it, and admits with a warning where it does ` +
      "not respond",
    ],
    ...unasked.length === 0 ? [] : [`${name}: unique: ${names(unasked)}: by the Runtime alone`],
  ];
}

/** One line a rule: `  k.yaml:9:9 spec.size must be at most 3: Runtime, Gateway; ork generate: policies, crd`. */
function ruleLines(
  { mutations, validations }: CompiledKind,
  reviewed: ReviewedKindPlan | undefined,
  alone: boolean,
): string[] {
  const line = (
    { at, what, admissionOnly }: { at: string; what: string; admissionOnly: boolean },
    byGateway: boolean,
    places: readonly [string, Outcome<unknown>][],
  ): string => {
    const here = [...admissionOnly || alone ? [] : ["Runtime"], ...byGateway ? ["Gateway"] : []].join(", ") ||
      "nowhere yet";
    const possible = places.filter(([, outcome]) => "value" in outcome).map(([name]) => name);
    const refused = Map.groupBy(
      places.flatMap(([name, outcome]) => "reason" in outcome ? [{ name, reason: outcome.reason }] : []),
      ({ reason }) => reason,
    );
    const reasons = [...refused].map(([reason, names]) => `not ${names.map(({ name }) => name).join(", ")}: ${reason}`);
    const generated = possible.length === 0 ? [] : [`ork generate: ${possible.join(", ")}`];
    return `  ${at} ${what}: ${[here, ...generated, ...reasons].join("; ")}`;
  };
  return [
    ...mutations.map((rule) => line(rule, reviewed?.mutates === true, [["policies", rule.policy]])),
    ...validations.map((rule) =>
      line(rule, reviewed?.validates === true, [["policies", rule.policy], ["crd", rule.crd]])
    ),
  ];
}

/** `2 denials, 1 warning, 1 mutation`. */
function rulesOf({ validation, mutation }: Pick<BoxPlan, "validation" | "mutation">): string | undefined {
  const denials = validation.filter(({ action }) => action === "deny").length;
  const counts = [
    count(denials, "denial"),
    count(validation.length - denials, "warning"),
    count(mutation.length, "mutation"),
  ].filter((text) => text !== undefined);
  return counts.length === 0 ? undefined : counts.join(", ");
}

function count(number: number, what: string): string | undefined {
  return number === 0 ? undefined : `${number} ${what}${number === 1 ? "" : "s"}`;
}

function meaning(policy: "Ignore" | "Fail"): string {
  return policy === "Ignore" ? "stored unchecked while it is down" : "refused while it is down";
}

function protectionLines(plan: ProtectionPlan | undefined, hasGateway: boolean): string[] {
  const without = hasGateway ? "" : "; the Katalog has no Gateway, so nothing is refused";
  const { deletion, namespaces } = plan ?? {};
  return [
    ...deletion === undefined ? [] : [
      `deletion protection (${deletion.failurePolicy}): CRDs ${deletion.definitions.join(", ") || "none"}; CRs of ${
        deletion.kinds.map(({ type, strict }) => `${type.kind}${strict ? " (strict)" : ""}`).join(", ") || "none"
      }${without}`,
    ],
    ...namespaces === undefined ? [] : [
      `namespace protection (${namespaces.failurePolicy}): ${
        namespaces.kinds.map(({ type }) => type.kind).join(", ") || "no kind has rules"
      }${without}`,
    ],
  ];
}
