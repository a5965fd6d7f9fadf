/** Text to Katalog: everything that a user can get wrong is found here, with its place. */
export { loadKatalog, type LoadResult } from "./load.ts";
export type { Block, CrdEntry, Katalog, ResourceEntry } from "./model.ts";
export type { SourceFile } from "./source.ts";
export type { ReadFile } from "./declared_type.ts";
