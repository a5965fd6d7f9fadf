/** A text that may hold a template, and where it stands. */
export interface TextPlan {
  readonly text: string;
  /** `katalog.yaml:12:20`, for error messages. */
  readonly at: string;
}

/** `when` and `or`; both must pass when both are there (ruling 5). */
export interface Gate {
  readonly when?: readonly ConditionPlan[] | undefined;
  readonly or?: readonly ConditionPlan[] | undefined;
}

/** One item of `when` or `or`, shorthands already written as operator and value. */
export interface ConditionPlan {
  /** A dot path (leading dot removed) or a template. */
  readonly field?: TextPlan;
  readonly operator: ConditionOperator;
  readonly value?: TextPlan;
  readonly negate?: boolean;
  /** `HH:MM`, UTC; may cross midnight (ruling 17). */
  readonly time?: { readonly after?: string; readonly before?: string };
  /** Holds this long after each time that a schedule is due, UTC. */
  readonly cron?: { readonly schedule: string; readonly durationMs: number };
  readonly dayOfWeek?: {
    readonly weekday?: boolean;
    readonly weekend?: boolean;
    readonly in?: readonly string[];
    readonly notIn?: readonly string[];
  };
}

export type ConditionOperator =
  | "equals"
  | "notEquals"
  | "contains"
  | "notContains"
  | "prefix"
  | "notPrefix"
  | "suffix"
  | "notSuffix"
  | "regex"
  | "notRegex"
  | "exists"
  | "notExists"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "between"
  | "notBetween"
  | "in"
  | "notIn"
  | "typeOf"
  | "typeMap"
  | "typeList"
  | "typeString"
  | "typeNumber"
  | "typeBool"
  | "typeNull"
  /** No other object of the kind has the value: of validation rules alone, and decided in `admission/unique.ts`. */
  | "unique"
  /** Only `time`, `dayOfWeek` or `cron` decides. */
  | "clock";
