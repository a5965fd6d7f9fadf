import type { Clock } from "../../base/clock.ts";
import { type FileReader, namedFiles, readKatalogs } from "../../files/mod.ts";
import {
  defaultCycles,
  type Expectation,
  isSimulation,
  loadSimulation,
  type Simulation,
  type SimulationSpec,
} from "../../katalog/mod.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { apiVersionOf } from "../../k8s/object.ts";
import { builtInTypes } from "../../k8s/resource_types.ts";
import type { BoxPlan } from "../../plan/mod.ts";
import { applyFailure, readObjects } from "../apply_files.ts";
import { loadPlan } from "../load_plan.ts";
import { hasErrors, printFindings } from "../print_findings.ts";
import { paint, type Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { checkExpectation } from "./check.ts";
import { runCycles, type Simulated } from "./cycles.ts";
import { discover } from "./discover.ts";
import type { OpenLab } from "./lab.ts";
import type { Cycle } from "./operation.ts";
import { printChecks, printCycles } from "./print.ts";
import { crsOf, type Scenery, setStage } from "./stage.ts";

export interface SimulateOptions {
  /** Documents of kind Simulate, or Katalogs. */
  readonly files: readonly string[];
  /** With Katalogs: files with CRs. */
  readonly crs: readonly string[];
  /** The one CRD that is simulated, by its key; all of them when absent. */
  readonly crd?: string | undefined;
  readonly cycles?: number | undefined;
  /** Of files that `FOLDER/...` finds, those with one of these texts in their path are left out. */
  readonly skip: readonly string[];
  readonly skipExternal: boolean;
  readonly debugOps: boolean;
}

export interface SimulatePorts {
  readonly clock: Clock;
  readonly files: FileReader;
  readonly openLab: OpenLab;
}

const defaultSimulation = "simulate.yaml";

/**
 * `ork simulate`: what the operators of a Katalog do with CRs, pass by pass, on an API server in memory. Exit code 1 for
 * files with errors, and where something is not as a document of kind Simulate expects it.
 */
export async function simulate(options: SimulateOptions, terminal: Terminal, ports: SimulatePorts): Promise<number> {
  const isThere = namedFiles(ports.files)(defaultSimulation) !== undefined;
  const discovered = discover(options.files, options.skip, ports.files);
  if (discovered.length === 0 && options.files.length > 0) {
    terminal.err(`ork: There is no ${defaultSimulation} in ${options.files.join(", ")}`);
    return 1;
  }
  const named = discovered.length > 0 ? discovered : isThere && options.crs.length === 0 ? [defaultSimulation] : [];
  const { sources, findings } = await readKatalogs(named, ports.files);
  printFindings(findings, terminal, terminal.err);
  if (hasErrors(findings)) return 1;
  if (!sources.some(isSimulation)) return await simulateKatalog(named, options, terminal, ports);
  if (options.crs.length > 0) throw new UsageError("--cr is for Katalogs: a document of kind Simulate names its CRs");
  let passed = true;
  for (const source of sources) {
    passed = await simulateDocument(source.path, new Set(), options, terminal, ports) && passed;
  }
  return passed ? 0 : 1;
}

async function simulateKatalog(
  named: readonly string[],
  options: SimulateOptions,
  terminal: Terminal,
  ports: SimulatePorts,
): Promise<number> {
  const crs = options.crs.length > 0 ? options.crs : ["cr.yaml"];
  const spec = { katalogs: named, crs, crds: [], cycles: options.cycles ?? defaultCycles, expectOf: {} };
  return await simulateSpec({ ...spec, expect: undefined, skipExternal: false }, options, terminal, ports) === undefined
    ? 1
    : 0;
}

/** Returns whether all is as expected. */
async function simulateDocument(
  path: string,
  above: ReadonlySet<string>,
  options: SimulateOptions,
  terminal: Terminal,
  ports: SimulatePorts,
): Promise<boolean> {
  const simulation = readDocument(path, terminal, ports.files);
  if (simulation === undefined) return false;
  if (simulation.kind === "imports") {
    let passed = true;
    for (const each of simulation.imports) {
      if (above.has(each) || each === path) {
        terminal.err(`${path}: error: ${each} imports itself`);
        return false;
      }
      passed = await simulateDocument(each, new Set([...above, path]), options, terminal, ports) && passed;
    }
    return passed;
  }
  const { spec, name } = simulation;
  const cycles = options.cycles ?? spec.cycles;
  const passed = await simulateSpec({ ...spec, katalogs: [spec.katalog], cycles }, options, terminal, ports);
  if (passed === undefined) return false;
  terminal.out(paint(terminal, passed ? "green" : "red", `${passed ? "PASS" : "FAIL"} ${name}`));
  return passed;
}

function readDocument(path: string, terminal: Terminal, files: FileReader): Simulation | undefined {
  const bytes = namedFiles(files)(path);
  if (bytes === undefined) {
    terminal.err(`${path}:1:1: error: Cannot read the file`);
    return undefined;
  }
  const { findings, simulation } = loadSimulation({ path, bytes }, namedFiles(files));
  printFindings(findings, terminal, terminal.err);
  return simulation;
}

/** Simulates every CRD of Katalogs once and prints nothing but what is wrong; `undefined`: there is nothing to simulate. */
export async function simulateOnce(
  katalogs: readonly string[],
  crs: readonly string[],
  terminal: Terminal,
  ports: SimulatePorts,
): Promise<ReadonlyMap<string, readonly Cycle[]> | undefined> {
  const found = new Map<string, readonly Cycle[]>();
  const spec = { katalogs, crs, crds: [], cycles: defaultCycles, expectOf: {}, expect: undefined, skipExternal: false };
  const options = { files: [], crs, skip: [], skipExternal: false, debugOps: false };
  const quiet = { ...terminal, out: () => {} };
  const result = await simulateSpec(spec, options, quiet, ports, (box, { cycles }) => found.set(box, cycles));
  return result === undefined ? undefined : found;
}

type Spec = Omit<SimulationSpec, "katalog"> & { readonly katalogs: readonly string[] };

/** Returns whether all is as expected; `undefined`: something cannot be simulated, which is printed. */
async function simulateSpec(
  spec: Spec,
  options: SimulateOptions,
  terminal: Terminal,
  { clock, files, openLab }: SimulatePorts,
  onSimulated: (box: string, simulated: Simulated) => void = () => {},
): Promise<boolean | undefined> {
  const { findings, katalog, plan } = await loadPlan(spec.katalogs, files);
  printFindings(findings, terminal, terminal.err);
  if (katalog === undefined || plan === undefined) return undefined;
  const crs = await readObjects(spec.crs, terminal, files);
  const named = katalog.crds.flatMap(({ crdFile }) => crdFile ?? []);
  const definitions = await readObjects([...new Set([...spec.crds, ...named])], terminal, files);
  if (crs === undefined || definitions === undefined) return undefined;
  const scenery: Scenery = {
    katalog,
    plan,
    crs,
    definitions: definitions.filter(({ kind }) => kind === "CustomResourceDefinition"),
  };
  const boxes = chosen(plan.boxes, crs, options.crd, terminal);
  if (boxes === undefined) return undefined;
  const unknown = Object.keys(spec.expectOf).find((name) => !plan.boxes.some((box) => box.name === name));
  if (unknown !== undefined) {
    terminal.err(`error: expect.crds.${unknown}: the Katalog has no CRD "${unknown}"`);
    return undefined;
  }
  const skipExternal = options.skipExternal || spec.skipExternal;
  let passed = true;
  for (const name of Object.keys(spec.expectOf)) {
    if (boxes.some((box) => box.name === name) || (options.crd ?? name) !== name) continue;
    terminal.err(`error: expect.crds.${name}: it is not simulated, since there is no CR of it`);
    passed = false;
  }
  for (const box of boxes) {
    const [cr] = crsOf(box, crs);
    const key = objectKey({ ...cr!.metadata, ...namespaceOf(box, cr!) });
    terminal.out(paint(terminal, "bold", `Simulating ${box.name}/${cr!.metadata.name}`));
    const startMs = clock.nowMs();
    const lab = openLab({ skipExternal });
    let simulated: Simulated;
    try {
      await setStage(lab, scenery);
      simulated = await runCycles(lab, plan, box, key, spec.cycles);
    } catch (error) {
      const failure = applyFailure(error);
      if (failure === undefined) throw error;
      terminal.err(`error: ${failure}`);
      return undefined;
    } finally {
      await lab.stop();
    }
    onSimulated(box.name, simulated);
    printCycles(simulated, `${Math.round(clock.nowMs() - startMs)}ms`, options.debugOps, terminal);
    const expected: Expectation | undefined = spec.expectOf[box.name] ?? spec.expect;
    if (expected === undefined) continue;
    const checks = checkExpectation(expected, simulated, resourcesOf(scenery));
    printChecks(checks, terminal);
    passed = checks.every((check) => check.passed) && passed;
  }
  return passed;
}

function namespaceOf({ type }: BoxPlan, { metadata }: KubeObject): { namespace?: string } {
  return type.namespaced ? { namespace: metadata.namespace ?? "default" } : {};
}

/** The boxes of which there is a CR; `undefined`: there are none, which is printed. */
function chosen(
  boxes: readonly BoxPlan[],
  crs: readonly KubeObject[],
  crd: string | undefined,
  terminal: Terminal,
): BoxPlan[] | undefined {
  const wanted = boxes.filter(({ name }) => crd === undefined || name === crd);
  if (wanted.length === 0) {
    const known = boxes.map(({ name }) => name).join(", ") || "none";
    terminal.err(`error: The Katalog has no CRD "${crd ?? ""}"; it has ${known}`);
    return undefined;
  }
  const found = wanted.filter((box) => crsOf(box, crs).length > 0);
  for (const { name, type } of wanted) {
    if (found.some((box) => box.name === name)) continue;
    terminal.err(`note: ${name} is not simulated: there is no CR of kind ${type.kind} (${apiVersionOf(type)})`);
  }
  return found.length === 0 ? undefined : found;
}

/** Plurals of everything that there can be in a simulation; `status` is that of the CR. */
function resourcesOf({ plan, definitions }: Scenery): ReadonlySet<string> {
  const types = [...builtInTypes, ...plan.boxes.flatMap(({ type, children }) => [type, ...children])];
  const defined = definitions.map((definition) => String(definition["spec"]?.names?.plural));
  return new Set(["status", ...types.map(({ plural }) => plural), ...defined]);
}
