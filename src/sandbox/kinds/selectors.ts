import type { FieldError } from "../faults.ts";
import { type Any, forbiddenField, invalidField, listOf, own, required } from "./fields.ts";
import { keyProblems, labelValueProblems } from "./names.ts";

/** True when labels meet a `metav1.LabelSelector`. */
export function matchesLabels(selector: Any, labels: Record<string, string>): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (own(labels, key) !== value) return false;
  for (const { key, operator, values } of listOf(selector?.matchExpressions)) {
    const value = own(labels, key);
    const named = value !== undefined && listOf(values).includes(value);
    const met = operator === "In"
      ? named
      : operator === "NotIn"
      ? !named
      : operator === "Exists"
      ? value !== undefined
      : value === undefined;
    if (!met) return false;
  }
  return true;
}

/** The rules of labels (`unversionedvalidation.ValidateLabels`). */
export function validateLabels(labels: Record<string, string> | undefined, path: string, errors: FieldError[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const why of keyProblems(key)) errors.push(invalidField(path, key, why));
    for (const why of labelValueProblems(value)) errors.push(invalidField(path, value, why));
  }
}

/** The rules of a `metav1.LabelSelector`. */
export function validateLabelSelector(selector: Any, path: string, errors: FieldError[]): void {
  if (selector === undefined || selector === null) return;
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  listOf(selector.matchExpressions).forEach((requirement, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    validateOperator(requirement, at, errors);
    for (const why of keyProblems(requirement.key)) errors.push(invalidField(`${at}.key`, requirement.key, why));
    listOf(requirement.values).forEach((value, j) => {
      for (const why of labelValueProblems(value)) errors.push(invalidField(`${at}.values[${j}]`, value, why));
    });
  });
}

/** Whether a requirement has the values that its operator wants. */
export function validateOperator({ operator, values }: Any, at: string, errors: FieldError[]): void {
  if (operator === "In" || operator === "NotIn") {
    if (listOf(values).length === 0) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (listOf(values).length > 0) {
      errors.push(forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else errors.push(invalidField(`${at}.operator`, operator, "not a valid selector operator"));
}
