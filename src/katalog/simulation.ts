import type { Finding } from "../base/finding.ts";
import { checkShape } from "./check_shape.ts";
import type { ReadFile } from "./crd_file.ts";
import { katalogLimits } from "./decode.ts";
import { childOf, entriesOf, flagOf, itemsOf, type Node, nodeAt, textOf } from "./node.ts";
import { resolvePath } from "./paths.ts";
import { Report } from "./report.ts";
import { defaultCycles, simulationShape } from "./schema_simulation.ts";
import type { SourceFile } from "./source.ts";
import { readYaml } from "./yaml.ts";

/** A document of kind Simulate. Paths are relative to where the loader was started. */
export type Simulation =
  & { readonly name: string; readonly file: string }
  & (
    | { readonly kind: "simulation"; readonly spec: SimulationSpec }
    /** Others, all of which are run. */
    | { readonly kind: "imports"; readonly imports: readonly string[] }
  );

export interface SimulationSpec {
  readonly katalog: string;
  readonly crs: readonly string[];
  readonly crds: readonly string[];
  readonly cycles: number;
  readonly skipExternal: boolean;
  /** Of CRDs that `crds` does not name; absent: nothing is expected. */
  readonly expect?: Expectation | undefined;
  /** By key of `spec.crds` of the Katalog. */
  readonly expectOf: Readonly<Record<string, Expectation>>;
}

export interface Expectation {
  readonly steady: boolean;
  readonly steadyAt?: number | undefined;
  readonly noErrors: boolean;
  readonly ops: readonly OperationRule[];
  readonly absent: readonly OperationRule[];
}

export interface OperationRule {
  readonly cycle?: number | undefined;
  readonly verb?: string | undefined;
  readonly resource: string;
  readonly name?: string | undefined;
  readonly count: number;
  /** `simulate.yaml:12:9`. */
  readonly at: string;
}

/** Is it a document of this kind, in whatever state the rest of it is? */
export function isSimulation(file: SourceFile): boolean {
  const { documents } = readYaml(file, katalogLimits);
  return textOf(childOf(documents[0], "kind")) === "Simulate";
}

/** Reads a document of kind Simulate; `readFile` says which files are there. Never throws. */
export function loadSimulation(
  file: SourceFile,
  readFile: ReadFile,
): { readonly findings: readonly Finding[]; readonly simulation?: Simulation } {
  const report = new Report();
  const { documents, findings } = readYaml(file, katalogLimits);
  for (const finding of findings) report.add(finding);
  const [root, second] = documents;
  if (root === undefined) {
    if (findings.length === 0) report.error({ file: file.path, line: 1, column: 1 }, "", "The file is empty");
    return { findings: report.findings() };
  }
  if (second !== undefined) {
    report.error(second.at, "", "A file holds one document of kind Simulate", "use one file each");
  }
  checkShape(root, simulationShape, "", report);
  const named = (node: Node | undefined, path: string): string[] => {
    const text = textOf(node);
    if (node === undefined || text === undefined) return [];
    const resolved = resolvePath(file.path, text);
    if (readFile(resolved) === undefined) report.error(node.at, path, `Cannot read ${resolved}`, "is it there?");
    return [resolved];
  };
  const spec = childOf(root, "spec");
  const several = (key: string): string[] =>
    itemsOf(childOf(spec, key)).flatMap((item, i) => named(item, `spec.${key}[${i}]`));
  const katalog = named(childOf(spec, "katalog"), "spec.katalog");
  const crs = [...named(childOf(spec, "cr"), "spec.cr"), ...several("crFiles")];
  const crds = [...named(childOf(spec, "crd"), "spec.crd"), ...several("crdFiles")];
  const imports = itemsOf(childOf(root, "imports")).flatMap((item, i) => named(item, `imports[${i}]`));
  const list = childOf(root, "imports");
  if (list !== undefined && itemsOf(list).length === 0) {
    report.error(list.at, "imports", "Nothing is imported, so nothing would be run", "list the documents that are run");
  }
  if (report.failed) return { findings: report.findings() };
  const base = { name: textOf(nodeAt(root, "metadata", "name")) ?? "", file: file.path };
  if (spec === undefined) return { findings: report.findings(), simulation: { ...base, kind: "imports", imports } };
  const expect = childOf(spec, "expect");
  const expectOf = [...entriesOf(childOf(expect, "crds"))].map(([key, { value }]) => [key, expectationOf(value)]);
  return {
    findings: report.findings(),
    simulation: {
      ...base,
      kind: "simulation",
      spec: {
        katalog: katalog[0]!,
        crs,
        crds,
        cycles: numberOf(childOf(spec, "cycles")) ?? defaultCycles,
        skipExternal: flagOf(childOf(spec, "skipExternal")) ?? false,
        expect: expect === undefined ? undefined : expectationOf(expect),
        expectOf: Object.fromEntries(expectOf),
      },
    },
  };
}

function expectationOf(node: Node): Expectation {
  return {
    steady: flagOf(childOf(node, "steady")) ?? false,
    steadyAt: numberOf(childOf(node, "steadyAt")),
    noErrors: flagOf(childOf(node, "noErrors")) ?? false,
    ops: itemsOf(childOf(node, "ops")).map(ruleOf),
    absent: itemsOf(childOf(node, "absent")).map(ruleOf),
  };
}

function ruleOf(node: Node): OperationRule {
  const { file, line, column } = node.at;
  return {
    cycle: numberOf(childOf(node, "cycle")),
    verb: textOf(childOf(node, "verb")),
    resource: textOf(childOf(node, "resource")) ?? "",
    name: textOf(childOf(node, "name")),
    count: numberOf(childOf(node, "count")) ?? 1,
    at: `${file}:${line}:${column}`,
  };
}

function numberOf(node: Node | undefined): number | undefined {
  return node?.type === "scalar" && typeof node.value === "number" ? node.value : undefined;
}
