import type { Plan } from "../plan/mod.ts";
import { defaultKatalog, loadPlan } from "./load_plan.ts";
import { countFindings, findingsAsJson, hasErrors, printFindings } from "./print_findings.ts";
import { paint, type Terminal } from "./terminal.ts";

export interface ValidateOptions {
  readonly files: readonly string[];
  readonly output: "text" | "json";
}

/** `ork validate`: tells everything that is wrong with a Katalog. Exit code 1 for errors; warnings change nothing. */
export function validate({ files, output }: ValidateOptions, terminal: Terminal): number {
  const { findings, plan } = loadPlan(files);
  if (output === "json") terminal.out(findingsAsJson(findings));
  else {
    printFindings(findings, terminal, terminal.out);
    terminal.out(verdict(files.length === 0 ? [defaultKatalog] : files, countFindings(findings), plan, terminal));
  }
  return hasErrors(findings) ? 1 : 0;
}

function verdict(files: readonly string[], count: string, plan: Plan | undefined, terminal: Terminal): string {
  const what = files.join(", ");
  if (plan === undefined) return paint(terminal, "red", `${what}: ${count}`);
  const kinds = new Set(plan.boxes.flatMap((box) => box.children.map((type) => type.kind)));
  const boxes = plan.boxes.map((box) => box.type.kind).join(", ");
  const facts = `${boxes === "" ? "no CRD" : boxes}, children: ${kinds.size === 0 ? "none" : [...kinds].join(", ")}`;
  return `${paint(terminal, "green", `${what} is valid`)}: ${facts}${count === "" ? "" : ` (${count})`}`;
}
