import { compareFindings, type Finding, type Position } from "../base/finding.ts";
import type { Template } from "../template/mod.ts";
import type { ScalarNode } from "./node.ts";

/** A template of the Katalog, parsed, and where it stands. */
export interface FoundTemplate {
  readonly template: Template;
  readonly node: ScalarNode;
  readonly path: string;
}

/** More findings than these say nothing new. */
const mostFindings = 200;

/** Collects what the checks find, and the templates that they come across. */
export class Report {
  readonly #findings = new Map<string, Finding>();
  readonly templates: FoundTemplate[] = [];

  error(at: Position, path: string, message: string, hint?: string): void {
    this.add({ severity: "error", ...place(at), path, message, ...(hint === undefined ? {} : { hint }) });
  }

  warn(at: Position, path: string, message: string, hint?: string): void {
    this.add({ severity: "warning", ...place(at), path, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** Keeps a finding once: what an alias repeats is one mistake. */
  add(finding: Finding): void {
    const key = `${finding.file}:${finding.line}:${finding.column}:${finding.message}`;
    if (this.#findings.size < mostFindings && !this.#findings.has(key)) this.#findings.set(key, finding);
  }

  get failed(): boolean {
    return this.#findings.values().some((finding) => finding.severity === "error");
  }

  /** In the order of the files. */
  findings(): Finding[] {
    return [...this.#findings.values()].sort(compareFindings);
  }
}

function place({ file, line, column }: Position): Position {
  return { file, line, column };
}
