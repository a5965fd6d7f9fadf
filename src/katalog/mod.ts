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
export { expandKatalog } from "./expand.ts";
export { printKatalog } from "./print.ts";
export { type Form, type Move, moves } from "./moves.ts";
export { redactEntry } from "./redact.ts";
export { katalogApiVersion } from "./schema.ts";
export type { SourceFile } from "./source.ts";
export type { ReadFile } from "./crd_file.ts";
