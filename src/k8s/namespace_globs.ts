import { isDnsLabel } from "./names.ts";

/** The exact name of a namespace, or one `*` at its start or end: `team-*`, `*-sandbox`, `*`. */
export function isNamespaceGlob(text: string): boolean {
  if (!text.includes("*")) return isDnsLabel(text);
  const name = text.startsWith("*") ? text.slice(1) : text.endsWith("*") ? text.slice(0, -1) : text;
  return name.length <= 63 && /^[-a-z0-9]*$/.test(name);
}

/** Whether one of the patterns matches; none does in an empty list. */
export function matchesNamespace(globs: readonly string[], namespace: string): boolean {
  return globs.some((glob) => {
    if (glob.startsWith("*")) return namespace.endsWith(glob.slice(1));
    return glob.endsWith("*") ? namespace.startsWith(glob.slice(0, -1)) : namespace === glob;
  });
}

/** Names of namespaces, or globs of them. */
export interface NamespaceRules {
  /** Empty: all namespaces. */
  readonly allowed: readonly string[];
  /** Wins over `allowed` (ruling 26). */
  readonly restricted: readonly string[];
}

/**
 * Whether a CR may be in a namespace, and if not, which list says so. The one evaluator of the Runtime and the Gateway
 * (ruling 26).
 */
export function judgeNamespace(
  { allowed, restricted }: NamespaceRules,
  namespace: string,
): "allowed" | "restricted" | "not in the allowed list" {
  if (matchesNamespace(restricted, namespace)) return "restricted";
  return allowed.length === 0 || matchesNamespace(allowed, namespace) ? "allowed" : "not in the allowed list";
}
