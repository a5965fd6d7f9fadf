import { compareFindings, type Finding } from "../base/finding.ts";
import type { FileReader } from "../files/mod.ts";
import type { Plan } from "../plan/mod.ts";
import { compileKinds } from "../policy/mod.ts";
import { loadPlan } from "./load_plan.ts";
import { proveRoundTrips } from "./round_trip/mod.ts";
import { countFindings, findingsAsJson, hasErrors, printFindings } from "./print_findings.ts";
import { posture } from "./posture.ts";
import { paint, type Terminal } from "./terminal.ts";

export interface ValidateOptions {
  readonly files: readonly string[];
  readonly output: "text" | "json";
  /** Warnings make the exit code 1 too. */
  readonly strict: boolean;
}

/** `ork validate`: reports every error in a Katalog. Exit code 1 for errors; with `--strict` for warnings too. */
export async function validate(options: ValidateOptions, terminal: Terminal, files: FileReader): Promise<number> {
  const { paths, findings: loaded, plan, katalog } = await loadPlan(options.files, files);
  const findings = [...loaded, ...proveRoundTrips(plan?.conversions ?? [])].sort(compareFindings);
  const refused = hasErrors(findings) || (options.strict && findings.length > 0);
  if (options.output === "json") terminal.out(findingsAsJson(findings));
  else {
    printFindings(findings, terminal, terminal.out);
    terminal.out(verdict(paths, findings, refused ? undefined : plan, terminal));
    if (plan !== undefined && katalog !== undefined && !refused) {
      for (const line of posture(plan, compileKinds(katalog))) terminal.out(`  ${line}`);
    }
  }
  return refused ? 1 : 0;
}

function verdict(
  paths: readonly string[],
  findings: readonly Finding[],
  plan: Plan | undefined,
  terminal: Terminal,
): string {
  const what = paths.join(", ");
  const count = countFindings(findings);
  if (plan === undefined) {
    const strict = hasErrors(findings) ? "" : ", and --strict lets none pass";
    return paint(terminal, "red", `${what}: ${count}${strict}`);
  }
  const kinds = new Set(plan.boxes.flatMap((box) => box.children.map((type) => type.kind)));
  const boxes = plan.boxes.map((box) => box.type.kind).join(", ");
  const facts = `${boxes === "" ? "no CRD" : boxes}, children: ${kinds.size === 0 ? "none" : [...kinds].join(", ")}`;
  return `${paint(terminal, "green", `${what} is valid`)}: ${facts}${count === "" ? "" : ` (${count})`}`;
}
