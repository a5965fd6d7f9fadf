/** The one place that knows the version; the newest heading of CHANGELOG.md says the same. */
export const version = "0.1.0";

/** The name of the variable that `deno task build` bakes the commit into. */
export const commitVariable = "ORK_BUILD_COMMIT";

/** What `version` prints: `ork 0.1.0 (commit 1a2b3c4, Deno 2.7.11, x86_64-unknown-linux-gnu)`. */
export function versionLine(binary: string): string {
  const commit = buildCommit();
  const facts = [
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    `Deno ${Deno.version.deno}`,
    Deno.build.target,
  ];
  return `${binary} ${version} (${facts.join(", ")})`;
}

/** `<binary>/<version>`, the user agent towards the API server. */
export function userAgent(binary: string): string {
  return `${binary}/${version}`;
}

/** The commit that the binary was built from; `undefined` when it runs from source. */
export function buildCommit(): string | undefined {
  const commit = Deno.env.get(commitVariable);
  return commit !== undefined && /^[0-9a-f]{7,40}$/.test(commit) ? commit : undefined;
}
