import { compareFindings, type Position } from "../base/finding.ts";
import { type Level, postureRule, type PostureRuleId } from "./rules.ts";

/** One finding about what a Katalog grants, allows or leaves open. */
export interface PostureFinding extends Position {
  readonly id: PostureRuleId;
  readonly level: Level;
  /** `spec.crds.web.operatorBox.onReconcile.deployments[0].serviceAccountName`; "" for the whole Katalog. */
  readonly path: string;
  /** What is so. No full stop at the end. */
  readonly message: string;
  /** What to do about it; absent in notes. */
  readonly hint?: string;
}

/** `katalog.yaml:12:20` as a position. */
export function positionOf(at: string): Position {
  const found = /^(.*):(\d+):(\d+)$/s.exec(at);
  if (found === null) return { file: at, line: 1, column: 1 };
  return { file: found[1]!, line: Number(found[2]), column: Number(found[3]) };
}

/** A finding at `at`, with the level of its rule unless another is given. */
export function findingAt(
  id: PostureRuleId,
  at: string,
  path: string,
  message: string,
  more: { readonly level?: Level; readonly hint?: string } = {},
): PostureFinding {
  const { level = postureRule(id).level, hint } = more;
  return { id, level, ...positionOf(at), path, message, ...(hint === undefined ? {} : { hint }) };
}

/** As `compareFindings`, then by id. */
export function comparePosture(a: PostureFinding, b: PostureFinding): number {
  return compareFindings({ ...a, severity: "warning" }, { ...b, severity: "warning" }) || (a.id < b.id ? -1 : 1);
}
