import { compareFindings, type Finding, type Position } from "../base/finding.ts";
import type { Template } from "../template/mod.ts";
import type { ScalarNode } from "./node.ts";

/** A template of the Katalog, parsed, and where it stands. */
export interface FoundTemplate {
  readonly template: Template;
  readonly node: ScalarNode;
  readonly path: string;
}

/** More findings of one severity than these are counted only. */
const maxFindings = 200;

/** Collects what the checks find, and the templates that they come across. */
export class Report {
  readonly #findings = new Map<string, Finding>();
  readonly #counts = { error: 0, warning: 0 };
  #failed = false;
  readonly templates: FoundTemplate[] = [];

  error(at: Position, path: string, message: string, hint?: string): void {
    this.add({ severity: "error", ...place(at), path, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** An error that one child or the status will fail with: everything else can run, so the Katalog loads. */
  partialError(at: Position, path: string, message: string, hint?: string): void {
    this.#keep({ severity: "error", ...place(at), path, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** `postureId`: of the finding of the posture that says the same. */
  warn(at: Position, path: string, message: string, hint?: string, postureId?: string): void {
    const more = { ...(hint === undefined ? {} : { hint }), ...(postureId === undefined ? {} : { postureId }) };
    this.add({ severity: "warning", ...place(at), path, message, ...more });
  }

  /** Keeps a finding once: what an alias repeats is one mistake. */
  add(finding: Finding): void {
    if (finding.severity === "error") this.#failed = true;
    this.#keep(finding);
  }

  #keep(finding: Finding): void {
    const key = `${finding.file}:${finding.line}:${finding.column}:${finding.message}`;
    if (this.#findings.has(key)) return;
    if (++this.#counts[finding.severity] <= maxFindings) this.#findings.set(key, finding);
  }

  /** There is an error without which nothing can run. */
  get failed(): boolean {
    return this.#failed;
  }

  /** In the order of the files. */
  findings(): Finding[] {
    const sorted = [...this.#findings.values()].sort(compareFindings);
    for (const severity of ["error", "warning"] as const) {
      const last = sorted.findLast((finding) => finding.severity === severity);
      const more = this.#counts[severity] - maxFindings;
      if (last !== undefined && more > 0) {
        sorted.push({ severity, ...place(last), path: "", message: `${more} more ${severity}s are left out` });
      }
    }
    return sorted;
  }
}

function place({ file, line, column }: Position): Position {
  return { file, line, column };
}
