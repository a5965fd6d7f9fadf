/** Text to Katalog: everything that a user can get wrong is found here, with its place. */
export { loadKatalog, type LoadResult } from "./load.ts";
export { type Manifest, readManifests } from "./manifest.ts";
export type {
  Block,
  CrdDefinition,
  CrdEntry,
  Dependency,
  GatewaySettings,
  Katalog,
  NamespaceLists,
  ResourceEntry,
  Security,
} from "./model.ts";
export type { DeclaredConversion, DeclaredPath, DeclaredVersion } from "./conversion.ts";
export type { BuiltInSchemas } from "./open_api.ts";
export { katalogVariables } from "./environment.ts";
export { expandKatalog, portableKatalog } from "./expand.ts";
export { printKatalog } from "./print.ts";
export { documentMoves, type Form, type Move, moves } from "./moves.ts";
export { redactEntry } from "./redact.ts";
export { katalogApiVersion } from "./schema.ts";
export {
  type Expectation,
  isSimulation,
  loadSimulation,
  type OperationRule,
  type Simulation,
  type SimulationSpec,
} from "./simulation.ts";
export { defaultCycles } from "./schema_simulation.ts";
export type { SourceFile } from "./source.ts";
export type { CrdVersion } from "./crd_manifest.ts";
export type { ReadFile } from "./crd_file.ts";
