import { equalJson, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";

/** The names under which a definition may be served, and what is wrong with the others that it requests. */
export interface AcceptedNames {
  readonly names: JsonMap;
  /** Fields of the condition `NamesAccepted`. */
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

// deno-lint-ignore no-explicit-any -- definitions are unstructured JSON here
type Names = any;

/**
 * Gives a definition the names that it requests, except those that another definition of its group has (`status`
 * package of the apiextensions API server).
 */
export function acceptNames(definition: KubeObject, others: readonly KubeObject[]): AcceptedNames {
  const wanted: Names = definition["spec"].names;
  const had: Names = definition["status"]?.acceptedNames ?? {};
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    const names: Names = other["status"]?.acceptedNames ?? {};
    for (const name of [names.plural, names.singular, ...names.shortNames ?? []]) resources.add(name);
    for (const name of [names.kind, names.listKind]) kinds.add(name);
  }
  const names: Names = { ...had };
  let conflict: { reason: string; message: string } | undefined;
  const refuse = (reason: string, taken: readonly string[]) => {
    const all = taken.map((name) => `${JSON.stringify(name)} is already in use`);
    conflict = { reason: `${reason}Conflict`, message: all.length === 1 ? all[0]! : `[${all.join(", ")}]` };
  };
  const take = (key: string, reason: string, used: ReadonlySet<string>) => {
    if (wanted[key] !== had[key] && used.has(wanted[key])) refuse(reason, [wanted[key]]);
    else names[key] = wanted[key];
  };
  take("plural", "Plural", resources);
  take("singular", "Singular", resources);
  if (!equalJson(wanted.shortNames ?? [], had.shortNames ?? [])) {
    const taken = (wanted.shortNames ?? []).filter((name: string) =>
      !(had.shortNames ?? []).includes(name) && resources.has(name)
    );
    if (taken.length > 0) refuse("ShortNames", taken);
    else if (wanted.shortNames === undefined) delete names.shortNames;
    else names.shortNames = wanted.shortNames;
  }
  take("kind", "Kind", kinds);
  take("listKind", "ListKind", kinds);
  if (wanted.categories === undefined) delete names.categories;
  else names.categories = wanted.categories;
  return conflict === undefined
    ? { names, status: "True", reason: "NoConflicts", message: "no conflicts found" }
    : { names, status: "False", ...conflict };
}
