import { nearest } from "../base/suggest.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { listPacks, type Pack } from "./packs.ts";
import { paint, type Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

export interface InitOptions {
  /** Name of the new Katalog and of its folder; the current folder when absent. */
  readonly name?: string | undefined;
  readonly pack: string;
}

/** `ork init --list` */
export function listPackNames(terminal: Terminal): number {
  const packs = listPacks();
  const width = Math.max(...packs.map(({ name }) => name.length));
  for (const { name, description } of packs) {
    terminal.out(`${paint(terminal, "bold", name.padEnd(width))}  ${description}`);
  }
  return 0;
}

/** `ork init`: copies a pack into a folder. Nothing that is there is overwritten. */
export function init({ name, pack: wanted }: InitOptions, terminal: Terminal): number {
  if (name !== undefined && !isDnsLabel(name)) {
    throw new UsageError(`"${name}" cannot name a Katalog: use lower-case letters, digits and "-", at most 63`);
  }
  const pack = findPack(wanted);
  const folder = name ?? ".";
  const existing = pack.files.filter((file) => exists(`${folder}/${file}`));
  if (existing.length > 0) {
    terminal.err(`Cannot start in ${shown(folder)}, with ${existing.join(", ")}: there already; choose another name`);
    return 1;
  }
  Deno.mkdirSync(folder, { recursive: true });
  for (const file of pack.files) {
    const text = Deno.readTextFileSync(`${pack.folder}/${file}`);
    Deno.writeTextFileSync(`${folder}/${file}`, file === "katalog.yaml" ? renamed(text, pack.name, name) : text);
  }
  const inFolder = name === undefined ? "" : `cd ${name} && `;
  terminal.out(`${paint(terminal, "green", "Made")} ${pack.files.join(", ")} in ${shown(folder)} from ${pack.name}`);
  terminal.out(`Try it without a cluster:  ${paint(terminal, "bold", `${inFolder}ork run --sandbox`)}`);
  return 0;
}

function findPack(wanted: string): Pack {
  const packs = listPacks();
  const pack = packs.find(({ name }) => name === wanted);
  if (pack !== undefined) return pack;
  const names = packs.map(({ name }) => name);
  const guess = nearest(wanted, names);
  throw new UsageError(
    `Unknown pack "${wanted}"${
      guess === undefined ? `: choose one of ${names.join(", ")}` : `: did you mean "${guess}"?`
    }`,
  );
}

/** The Katalog has the project's name. */
function renamed(text: string, from: string, to: string | undefined): string {
  return to === undefined ? text : text.replace(`\n  name: ${from}\n`, `\n  name: ${to}\n`);
}

function shown(folder: string): string {
  return folder === "." ? "the current folder" : `${folder}/`;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
