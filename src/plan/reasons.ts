import { compareText } from "../base/finding.ts";

/** The line of a position, for the comments of a bundle (ruling 85): `katalog.yaml:12:5` → `katalog.yaml:12`. */
export function reasonOf(at: string): string {
  return at.slice(0, at.lastIndexOf(":"));
}

/** File and line of a reason. */
export function placeOfReason(reason: string): { readonly file: string; readonly line: number } {
  return { file: fileOf(reason), line: lineOf(reason) };
}

/** Each once, sorted by file and line. */
export function sortReasons(reasons: Iterable<string>): string[] {
  return [...new Set(reasons)].sort((a, b) => compareText(fileOf(a), fileOf(b)) || lineOf(a) - lineOf(b));
}

function fileOf(reason: string): string {
  return reason.slice(0, reason.lastIndexOf(":"));
}

function lineOf(reason: string): number {
  return Number(reason.slice(reason.lastIndexOf(":") + 1));
}
