import type { FileReader } from "../../files/mod.ts";
import type { Katalog } from "../../katalog/mod.ts";
import { loadPlan } from "../load_plan.ts";
import { printFindings } from "../print_findings.ts";
import type { Terminal } from "../terminal.ts";

/** Loads Katalogs and prints what is found on standard error; `undefined` for a Katalog with errors. */
export async function loadKatalogs(
  named: readonly string[],
  files: FileReader,
  terminal: Terminal,
): Promise<Katalog | undefined> {
  const { findings, katalog } = await loadPlan(named, files);
  printFindings(findings, terminal, terminal.err);
  return katalog;
}
