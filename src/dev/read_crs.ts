import { type FileReader, readFiles } from "../files/mod.ts";
import { type Manifest, readManifests } from "../katalog/mod.ts";
import { hasErrors, printFindings } from "./print_findings.ts";
import type { Terminal } from "./terminal.ts";

/** Reads files with objects; `undefined`: there are errors, all of them printed. */
export async function readCrs(
  named: readonly string[],
  terminal: Terminal,
  files: FileReader,
): Promise<Manifest[] | undefined> {
  const { sources, findings } = await readFiles(named, files);
  const read = sources.map(readManifests);
  const all = [...findings, ...read.flatMap((file) => file.findings)];
  printFindings(all, terminal, terminal.err);
  return hasErrors(all) ? undefined : read.flatMap((file) => file.manifests);
}
