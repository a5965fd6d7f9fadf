import type { JsonMap } from "../../base/json.ts";
import { printYaml } from "../print_yaml.ts";
import type { Terminal } from "../terminal.ts";

/** One document, and the lines of comment before it. */
export interface Manifest {
  readonly object: JsonMap;
  readonly comments: readonly string[];
}

/**
 * Writes YAML documents to a file, or prints them. The same manifests give the same bytes. Throws `Deno.errors` for a
 * file that cannot be written.
 */
export function writeManifests(manifests: readonly Manifest[], output: string | undefined, terminal: Terminal): void {
  const documents = manifests.map(({ object, comments }) =>
    `${comments.map((line) => `# ${line}\n`).join("")}${printYaml(object).trimEnd()}\n`
  );
  const text = documents.join("---\n");
  if (output !== undefined) Deno.writeTextFileSync(output, text);
  else if (text !== "") terminal.out(text.trimEnd());
}
