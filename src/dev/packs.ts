import { fileURLToPath } from "node:url";
import { loadKatalog } from "../katalog/mod.ts";

/** An example that `ork init` can start from. */
export interface Pack {
  readonly name: string;
  readonly description: string;
  /** Its folder: in the source tree, or inside the binary. */
  readonly folder: string;
  /** What a project gets of it. */
  readonly files: readonly string[];
}

const root = fileURLToPath(new URL("../../katalogs", import.meta.url));

/** Tells tests, not users. */
const notForProjects = new Set(["expected.yaml"]);

/** All packs, by name. */
export function listPacks(): Pack[] {
  return [...Deno.readDirSync(root)].filter((entry) => entry.isDirectory).map((entry) => readPack(entry.name))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function readPack(name: string): Pack {
  const folder = `${root}/${name}`;
  const files = [...Deno.readDirSync(folder)].filter((entry) => entry.isFile && !notForProjects.has(entry.name))
    .map((entry) => entry.name).sort();
  const path = `${folder}/katalog.yaml`;
  const { katalog } = loadKatalog([{ path, bytes: Deno.readFileSync(path) }], Deno.readFileSync);
  return { name, folder, files, description: katalog?.description ?? "" };
}
