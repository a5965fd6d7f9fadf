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
