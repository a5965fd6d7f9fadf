import { compareFindings, type Finding } from "../../base/finding.ts";
import type { FileReader } from "../../files/mod.ts";
import type { Katalog } from "../../katalog/mod.ts";
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

/** What an ordinary finding says in the same place is not said twice. */
function withoutRepeated(report: PostureReport, findings: readonly Finding[]): PostureReport {
  const taken = new Set(findings.map(placeKey));
  return { ...report, findings: report.findings.filter((finding) => !taken.has(placeKey(finding))) };
}

function placeKey({ file, line, column }: Pick<Finding, "file" | "line" | "column">): string {
  return `${file}:${line}:${column}`;
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
  const facts = `${boxes === "" ? "no CRD" : boxes}, children: ${kinds.size === 0 ? "none" : [...kinds].join(", ")}`;
  return `${paint(terminal, "green", `${what} is valid`)}: ${facts}${count === "" ? "" : ` (${count})`}`;
}
