import type { Finding } from "../base/finding.ts";
import { type Katalog, loadKatalog } from "../katalog/mod.ts";
import { derivePlan, type Plan } from "../plan/mod.ts";
import { builtInSchemas } from "./built_in_schemas.ts";
import { readFiles, readNamed } from "./read_files.ts";

/** What a command works on when no file is named. */
export const defaultKatalog = "katalog.yaml";

export interface Loaded {
  readonly findings: readonly Finding[];
  /** Both are there when no finding is an error. */
  readonly katalog?: Katalog;
  readonly plan?: Plan;
}

/** Reads Katalogs as every command does: several files are one set; no file is `katalog.yaml` of the current folder. */
export function loadPlan(files: readonly string[]): Loaded {
  const named = files.length > 0;
  const hint = named ? undefined : "name the Katalog with -f FILE, or start one with: ork init";
  const { sources, findings } = readFiles(named ? files : [defaultKatalog], hint);
  if (findings.length > 0) return { findings };
  const { findings: found, katalog } = loadKatalog(sources, readNamed, builtInSchemas);
  return katalog === undefined ? { findings: found } : { findings: found, katalog, plan: derivePlan(katalog) };
}
