import type { Family, Registry } from "./registry.ts";
import type { MetricSpec } from "./metric.ts";

/** What rules of `validation` and `mutation` do, wherever they are applied: `source` is `admission` or `reconcile`. */
export interface AdmissionSpecs {
  readonly validations: MetricSpec;
  readonly violations: MetricSpec;
  readonly mutations: MetricSpec;
  readonly changes: MetricSpec;
}

/** `own`: labels that the process gives each of them itself. */
export function admissionSpecs(...own: readonly string[]): AdmissionSpecs {
  const counter = (name: string, help: string, labels: readonly string[]): MetricSpec => ({
    name,
    type: "counter",
    help,
    labels: [...own, ...labels],
  });
  return {
    validations: counter(
      "controller_admission_validation_total",
      "Objects that validation rules judged: allowed, denied or warned.",
      ["result", "source"],
    ),
    violations: counter(
      "controller_admission_validation_violations_total",
      "Rules of validation that objects broke, by field, operator and action (deny or warn).",
      ["field", "rule", "action", "source"],
    ),
    mutations: counter(
      "controller_admission_mutation_total",
      "Objects that mutation rules looked at: applied where they changed something, else skipped.",
      ["result", "source"],
    ),
    changes: counter(
      "controller_admission_mutation_applied_total",
      "Rules of mutation that changed something, by field and type: default or override.",
      ["field", "type", "source"],
    ),
  };
}

/** A rule that an object broke, and one that changed it: what the Katalog says, nothing of the object. */
interface Broken {
  readonly field: string;
  readonly operator: string;
  readonly action: string;
}
interface Changed {
  readonly field: string;
  readonly mode: string;
}

/** Counts what rules do. Fields are those that the Katalog names, so their number is bounded. */
export class AdmissionMetrics {
  readonly #source: string;
  readonly #validations: Family;
  readonly #violations: Family;
  readonly #mutations: Family;
  readonly #changes: Family;

  constructor(registry: Registry, specs: AdmissionSpecs, source: "admission" | "reconcile") {
    this.#source = source;
    this.#validations = registry.add(specs.validations);
    this.#violations = registry.add(specs.violations);
    this.#mutations = registry.add(specs.mutations);
    this.#changes = registry.add(specs.changes);
    // Without labels of its own the process has one set of series, which begins at 0.
    if (specs.validations.labels.length > 2) return;
    for (const result of ["allowed", "denied", "warned"]) this.#validations.of(result, source);
  }

  /** `own`: the values of the labels that `admissionSpecs` got. */
  validated(own: readonly string[], result: "allowed" | "denied" | "warned", broken: readonly Broken[]): void {
    this.#validations.of(...own, result, this.#source).inc();
    for (const { field, operator, action } of broken) {
      this.#violations.of(...own, field, operator, action, this.#source).inc();
    }
  }

  mutated(own: readonly string[], changes: readonly Changed[]): void {
    this.#mutations.of(...own, changes.length > 0 ? "applied" : "skipped", this.#source).inc();
    for (const { field, mode } of changes) this.#changes.of(...own, field, mode, this.#source).inc();
  }
}
