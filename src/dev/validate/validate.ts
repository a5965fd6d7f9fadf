import { compareFindings, type Finding } from "../../base/finding.ts";
import { type FileReader, namedFiles } from "../../files/mod.ts";
import { isSimulation, type Katalog, loadSimulation, type SourceFile } from "../../katalog/mod.ts";
import type { Plan } from "../../plan/mod.ts";
import { compileKinds } from "../../policy/mod.ts";
import { type PostureFinding, postureOf, type PostureReport } from "../../posture/mod.ts";
import { loadPlan } from "../load_plan.ts";
import { proveRoundTrips } from "../round_trip/mod.ts";
import { countFindings, findingsAsJson, hasErrors, printFindings } from "../print_findings.ts";
import { posture } from "../posture.ts";
import { paint, type Terminal } from "../terminal.ts";
import { postureAsJson } from "./posture_json.ts";
import { countPosture, printPosture } from "./posture_text.ts";
import { UsageError } from "../usage_error.ts";
import { sarifLog } from "./sarif.ts";

export interface ValidateOptions {
  readonly files: readonly string[];
  readonly output: "text" | "json" | "sarif";
  /** Warnings make the exit code 1 too. */
  readonly strict: boolean;
  /** Besides, the posture of each CRD. */
  readonly full: boolean;
  /** `ork 0.2.0 (…)`, what SARIF has of the tool. */
  readonly versionLine: string;
}

/**
 * `ork validate`: reports every error in a Katalog; with `--full` what it is allowed and leaves open too. Exit code 1 for
 * errors; with `--strict` for warnings too.
 */
export async function validate(options: ValidateOptions, terminal: Terminal, files: FileReader): Promise<number> {
  const simulations = simulationsIn(options.files, files);
  if (simulations.length > 0) return validateSimulations(simulations, options, terminal, files);
  const { paths, findings: loaded, plan, katalog } = await loadPlan(options.files, files);
  const findings = [...loaded, ...proveRoundTrips(plan?.conversions ?? [])].sort(compareFindings);
  const isValid = plan !== undefined && katalog !== undefined && !hasErrors(findings);
  const report = options.full && isValid ? withoutRepeated(postureOf(katalog, plan), findings) : undefined;
  const open = report?.findings ?? [];
  const refused = hasErrors(findings) || open.some(({ level }) => level === "error") ||
    (options.strict && (findings.length > 0 || open.some(({ level }) => level === "warning")));
  switch (options.output) {
    case "json":
      terminal.out(options.full ? postureAsJson(findings, report) : findingsAsJson(findings));
      break;
    case "sarif":
      terminal.out(JSON.stringify(sarifLog(findings, open, { versionLine: options.versionLine, refused }), null, 2));
      break;
    case "text":
      printFindings(findings, terminal, terminal.out);
      if (report !== undefined) printPosture(report, terminal);
      terminal.out(verdict({ paths, findings, open, plan, refused }, terminal));
      if (isValid && report === undefined && !refused) printRules(plan, katalog, terminal);
  }
  return refused ? 1 : 0;
}

/** Documents of kind Simulate among the files that are named. */
function simulationsIn(named: readonly string[], files: FileReader): SourceFile[] {
  return named.flatMap((path) => {
    const bytes = path === "-" ? undefined : namedFiles(files)(path);
    const source = bytes === undefined ? undefined : { path, bytes };
    return source !== undefined && isSimulation(source) ? [source] : [];
  });
}

/** The documents alone: their Katalogs are validated by themselves. */
function validateSimulations(
  sources: readonly SourceFile[],
  { files: named, output, strict, versionLine }: ValidateOptions,
  terminal: Terminal,
  files: FileReader,
): number {
  if (sources.length < named.length) throw new UsageError("Name documents of kind Simulate, or Katalogs, not both");
  const findings = sources.flatMap((source) => loadSimulation(source, namedFiles(files)).findings);
  const refused = hasErrors(findings) || (strict && findings.length > 0);
  if (output === "json") terminal.out(findingsAsJson(findings));
  else if (output === "sarif") {
    terminal.out(JSON.stringify(sarifLog(findings, [], { versionLine, refused }), null, 2));
  } else {
    printFindings(findings, terminal, terminal.out);
    const what = sources.map(({ path }) => path).join(", ");
    const text = refused ? `${what}: ${countFindings(findings)}` : `${what} is valid`;
    terminal.out(paint(terminal, refused ? "red" : "green", text));
  }
  return refused ? 1 : 0;
}

/**
 * What an ordinary finding says in the same place is not said twice. An error is no repetition: ordinary findings about
 * the same are warnings.
 */
function withoutRepeated(report: PostureReport, findings: readonly Finding[]): PostureReport {
  const said = new Set(
    findings.flatMap((each) => each.postureId === undefined ? [] : [placeKey(each, each.postureId)]),
  );
  return {
    ...report,
    findings: report.findings.filter((each) => each.level === "error" || !said.has(placeKey(each, each.id))),
  };
}

function placeKey({ file, line, column }: Pick<Finding, "file" | "line" | "column">, id: string): string {
  return `${file}:${line}:${column}: ${id}`;
}

function printRules(plan: Plan, katalog: Katalog, terminal: Terminal): void {
  for (const line of posture(plan, compileKinds(katalog))) terminal.out(`  ${line}`);
}

interface Judged {
  readonly paths: readonly string[];
  readonly findings: readonly Finding[];
  readonly open: readonly PostureFinding[];
  readonly plan: Plan | undefined;
  readonly refused: boolean;
}

function verdict({ paths, findings, open, plan, refused }: Judged, terminal: Terminal): string {
  const what = paths.join(", ");
  const ofPosture = countPosture(open);
  const count = [countFindings(findings), ofPosture === "" ? "" : `posture: ${ofPosture}`].filter((text) => text !== "")
    .join("; ");
  if (plan === undefined || refused) {
    const isError = hasErrors(findings) || open.some(({ level }) => level === "error");
    return paint(terminal, "red", `${what}: ${count}${isError ? "" : ", and --strict lets none pass"}`);
  }
  const kinds = new Set(plan.boxes.flatMap((box) => box.children.map((type) => type.kind)));
  const boxes = plan.boxes.map((box) => box.type.kind).join(", ");
  if (plan.gateway?.standalone === true) {
    const reviewed = plan.gateway.admission?.kinds.map(({ type }) => type.kind).join(", ") || "none";
    return `${paint(terminal, "green", `${what} is valid`)}: Gateway standalone, reviews of: ${reviewed}${
      count === "" ? "" : ` (${count})`
    }`;
  }
  const facts = `${boxes === "" ? "no CRD" : boxes}, children: ${kinds.size === 0 ? "none" : [...kinds].join(", ")}`;
  return `${paint(terminal, "green", `${what} is valid`)}: ${facts}${count === "" ? "" : ` (${count})`}`;
}
