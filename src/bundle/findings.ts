import type { Finding } from "../base/finding.ts";
import { groupKind } from "../k8s/object.ts";
import {
  type BoxPlan,
  type EffectPlan,
  literalNameOf,
  placeOfReason,
  type Plan,
  reasonOf,
  type ScopePlan,
} from "../plan/mod.ts";

/** What a finding about permissions is about, whatever its words. */
export type PermissionFindingId = "may-escalate" | "secrets-read" | "plural-guessed" | "role-in-made-namespace";

export interface PermissionFinding extends Finding {
  readonly id: PermissionFindingId;
}

const rbac = "rbac.authorization.k8s.io";

/**
 * What a reviewer of the permissions has to know, and rules do not say. An error: a permission to widen permissions
 * that no child of the Katalog needs.
 */
export function permissionFindings({ boxes }: Plan): PermissionFinding[] {
  return boxes.flatMap((box) => [
    ...box.effects.flatMap((effect) => [...findingsOfEscalation(box, effect), ...findingsOfSecrets(effect)]),
    ...findingsOfGuesses(box),
    ...findingsOfNamespaces(box),
  ]);
}

/** `escalate` and `bind` make the Runtime as powerful as what it can grant itself. */
function findingsOfEscalation(
  { name, entries }: BoxPlan,
  { verb, type, names, reasons, scope }: EffectPlan,
): PermissionFinding[] {
  if (verb !== "escalate" && verb !== "bind") return [];
  const declared = entries.filter(({ type: child }) => child.group === rbac).map(({ at }) => reasonOf(at));
  if (!reasons.some((reason) => declared.includes(reason))) {
    return [
      findingOf(
        "may-escalate",
        reasons,
        "error",
        `${name} would get ${verb} of ${type.plural}, and declares no such child`,
      ),
    ];
  }
  const which = names === undefined ? type.plural : `${type.plural} called ${names.join(", ")}`;
  // A role that it may bind by name, it can grant as it is; one that it may escalate has whatever it writes into it.
  const what = verb === "bind" && names !== undefined ? "what these grant" : "what it does not have";
  return [findingOf(
    "may-escalate",
    reasons,
    "warning",
    `The Runtime may ${verb} ${which} ${where(scope)}, since children are roles or bindings: it could grant ` +
      `itself, or anybody, ${what}`,
    "make roles and bindings with another tool where the operator need not",
  )];
}

/** RBAC knows neither labels nor values of CRs: a client that lists Secrets reads all of them. */
function findingsOfSecrets({ verb, type, names, reasons, scope }: EffectPlan): PermissionFinding[] {
  if (verb !== "list" || groupKind(type) !== "Secret" || names !== undefined) return [];
  return [findingOf(
    "secrets-read",
    reasons,
    "warning",
    `The Runtime may read every Secret ${where(scope)}: RBAC can bind a list neither to labels nor to names that a ` +
      "CR decides",
    "write namespace on the entry of the CRD, so that it is bound to one namespace",
  )];
}

/** A rule for a plural that is not served grants nothing, nor does one in a namespace for a cluster-scoped kind. */
function findingsOfGuesses({ type, entries, at, name, effects }: BoxPlan): PermissionFinding[] {
  const guessed = [{ type, at, what: name }, ...entries.map((entry) => ({ ...entry, what: `${name} ${entry.id}` }))];
  const seen = new Set<string>();
  return guessed.filter(({ type: each }) => {
    const isNew = each.guessed === true && !seen.has(groupKind(each));
    seen.add(groupKind(each));
    return isNew;
  }).map(({ type: each, at: place, what }) => {
    const made = effects.find(({ verb, type }) => verb === "create" && groupKind(type) === groupKind(each));
    const isNarrow = made?.scope.kind === "namespaces";
    return findingOf(
      "plural-guessed",
      [reasonOf(place)],
      "warning",
      `${what}: the plural of ${groupKind(each)} is a guess, and the rules name ${each.plural}` +
        (isNarrow ? ` ${where(made.scope)}` : ""),
      "name the manifest of its CRD with crdFile, or write apiTypes.plural" +
        (isNarrow ? "; metadata.namespaced: false where the kind is cluster-scoped" : ""),
    );
  });
}

/** A Role can be created in a namespace that is there, and not before. */
function findingsOfNamespaces({ name, entries, effects }: BoxPlan): PermissionFinding[] {
  const bound = new Set(effects.flatMap(({ scope }) => scope.kind === "namespaces" ? scope.namespaces : []));
  return entries.filter(({ type }) => groupKind(type) === "Namespace").flatMap((entry) => {
    const made = literalNameOf(entry);
    if (made === undefined || !bound.has(made)) return [];
    return [findingOf(
      "role-in-made-namespace",
      [reasonOf(entry.at)],
      "warning",
      `${name} makes the namespace ${made} and has a Role in it, which can be created once the namespace is there`,
      "apply the bundle a second time then",
    )];
  });
}

function where(scope: ScopePlan): string {
  return scope.kind === "cluster" ? "of all namespaces" : `of ${scope.namespaces.join(", ")}`;
}

function findingOf(
  id: PermissionFindingId,
  reasons: readonly string[],
  severity: Finding["severity"],
  message: string,
  hint?: string,
): PermissionFinding {
  const { file, line } = placeOfReason(reasons[0]!);
  return { id, severity, file, line, column: 1, path: "", message, ...(hint === undefined ? {} : { hint }) };
}
