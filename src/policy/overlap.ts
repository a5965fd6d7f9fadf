import { parseFieldPath } from "../base/field_path.ts";
import type { ConditionPlan, Gate, MutationPlan, NormalizePlan, ValidationPlan } from "../conditions/mod.ts";
import { parseTemplate, references } from "../template/mod.ts";

/** Paths of an object; `undefined`: any. */
type Paths = readonly (readonly string[])[] | undefined;

/** What a rule reads and what it sets. */
export interface Footprint {
  readonly reads: Paths;
  readonly writes: Paths;
}

export function footprintOfMutation(plan: MutationPlan): Footprint {
  const { field: { text: field }, value } = plan;
  const isTemplate = field.includes("{{");
  return {
    reads: union(
      readByGate(plan),
      typeof value === "string" ? readByTemplate(value) : [],
      isTemplate ? readByTemplate(field) : [],
    ),
    writes: isTemplate ? undefined : readByField(field),
  };
}

export function footprintOfNormalize({ path, value }: NormalizePlan): Footprint {
  return { reads: readByTemplate(value.text), writes: [["spec", ...path]] };
}

export function footprintOfValidation(plan: ValidationPlan): Footprint {
  return {
    reads: union(readByGate(plan), readByCondition(plan.check), readByTemplate(plan.message.text)),
    writes: [],
  };
}

/** Some path of one lies on, above or below a path of the other. */
export function overlap(a: Paths, b: Paths): boolean {
  if (a === undefined || b === undefined) return (a ?? b)?.length !== 0;
  return a.some((one) => b.some((other) => one.every((name, i) => i >= other.length || name === other[i])));
}

function readByGate({ when = [], or = [] }: Gate): Paths {
  return union(...[...when, ...or].map(readByCondition));
}

function readByCondition({ field, value }: ConditionPlan): Paths {
  return union(
    field === undefined ? [] : readByField(field.text),
    value === undefined ? [] : readByTemplate(value.text),
  );
}

/** A field is a path where it is no template. */
function readByField(text: string): Paths {
  if (text.includes("{{")) return readByTemplate(text);
  const path = parseFieldPath(text);
  return path === undefined ? undefined : [path];
}

function readByTemplate(text: string): Paths {
  return text.includes("{{") ? references(parseTemplate(text)).map(({ path }) => path) : [];
}

function union(...all: readonly Paths[]): Paths {
  return all.includes(undefined) ? undefined : all.flatMap((paths) => paths!);
}
