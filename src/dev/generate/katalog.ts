import { dirname, relative } from "node:path";
import type { JsonMap } from "../../base/json.ts";
import { type FileReader, readFiles } from "../../files/mod.ts";
import { katalogApiVersion, readManifests } from "../../katalog/mod.ts";
import { hasErrors, printFindings } from "../print_findings.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import type { GenerateOptions } from "./generate_options.ts";
import { skeletonEntry } from "./skeleton.ts";
import { starterKatalog } from "./starter.ts";
import { writeManifests, writeText } from "./write_manifests.ts";

export interface KatalogOptions extends GenerateOptions {
  /** With what the Gateway does: rules, and protection. */
  readonly addSecurity?: boolean | undefined;
}

/**
 * `ork generate katalog`: a Katalog with an entry for each CRD in the files, to start from; without files one with an
 * entry for a kind that has no CRD yet. Exit code 1 for files that cannot be read or hold no CRD. Throws `UsageError` for
 * `addSecurity` with files.
 */
export async function generateKatalog(
  { files: named, output, addSecurity = false }: KatalogOptions,
  terminal: Terminal,
  files: FileReader,
): Promise<number> {
  if (named.length === 0) {
    writeText(starterKatalog({ security: addSecurity }), output, terminal);
    return 0;
  }
  if (addSecurity) throw new UsageError("--add-security is for a Katalog without a CRD: leave the files away");
  const { sources, findings: unread } = await readFiles(named, files);
  const read = sources.map((source) => ({ path: source.path, ...readManifests(source) }));
  const findings = [...unread, ...read.flatMap((each) => each.findings)];
  printFindings(findings, terminal, terminal.err);
  if (hasErrors(findings)) return 1;
  const folder = output === undefined ? "." : dirname(output);
  const definitions = read.flatMap(({ path, manifests }) =>
    manifests.filter(({ object }) => object["kind"] === "CustomResourceDefinition")
      .map(({ object }) => ({ object, crdFile: path === "stdin" ? "crd.yaml" : relative(folder, path) }))
  );
  if (definitions.length === 0) {
    terminal.err(`${named.join(", ")}: error: There is no CustomResourceDefinition`);
    return 1;
  }
  const entries: Record<string, JsonMap> = {};
  for (const { object, crdFile } of definitions) {
    const several = definitions.filter((other) => other.crdFile === crdFile).length > 1;
    const { name, entry } = skeletonEntry(object, crdFile, several);
    entries[uniqueName(name, entries)] = entry;
  }
  const [first] = Object.keys(entries);
  const katalog = {
    apiVersion: katalogApiVersion,
    kind: "Katalog",
    metadata: { name: first! },
    spec: { crds: entries },
  };
  const inside = Object.entries(entries).map(([name]) => ({
    path: ["spec", "crds", name, "operatorBox", "onReconcile"],
    lines: ["Replace it by what your operator makes; docs/shorthands.md has all kinds."],
  }));
  writeManifests([{ object: katalog, comments: [], inside }], output, terminal);
  return 0;
}

function uniqueName(name: string, taken: Readonly<Record<string, JsonMap>>): string {
  for (let n = 1;; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (!Object.hasOwn(taken, candidate)) return candidate;
  }
}
