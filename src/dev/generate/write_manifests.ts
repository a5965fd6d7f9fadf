import type { JsonMap } from "../../base/json.ts";
import { commentLine, printYaml, type YamlComment } from "../print_yaml.ts";
import type { Terminal } from "../terminal.ts";

/** One document, and the lines of comment before it. */
export interface Manifest {
  readonly object: JsonMap;
  readonly comments: readonly string[];
  /** Those above each item of its `rules`. */
  readonly ruleComments?: readonly (readonly string[])[];
  /** Other comments in it. */
  readonly inside?: readonly YamlComment[];
}

/**
 * Writes YAML documents to a file, or prints them. The same manifests give the same bytes. Throws `Deno.errors` for a
 * file that cannot be written.
 */
export function writeManifests(manifests: readonly Manifest[], output: string | undefined, terminal: Terminal): void {
  writeText(manifests.map(manifestText).join("---\n"), output, terminal);
}

/** Writes a text to a file, or prints it. Throws as `writeManifests`. */
export function writeText(text: string, output: string | undefined, terminal: Terminal): void {
  if (output !== undefined) Deno.writeTextFileSync(output, text);
  else if (text !== "") terminal.out(text.trimEnd());
}

/** One document as YAML, without the line that separates documents. */
export function manifestText({ object, comments, ruleComments = [], inside = [] }: Manifest): string {
  const above = comments.map((line) => `# ${commentLine(line)}\n`).join("");
  const ofRules = ruleComments.map((lines, i) => ({ path: ["rules", i], lines }));
  return `${above}${printYaml(object, [...ofRules, ...inside]).trimEnd()}\n`;
}
