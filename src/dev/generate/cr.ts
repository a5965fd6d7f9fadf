import type { FileReader } from "../../files/mod.ts";
import type { Terminal } from "../terminal.ts";
import { exampleCr } from "./example_cr.ts";
import type { GenerateOptions } from "./generate_options.ts";
import { loadKatalogs } from "./load_katalog.ts";
import { writeManifests } from "./write_manifests.ts";

/** `ork generate cr`: an example of the CRs of each operator. Exit code 1 for a Katalog with errors. */
export async function generateCr(
  { files: named, output }: GenerateOptions,
  terminal: Terminal,
  files: FileReader,
): Promise<number> {
  const katalog = await loadKatalogs(named, files, terminal);
  if (katalog === undefined) return 1;
  const entries = katalog.crds.filter(({ enabled, versionOnly }) => enabled && !versionOnly);
  for (const { at, name, definition } of entries) {
    if (definition?.schema !== undefined) continue;
    terminal.err(
      `${at.file}:${at.line}:${at.column}: warning: spec.crds.${name}: The schema is not known, so spec is empty\n` +
        "    hint: name the manifest of the CRD with crdFile",
    );
  }
  const manifests = entries.map((entry) => {
    const { object, comments } = exampleCr(entry);
    return { object, comments: [], inside: comments };
  });
  writeManifests(manifests, output, terminal);
  return 0;
}
