import { join } from "node:path";
import type { NpmPackage } from "./lock_file.ts";

/** What a program can load of an npm package, and what describes it. */
const loaded = /\.(?:js|mjs|cjs|json|wasm|node)$/;

/** Texts that have to go along with copies of a package. */
const legal = /^(?:LICEN[CS]E|COPYING|NOTICE)(?:[.-].*)?$/i;

/** Levels of folders; a cache that Deno wrote has fewer. */
const maxDepth = 30;

/**
 * Copies an npm cache, without what no program loads. `deno compile` takes all files of a package along, and of those
 * that are not JavaScript the complaints of its parser, with the path of the cache: so they would be different on every
 * machine.
 */
export async function copyLoaded(from: string, to: string, depth = 0): Promise<void> {
  if (depth > maxDepth) throw new Error(`Cannot copy ${from}: more than ${maxDepth} levels of folders`);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyLoaded(source, target, depth + 1);
    else if (isFile && loaded.test(name)) await Deno.copyFile(source, target);
  }
}

/** The licenses of packages, one text. `cache` is the npm cache. Throws where a package has none. */
export async function noticesOf(packages: readonly NpmPackage[], cache: string): Promise<string> {
  const parts: string[] = [];
  for (const { name, version } of packages) {
    const folder = await packageFolder({ name, version }, cache);
    const names = (await Array.fromAsync(Deno.readDir(folder))).filter(({ isFile }) => isFile)
      .map((entry) => entry.name).filter((each) => legal.test(each)).sort();
    if (names.length === 0) throw new Error(`Cannot find the license of ${name}@${version} in ${folder}`);
    const texts = await Promise.all(names.map((each) => Deno.readTextFile(join(folder, each))));
    parts.push(`${name} ${version}\n\n${texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n")}\n`);
  }
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

/** Where a package is in the npm cache, below the folder of its registry. */
export async function packageFolder({ name, version }: NpmPackage, cache: string): Promise<string> {
  for await (const registry of Deno.readDir(cache)) {
    const folder = join(cache, registry.name, name, version);
    if (registry.isDirectory && await isFolder(folder)) return folder;
  }
  throw new Error(`Cannot find ${name}@${version} in ${cache}: run "deno install" first`);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
