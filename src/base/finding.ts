/** Where something stands in a text. `line` and `column` count from 1; a column counts UTF-16 code units. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong, or looks wrong, in what a user wrote. Data first: wording is only `message` and `hint`. */
export interface Finding extends Position {
  readonly severity: "error" | "warning";
  /** Path in the document, as `spec.crds.website.operatorBox.onCreate.deployments[0].image`; "" for the whole file. */
  readonly path: string;
  /** What is wrong. No full stop at the end. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Id of the finding of the posture that says the same. */
  readonly postureId?: string;
}

/** `file:line:column: path: message (hint)`, the text form that terminals and editors make clickable. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, severity, path, message, hint } = finding;
  const where = path === "" ? "" : `${path}: `;
  return `${file}:${line}:${column}: ${severity}: ${where}${message}${hint === undefined ? "" : `\n    hint: ${hint}`}`;
}

/** Orders findings as a reader meets them: file, line, column, then message. */
export function compareFindings(a: Finding, b: Finding): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.message, b.message);
}

/** Orders text by code units, the same on every machine (no locale). */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
