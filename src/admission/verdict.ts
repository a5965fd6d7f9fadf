import { isMap, ownValue } from "../base/json.ts";
import { shortenMiddle } from "../base/shorten.ts";
import type { ProtectionDecision, ProtectionRequest } from "./protection.ts";

/** What one rule says; a rule that does not concern a request allows it. */
export type Verdict = ProtectionDecision;

export const allowed: Verdict = { allowed: true, code: 200, message: "", auditAnnotations: {} };

/** `what`: the state; `hint`: what to do. */
export function refused(what: string, hint: string): Verdict {
  return { allowed: false, code: 403, message: `${what}: ${hint}`, auditAnnotations: {} };
}

/** What an override was used for. */
export type OverrideUse = "set" | "change" | "remove" | "delete" | "remove-label" | "set-owner";

/** Characters of a reason in the audit log: an annotation may have 256 KiB. */
const maxReason = 1024;

/** Allowed by an override, which goes to the audit log (ruling 98). */
export function overridden({ userInfo }: ProtectionRequest, use: OverrideUse, reason: string): Verdict {
  return {
    ...allowed,
    auditAnnotations: {
      "deletion-override": shortenMiddle(reason, maxReason),
      "deletion-override-use": use,
      "deletion-override-by": shortenMiddle(userInfo?.username ?? "", maxReason),
    },
  };
}

/** All must allow it; the first refusal counts, and audit annotations are joined. */
export function all(verdicts: readonly Verdict[]): Verdict {
  const refusal = verdicts.find((verdict) => !verdict.allowed);
  if (refusal !== undefined) return refusal;
  const uses = verdicts.flatMap(({ auditAnnotations }) => auditAnnotations["deletion-override-use"] ?? []);
  const told = Object.assign({}, ...verdicts.map(({ auditAnnotations }) => auditAnnotations));
  return uses.length === 0 ? allowed : {
    ...allowed,
    auditAnnotations: { ...told, "deletion-override-use": [...new Set(uses)].join(",") },
  };
}

/** The name of the object: a review of a collection has it in the object alone, one of `generateName` nowhere. */
export function nameOf({ name, object, oldObject }: ProtectionRequest): string {
  if (name !== undefined && name !== "") return name;
  for (const each of [oldObject, object]) {
    const metadata = isMap(each) ? ownValue(each, "metadata") : undefined;
    const own = isMap(metadata) ? ownValue(metadata, "name") : undefined;
    if (typeof own === "string" && own !== "") return own;
  }
  return "";
}

/** `Shop team-a/blue`, `secrets orkestra-system/tls`. */
export function described(request: ProtectionRequest, kind: string = request.resource.resource): string {
  const name = nameOf(request);
  const { namespace } = request;
  const where = namespace === undefined || namespace === "" || request.resource.resource === "namespaces"
    ? name
    : `${namespace}/${name}`;
  return `${kind} ${where === "" ? "without a name" : where}`;
}
