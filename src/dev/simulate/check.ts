import { nearest } from "../../base/suggest.ts";
import type { Expectation, OperationRule } from "../../katalog/mod.ts";
import type { Simulated } from "./cycles.ts";
import { hasVerb, type Operation } from "./operation.ts";

/** One expectation, and whether it is met. */
export interface Checked {
  readonly passed: boolean;
  /** What is expected. */
  readonly text: string;
  /** Where it stands in the file. */
  readonly at?: string | undefined;
  /** What is the case instead. */
  readonly why?: string | undefined;
}

/**
 * Checks what a simulation did against what is expected of it. `resources`: those that there can be, in plural; what is
 * expected of another one is not met, since a misspelt name is absent whatever happens.
 */
export function checkExpectation(
  expected: Expectation,
  simulated: Simulated,
  resources: ReadonlySet<string>,
): Checked[] {
  const { cycles, steadyAt } = simulated;
  const errors = cycles.flatMap(({ errors }, i) => errors.map((text) => `cycle ${i + 1}: ${text}`));
  const count = `${cycles.length} ${cycles.length === 1 ? "cycle" : "cycles"}`;
  const checks: Checked[] = [];
  if (expected.steady) {
    const why = steadyAt === undefined ? `not after ${count}` : undefined;
    checks.push({ passed: steadyAt !== undefined, text: "steady", why });
  }
  if (expected.steadyAt !== undefined) {
    const passed = steadyAt !== undefined && steadyAt <= expected.steadyAt;
    const why = passed ? undefined : steadyAt === undefined ? `not after ${count}` : `only at cycle ${steadyAt}`;
    checks.push({ passed, text: `steady at cycle ${expected.steadyAt}`, why });
  }
  if (expected.noErrors) {
    checks.push({ passed: errors.length === 0, text: "no errors", why: errors.length === 0 ? undefined : errors[0] });
  }
  for (const rule of expected.ops) {
    const found = matching(rule, simulated).length;
    const passed = found >= rule.count;
    checks.push({
      passed,
      text: describe(rule),
      at: rule.at,
      why: passed ? undefined : missed(rule, found, simulated),
    });
  }
  for (const rule of expected.absent) {
    const [first] = matching(rule, simulated);
    const why = first !== undefined
      ? `cycle ${first.cycle} ${first.operation.text}`
      : resources.has(rule.resource)
      ? undefined
      : unknown(rule.resource, resources);
    checks.push({ passed: why === undefined, text: `no ${describe(rule)}`, at: rule.at, why });
  }
  return checks;
}

function unknown(resource: string, resources: ReadonlySet<string>): string {
  const near = nearest(resource, resources);
  return `there is no resource of this name${near === undefined ? "" : `, did you mean "${near}"?`}`;
}

interface Found {
  readonly cycle: number;
  readonly operation: Operation;
}

function matching(rule: OperationRule, { cycles }: Simulated): Found[] {
  return cycles.flatMap(({ operations }, i) => operations.map((operation) => ({ cycle: i + 1, operation })))
    .filter(({ cycle, operation }) =>
      (rule.cycle === undefined || rule.cycle === cycle) && hasVerb(operation, rule.verb) &&
      rule.resource === operation.resource && (rule.name === undefined || rule.name === operation.name)
    );
}

function describe({ verb, resource, name, cycle, count }: OperationRule): string {
  const what = `${verb === undefined ? "" : `${verb} `}${resource}${name === undefined ? "" : `/${name}`}`;
  return `${what}${cycle === undefined ? "" : ` in cycle ${cycle}`}${count > 1 ? `, ${count} times` : ""}`;
}

/** What there is of it elsewhere tells what is wrong with the rule. */
function missed(rule: OperationRule, found: number, simulated: Simulated): string {
  if (found > 0) return `${found === 1 ? "once" : `${found} times`} only`;
  const anywhere = matching({ ...rule, cycle: undefined }, simulated);
  const [first] = anywhere.length > 0 ? anywhere : matching({ ...rule, cycle: undefined, verb: undefined }, simulated);
  return first === undefined ? "there is none" : `cycle ${first.cycle} ${first.operation.text}`;
}
