import { compareFindings, type Finding, formatFinding } from "../base/finding.ts";
import { paint, type Terminal } from "./terminal.ts";

/** Findings for a person: `file:line:column: severity: path: message`, hints below, in reading order. */
export function printFindings(findings: readonly Finding[], terminal: Terminal, write: (text: string) => void): void {
  for (const finding of [...findings].sort(compareFindings)) {
    const text = formatFinding(finding);
    const word = `${finding.severity}:`;
    const at = text.indexOf(` ${word} `) + 1;
    const coloured = paint(terminal, finding.severity === "error" ? "red" : "yellow", word);
    write(`${paint(terminal, "bold", text.slice(0, at))}${coloured}${text.slice(at + word.length)}`);
  }
}

/** The same for programs (ruling 55). */
export function findingsAsJson(findings: readonly Finding[]): string {
  const rows = [...findings].sort(compareFindings).map(({ severity, file, line, column, path, message, hint }) => ({
    severity,
    file,
    line,
    column,
    path,
    message,
    ...(hint === undefined ? {} : { hint }),
  }));
  return JSON.stringify({ findings: rows }, null, 2);
}

/** `2 errors, 1 warning`; "" when there is none. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (severity: Finding["severity"]): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? "" : `${number} ${severity}${number === 1 ? "" : "s"}`;
  };
  return [count("error"), count("warning")].filter((part) => part !== "").join(", ");
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === "error");
}
