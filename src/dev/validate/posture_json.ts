import type { Finding } from "../../base/finding.ts";
import type { PostureReport } from "../../posture/mod.ts";

/**
 * `ork validate --full -o json`: `findings` as without `--full`, and `posture`, null for a Katalog with errors. Keys are
 * added in later versions, none is renamed or removed; docs/validate.md has them.
 */
export function postureAsJson(findings: readonly Finding[], report: PostureReport | undefined): string {
  return JSON.stringify(
    { findings: findings.map(rowOf), posture: report === undefined ? null : rowsOf(report) },
    null,
    2,
  );
}

function rowOf({ severity, file, line, column, path, message, hint }: Finding) {
  return { severity, file, line, column, path, message, hint };
}

function rowsOf({ katalog, crds, processes, findings }: PostureReport) {
  return {
    katalog,
    crds,
    processes,
    findings: findings.map(({ id, level, file, line, column, path, message, hint }) => ({
      id,
      severity: level,
      file,
      line,
      column,
      path,
      message,
      hint,
    })),
  };
}
