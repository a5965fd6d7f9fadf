import type { Finding } from "../base/finding.ts";
import { type FileReader, namedFiles, readKatalogs } from "../files/mod.ts";
import type { JsonMap } from "../base/json.ts";
import { type Katalog, loadKatalog } from "../katalog/mod.ts";
import { derivePlan, type Plan } from "../plan/mod.ts";
import { builtInSchemas } from "./built_in_schemas.ts";
import { hasErrors } from "./print_findings.ts";

export interface Loaded {
  /** What was read, as findings name it. */
  readonly paths: readonly string[];
  readonly findings: readonly Finding[];
  /** All of them are there when no finding is an error. */
  readonly katalog?: Katalog;
  readonly plan?: Plan;
  /** As written, file by file. */
  readonly documents?: readonly JsonMap[];
}

/** Reads Katalogs as every command does (`readKatalogs`): several files are one set. */
export async function loadPlan(named: readonly string[], files: FileReader): Promise<Loaded> {
  const { sources, findings: unread } = await readKatalogs(named, files);
  const paths = [...sources, ...unread.map(({ file }) => ({ path: file }))].map(({ path }) => path);
  if (unread.length > 0) return { paths, findings: unread };
  const { findings, katalog, documents = [] } = loadKatalog(sources, namedFiles(files), builtInSchemas, files.env);
  // What the schemas of built-in kinds refuse, the API server would refuse for every CR.
  if (katalog === undefined || hasErrors(findings)) return { paths, findings };
  return { paths, findings, katalog, plan: derivePlan(katalog), documents };
}
