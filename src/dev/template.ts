import { type JsonMap, stringifyJson } from "../base/json.ts";
import { annotations as systemAnnotations } from "../k8s/names.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { FileReader } from "../files/mod.ts";
import { type Manifest, printKatalog } from "../katalog/mod.ts";
import { callsOfPasses, type Plan, startOrder } from "../plan/mod.ts";
import type { FirstPass } from "./first_pass.ts";
import { loadPlan } from "./load_plan.ts";
import { printFindings } from "./print_findings.ts";
import { readCrs } from "./read_crs.ts";
import { renderCr, type RenderedCr, type RenderPorts } from "./rendered.ts";
import { printYaml } from "./print_yaml.ts";
import { paint, type Terminal } from "./terminal.ts";

export interface TemplateOptions {
  readonly files: readonly string[];
  /** Files with CRs. */
  readonly crs: readonly string[];
  /** How the Katalog is printed where there are no CRs: as a graph of who waits for whom, `graph`. */
  readonly as?: "yaml" | "json" | "graph" | undefined;
}

export interface TemplatePorts extends RenderPorts {
  readonly files: FileReader;
}

/**
 * `ork template`: without CRs the Katalog in its one layout with every default, and the start order of its boxes in a
 * comment, or as JSON, or only who waits for whom; with CRs what a first pass over each would write, as YAML documents: children, then the CR's labels and
 * status. What `onDelete` would do are comments.
 */
export async function template(options: TemplateOptions, terminal: Terminal, ports: TemplatePorts): Promise<number> {
  const { findings, katalog, plan } = await loadPlan(options.files, ports.files);
  printFindings(findings, terminal, terminal.err);
  if (katalog === undefined || plan === undefined) return 1;
  if (options.crs.length === 0 && options.as === "graph") {
    for (const line of dependencyGraph(plan)) terminal.out(line);
    return 0;
  }
  if (options.crs.length === 0 && options.as === "json") {
    terminal.out(stringifyJson(printKatalog(katalog), 2));
    return 0;
  }
  if (options.crs.length === 0) {
    const order = describeStartOrder(plan);
    if (order !== undefined) terminal.out(`# Start order: ${order}`);
    terminal.out(printYaml(printKatalog(katalog)).trimEnd());
    return 0;
  }
  const manifests = await readCrs(options.crs, terminal, ports.files);
  if (manifests === undefined) return 1;
  const outcomes: boolean[] = [];
  for (const manifest of manifests) outcomes.push(await renderOne(plan, manifest, terminal, ports));
  return outcomes.includes(false) ? 1 : 0;
}

/** `database → api, mail → web`: boxes of one tier start together. `undefined`: no box waits for another. */
function describeStartOrder(plan: Plan): string | undefined {
  const tiers = startOrder(plan.boxes);
  return tiers.length < 2 ? undefined : tiers.map((tier) => tier.map(({ name }) => name).join(", ")).join(" → ");
}

/** A line for each box, in the order in which they start; below it, with their conditions, those that it waits for. */
function dependencyGraph(plan: Plan): string[] {
  return startOrder(plan.boxes).flat().flatMap(({ name, dependsOn }) => [
    name,
    ...dependsOn.map(({ box, condition }) => `  └─ ${box} (${condition})`),
  ]);
}

/** Returns whether the passes would succeed. */
async function renderOne(plan: Plan, manifest: Manifest, terminal: Terminal, ports: TemplatePorts): Promise<boolean> {
  const place = `${manifest.at.file}:${manifest.at.line}`;
  const rendered = await renderCr(plan, manifest, ports);
  if ("problem" in rendered) {
    terminal.err(`${place}: ${rendered.problem}`);
    return false;
  }
  return rendered.map((each) => printPass(each, place, terminal)).every(Boolean);
}

/** Returns whether the pass would succeed. */
function printPass({ box, cr, pass, shown }: RenderedCr, place: string, terminal: Terminal): boolean {
  const calls = callsOfPasses(box.external).map(({ name }) => name);
  if (calls.length > 0) {
    const text = `external calls are not made here, and count as failed: ${calls.join(", ")}`;
    terminal.err(`${place}: ${paint(terminal, "grey", "note:")} ${text}`);
  }
  for (const warning of pass.warnings) terminal.err(`${place}: ${paint(terminal, "yellow", "warning:")} ${warning}`);
  for (const waiting of pass.waiting) terminal.err(`${place}: ${paint(terminal, "grey", "note:")} ${waiting}`);
  print(cr, pass, shown, terminal);
  if (pass.failure !== undefined) terminal.err(`${place}: ${paint(terminal, "red", "error:")} ${pass.failure}`);
  return pass.failure === undefined;
}

/** Of a copy, whose data is not known here. */
function withoutDigest(object: KubeObject): KubeObject {
  const { [systemAnnotations.applied]: _digest, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function print(cr: KubeObject, pass: FirstPass, shown: (child: KubeObject) => KubeObject, terminal: Terminal): void {
  for (const { object, entry, status, source } of pass.children) {
    const child = shown(source === undefined ? object : withoutDigest(object));
    const whole = status === undefined ? child : { ...child, status: status["status"] };
    const from = source === undefined ? "" : `, with the data of ${source.type.kind} ${source.key}`;
    document(entry + from, whole, terminal);
  }
  printOnDelete(pass, shown, terminal);
  const patch = pass.crPatch?.["metadata"] as JsonMap | undefined;
  if (patch === undefined && pass.status === undefined) return;
  const { apiVersion, kind, metadata: { name, namespace } } = cr;
  const { resourceVersion: _precondition, ...written } = patch ?? {};
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...written };
  document("labels and status of the object itself", {
    apiVersion,
    kind,
    metadata,
    ...(pass.status === undefined ? {} : { status: pass.status }),
  }, terminal);
}

/** As comments: what this prints may be applied, and a Job would run at once. */
function printOnDelete(pass: FirstPass, shown: (job: KubeObject) => KubeObject, terminal: Terminal): void {
  const comment = (text: string) => terminal.out(paint(terminal, "grey", text.replaceAll(/^/gm, "# ")));
  for (const { group, jobs, deletes, problems } of pass.onDelete) {
    if (jobs.length + deletes.length > 0) terminal.out(paint(terminal, "grey", "---"));
    for (const { object, entry } of jobs) {
      comment(
        `${entry}: run when the object is deleted (${group})\n${
          printYaml(shown(object) as unknown as JsonMap).trimEnd()
        }`,
      );
    }
    for (const name of deletes) comment(`deleted with the object (${group}): ${name}`);
    for (const problem of problems) terminal.err(`${paint(terminal, "yellow", "warning:")} ${problem}`);
  }
}

function document(comment: string, value: unknown, terminal: Terminal): void {
  terminal.out(`${paint(terminal, "grey", `---\n# ${comment}`)}\n${printYaml(value as JsonMap).trimEnd()}`);
}
