import { ownValue } from "../base/json.ts";
import { patternBounds } from "../conditions/mod.ts";
import { Inexpressible } from "./inexpressible.ts";
import { pathOf, type Place, type TypedField } from "./typed_field.ts";

/**
 * What an expression may cost, in the units of k8s.io/apiserver `pkg/apis/cel/config.go`: `PerCallLimit` of an admission
 * policy, and `StaticEstimatedCostLimit` of a rule in a CRD, each halved for what is beside the one call.
 */
const maxCost: Readonly<Record<Place, number>> = { policy: 500_000, mutation: 500_000, crd: 5_000_000 };

/**
 * What the expressions of a policy may cost together (`RuntimeCELCostBudget`), and those of a CRD
 * (`StaticEstimatedCRDCostLimit`), halved again: comparisons are not counted, since each costs next to nothing.
 */
const maxTotal: Readonly<Record<Place, number>> = { policy: 5_000_000, mutation: 5_000_000, crd: 50_000_000 };

/** What is left for the rules of one kind at one place. */
export interface Budget {
  left: number;
}

export function newBudget(place: Place): Budget {
  return { left: maxTotal[place] };
}

/** Characters of a text that no schema bounds: a request has 3 MiB (`MaxRequestSizeBytes`). */
const requestBytes = 3 * 1024 * 1024;

/**
 * Searching a text costs a tenth of its length (cel-go `common.StringTraversalCostFactor`) times a tenth of the operand,
 * or a quarter of a pattern (`RegexStringLengthCostFactor`). The cost is taken from the budget. Throws `Inexpressible`
 * where the API server would not take the expression, or not evaluate it.
 */
export function checkCost(
  field: TypedField,
  operandLength: number,
  what: "contains" | "regex",
  budget: Budget,
): void {
  const maxLength = maxLengthOf(field) ?? requestBytes;
  // A policy asks for the length first, see `patternBound`; the estimate for a CRD does not see it.
  const length = what === "regex" && field.place !== "crd" ? Math.min(maxLength, patternBounds.text) : maxLength;
  const factor = Math.max(1, Math.ceil(operandLength * (what === "regex" ? 0.25 : 0.1)));
  const cost = Math.ceil(length * 0.1) * factor;
  if (cost > maxCost[field.place]) {
    const admitted = Math.floor(maxCost[field.place] / factor) * 10;
    throw new Inexpressible(
      `it would cost more than the API server allows: set maxLength of ${
        pathOf(field)
      } to at most ${admitted} in the CRD`,
    );
  }
  if (cost > budget.left) {
    throw new Inexpressible(
      `with the rules before it, it would cost more than the API server allows: set a smaller maxLength of ${
        pathOf(field)
      }`,
    );
  }
  budget.left -= cost;
}

/** The maxLength text that a pattern is matched with, where the schema lets a longer one be; else `undefined`. */
export function patternBound(field: TypedField): number | undefined {
  return (maxLengthOf(field) ?? Infinity) > patternBounds.text ? patternBounds.text : undefined;
}

/** Characters of the text of a value, by its schema; `undefined`: any number. */
export function maxLengthOf({ schema, type }: TypedField): number | undefined {
  if (type === "integer" || type === "boolean") return 20;
  const values = ownValue(schema, "enum");
  if (Array.isArray(values)) return Math.max(0, ...values.map((each) => typeof each === "string" ? each.length : 0));
  const max = ownValue(schema, "maxLength");
  return typeof max === "number" ? max : undefined;
}
