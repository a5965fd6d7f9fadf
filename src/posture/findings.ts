import type { Katalog } from "../katalog/mod.ts";
import type { Plan } from "../plan/mod.ts";
import type { CompiledKind } from "../policy/mod.ts";
import { findingsOfCross, findingsOfPermissions, findingsOfProtection, findingsOfRules } from "./box_findings.ts";
import { findingsOfEntry } from "./entry_findings.ts";
import { findingsOfExternal } from "./external_findings.ts";
import { comparePosture, type PostureFinding } from "./finding.ts";

/**
 * What a reviewer has to know of a Katalog, and its own text does not say: what the author of a CR decides, what the
 * permissions reach, which rules do not hold. In reading order; the same Katalog gives the same findings.
 */
export function postureFindings(katalog: Katalog, plan: Plan, compiled: readonly CompiledKind[]): PostureFinding[] {
  const around = { katalog, plan };
  const all = [
    ...findingsOfPermissions(plan),
    ...findingsOfProtection(katalog, plan),
    ...compiled.flatMap((kind) => findingsOfRules(kind, plan)),
    ...plan.boxes.flatMap((box) => [
      ...findingsOfCross(box, around),
      ...findingsOfExternal(box, around),
      ...box.entries.flatMap((entry) => findingsOfEntry(box, entry, [], around)),
      ...(box.onDelete?.groups ?? []).flatMap((group) =>
        group.jobs.flatMap((job) => findingsOfEntry(box, job, [box.onDelete!, group], around))
      ),
    ]),
  ];
  const unique = new Map(
    all.map((each) => [JSON.stringify([each.id, each.file, each.line, each.column, each.message]), each]),
  );
  return [...unique.values()].sort(comparePosture);
}
