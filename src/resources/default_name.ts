import type { Shorthand } from "./shorthand.ts";

/** What names the child of an entry that has no name, for a CR named `cr`; `undefined`: a name must be given (ruling 18). */
export function defaultName(
  { defaultSuffix, suffixWith }: Pick<Shorthand, "defaultSuffix" | "suffixWith">,
  cr: string,
  has: (field: string) => boolean,
): string | undefined {
  const special = Object.entries(suffixWith ?? {}).find(([field]) => has(field))?.[1];
  const suffix = special ?? defaultSuffix;
  if (suffix === undefined) return undefined;
  return suffix === "" ? cr : `${cr}-${suffix}`;
}
