import type { FieldError } from "../faults.ts";
import { type Any, checkOneOf, checkText, duplicate, invalidField, listOf, notSupported, required } from "./fields.ts";
import { keyProblems, labelProblems, labelValueProblems } from "./names.ts";
import { validateLabels, validateLabelSelector, validateOperator } from "./selectors.ts";

/** The rules of where a Pod may run (kubernetes/pkg/apis/core/validation/validation.go). */
export function validatePlacement(spec: Any, path: string, errors: FieldError[]): void {
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors);
  listOf(spec.tolerations).forEach((each, i) => validateToleration(each, `${path}.tolerations[${i}]`, errors));
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (nodeAffinity !== undefined) validateNodeAffinity(nodeAffinity, `${path}.affinity.nodeAffinity`, errors);
  for (const [name, affinity] of Object.entries<Any>({ podAffinity, podAntiAffinity })) {
    if (affinity !== undefined) validatePodAffinity(affinity, `${path}.affinity.${name}`, errors);
  }
  validateSpread(listOf(spec.topologySpreadConstraints), `${path}.topologySpreadConstraints`, errors);
}

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function validateToleration(toleration: Any, path: string, errors: FieldError[]): void {
  const { key = "", operator = "", value = "", effect = "" } = toleration;
  if (key !== "") checkText(`${path}.key`, key, keyProblems, errors);
  else if (operator !== "Exists") {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidField(`${path}.operator`, operator, why));
  }
  if (toleration.tolerationSeconds !== undefined && effect !== "NoExecute") {
    const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalidField(`${path}.effect`, effect, why));
  }
  if (operator === "" || operator === "Equal") {
    const problems = labelValueProblems(value);
    if (problems.length > 0) errors.push(invalidField(`${path}.operator`, value, problems.join(";")));
  } else if (operator === "Exists") {
    if (value !== "") {
      errors.push(invalidField(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    }
  } else if (operator === "Lt" || operator === "Gt") {
    if (!/^-?[0-9]+$/.test(value)) errors.push(invalidField(`${path}.value`, value, "must be a valid integer"));
  } else errors.push(notSupported(`${path}.operator`, operator, ["Equal", "Exists"]));
  if (effect !== "") checkOneOf(`${path}.effect`, effect, effects, errors);
}

function validateNodeAffinity(affinity: Any, path: string, errors: FieldError[]): void {
  const must = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (must !== undefined) {
    const at = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const terms = listOf(must.nodeSelectorTerms);
    if (terms.length === 0) errors.push(required(at, "must have at least one node selector term"));
    terms.forEach((term, i) => validateNodeTerm(term, `${at}[${i}]`, errors));
  }
  const wish = `${path}.preferredDuringSchedulingIgnoredDuringExecution`;
  listOf(affinity.preferredDuringSchedulingIgnoredDuringExecution).forEach(({ weight, preference }, i) => {
    checkWeight(weight, `${wish}[${i}].weight`, errors);
    validateNodeTerm(preference, `${wish}[${i}].preference`, errors);
  });
}

function validateNodeTerm(term: Any, path: string, errors: FieldError[]): void {
  listOf(term?.matchExpressions).forEach((requirement, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    if (requirement.operator === "Gt" || requirement.operator === "Lt") {
      if (listOf(requirement.values).length !== 1) {
        errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
    } else validateOperator(requirement, at, errors);
    checkText(`${at}.key`, requirement.key, keyProblems, errors);
  });
}

function checkWeight(weight: number, field: string, errors: FieldError[]): void {
  if (weight <= 0 || weight > 100) errors.push(invalidField(field, weight, "must be in the range 1-100"));
}

function validatePodAffinity(affinity: Any, path: string, errors: FieldError[]): void {
  listOf(affinity.requiredDuringSchedulingIgnoredDuringExecution).forEach((term, i) =>
    validateAffinityTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`, errors)
  );
  listOf(affinity.preferredDuringSchedulingIgnoredDuringExecution).forEach(({ weight, podAffinityTerm }, i) => {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    checkWeight(weight, `${at}.weight`, errors);
    validateAffinityTerm(podAffinityTerm, `${at}.podAffinityTerm`, errors);
  });
}

function validateAffinityTerm(term: Any, path: string, errors: FieldError[]): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, errors);
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const name of listOf(term.namespaces)) checkText(`${path}.namespace`, name, labelProblems, errors);
  if (!term.topologyKey) errors.push(required(`${path}.topologyKey`, "can not be empty"));
  checkText(`${path}.topologyKey`, term.topologyKey ?? "", keyProblems, errors);
}

function validateSpread(constraints: Any[], path: string, errors: FieldError[]): void {
  constraints.forEach((constraint, i) => {
    const at = `${path}[${i}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    if (!(maxSkew > 0)) errors.push(invalidField(`${at}.maxSkew`, maxSkew ?? 0, "must be greater than zero"));
    if (!topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
    checkOneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable ?? "", ["DoNotSchedule", "ScheduleAnyway"], errors);
    const twin = (other: Any) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable;
    if (constraints.slice(i + 1).some(twin)) {
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalidField(`${at}.minDomains`, minDomains, "must be greater than zero"));
      if (whenUnsatisfiable !== "DoNotSchedule") {
        const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        errors.push(invalidField(`${at}.minDomains`, minDomains, why));
      }
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      if (constraint[name] !== undefined) checkOneOf(`${at}.${name}`, constraint[name], ["Honor", "Ignore"], errors);
    }
    validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`, errors);
  });
}
