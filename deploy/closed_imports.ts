/**
 * The imports of a program that loads no file but its own. What `deno compile` (2.7) makes loads every file that the
 * system lets it read, whatever rights a worker has: a cell could have read a token by importing it. An import map, which
 * is compiled in and holds for `import()`, for workers and in whatever code, leads all of them nowhere, and those below
 * `own` to themselves. Those are relative to the file of the configuration, as `./` and `../../src/`.
 */
export function closedImports(
  imports: Readonly<Record<string, string>>,
  own: readonly string[],
): Record<string, string> {
  return { ...imports, "file:///": "blocked:///", ...Object.fromEntries(own.map((path) => [path, path])) };
}
