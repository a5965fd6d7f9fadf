import type { FileReader } from "../../files/mod.ts";
import { compileKinds, policyObjects } from "../../policy/mod.ts";
import type { Terminal } from "../terminal.ts";
import type { GenerateOptions } from "./generate_options.ts";
import { printLeftOut } from "./left_out.ts";
import { loadKatalogs } from "./load_katalog.ts";
import { writeManifests } from "./write_manifests.ts";

/**
 * `ork generate policies`: the admission policies of a Katalog and their bindings. Rules that cannot be one are listed
 * on standard error, with the reason: they stay with the Gateway and the Runtime. Exit code 1 for a Katalog with errors.
 */
export async function generatePolicies(
  { files: named, output }: GenerateOptions,
  terminal: Terminal,
  files: FileReader,
): Promise<number> {
  const katalog = await loadKatalogs(named, files, terminal);
  if (katalog === undefined) return 1;
  const kinds = compileKinds(katalog);
  const rules = kinds.flatMap(({ mutations, validations }) => [...mutations, ...validations]);
  printLeftOut(rules.map(({ at, what, policy }) => ({ at, what, outcome: policy })), "a policy", terminal);
  const objects = policyObjects(katalog.name, kinds);
  if (objects.length === 0) terminal.err("No rule is compiled: there is no policy");
  writeManifests(
    objects.map(({ object, places }) => ({
      object,
      comments: [[...new Set(places.map((at) => at.replace(/:\d+$/, "")))].join(", ")],
    })),
    output,
    terminal,
  );
  return 0;
}
