import type { Finding } from "../base/finding.ts";
import type { Environment } from "../base/variables.ts";
import type { ReadFile, SourceFile } from "../katalog/mod.ts";

/** What a command works on when it is given no file, and none by the variable. */
const defaultKatalog = "katalog.yaml";
export const katalogPathVariable = "KATALOG_PATH";

/** The name of standard input on the command line, and in findings. */
const standardInput = { argument: "-", shown: "stdin" } as const;

/** How files are read; `trouble` says in a few words why one cannot be, as in `it does not exist`. */
export interface FileReader {
  /**
   * The bytes; `"folder"` for one; else why there are none. `only: "plain"`: no pipe or device, which might never end.
   */
  read(path: string, only?: "plain"): { bytes: Uint8Array } | "folder" | { trouble: string };
  /** The names in a folder; else why it cannot be listed. */
  list(folder: string): readonly string[] | { trouble: string };
  /** The names of the folders in a folder, links left out; none where it cannot be listed. */
  folders(folder: string): readonly string[];
  /** Everything up to the end of standard input. */
  stdin(): Promise<{ bytes: Uint8Array } | { trouble: string }>;
  /** The environment, which completes what is read; absent: nothing is set. */
  readonly env?: Environment;
}

export interface ReadSources {
  readonly sources: readonly SourceFile[];
  /** What could not be read. */
  readonly findings: readonly Finding[];
}

/** More YAML files in one folder than any set of Katalogs has: probably the wrong folder was named. */
const maxFilesInFolder = 500;
const yamlFile = /\.ya?ml$/;
/** A document at whose top stands that it is a Katalog, in whatever state the rest of the file is. */
const katalogDocument = /^kind:[ \t]*(["']?)Katalog\1[ \t]*(?:#.*)?\r?$/m;

/**
 * Reads the Katalogs that a command line names: files, folders, and `-` for standard input. No name at all is what
 * `KATALOG_PATH` names, else `katalog.yaml` of the current folder. A folder stands for the `katalog.yaml` in it, else for every YAML file in it
 * (not below it) that has a document of kind Katalog, by name. A file that is named twice is read once.
 */
export async function readKatalogs(named: readonly string[], reader: FileReader): Promise<ReadSources> {
  const sources = new Map<string, SourceFile>();
  const findings: Finding[] = [];
  const variable = reader.env?.(katalogPathVariable)?.split(",").filter((path) => path !== "") ?? [];
  const others = variable.length > 0 ? variable : [defaultKatalog];
  for (const path of new Set(named.length === 0 ? others : named)) {
    const read = path === standardInput.argument ? await readInput(reader) : readPath(path, reader);
    for (const source of read.sources) if (!sources.has(source.path)) sources.set(source.path, source);
    findings.push(...read.findings);
  }
  const hint = "name the Katalog, or a folder with one, or start one with: ork init";
  return {
    sources: [...sources.values()],
    findings: named.length + variable.length > 0 ? findings : findings.map((finding) => ({ ...finding, hint })),
  };
}

/** For the files that a Katalog names: what cannot be read is a finding of the loader. */
export function namedFiles(reader: FileReader): ReadFile {
  return (path) => {
    const read = reader.read(path, "plain");
    return typeof read === "object" && "bytes" in read ? read.bytes : undefined;
  };
}

/** Reads manifests that a command line names: files, and `-` for standard input. */
export async function readFiles(named: readonly string[], reader: FileReader): Promise<ReadSources> {
  const sources: SourceFile[] = [];
  const findings: Finding[] = [];
  for (const path of new Set(named)) {
    if (path === standardInput.argument) {
      const read = await readInput(reader);
      sources.push(...read.sources);
      findings.push(...read.findings);
      continue;
    }
    const read = reader.read(path);
    if (read === "folder") findings.push(unreadable(path, "Cannot read the file: it is a folder"));
    else if ("trouble" in read) findings.push(unreadable(path, `Cannot read the file: ${read.trouble}`));
    else sources.push({ path, bytes: read.bytes });
  }
  return { sources, findings };
}

async function readInput(reader: FileReader): Promise<ReadSources> {
  const { shown } = standardInput;
  const read = await reader.stdin();
  if ("trouble" in read) return failure(shown, `Cannot read standard input: ${read.trouble}`);
  return { sources: [{ path: shown, bytes: read.bytes }], findings: [] };
}

function readPath(path: string, reader: FileReader): ReadSources {
  const read = reader.read(path);
  if (read === "folder") return readFolder(path, reader);
  if ("trouble" in read) return failure(path, `Cannot read the file: ${read.trouble}`);
  return { sources: [{ path, bytes: read.bytes }], findings: [] };
}

function readFolder(folder: string, reader: FileReader): ReadSources {
  const names = reader.list(folder);
  if ("trouble" in names) return failure(folder, `Cannot read the folder: ${names.trouble}`);
  if (names.includes(defaultKatalog)) {
    const path = inFolder(folder, defaultKatalog);
    // A folder of that name is none of ours.
    if (reader.read(path) !== "folder") return readPath(path, reader);
  }
  const yaml = names.filter((name) => yamlFile.test(name)).sort();
  if (yaml.length > maxFilesInFolder) {
    return failure(folder, `There are ${yaml.length} YAML files in the folder; name the Katalogs among them`);
  }
  const sources: SourceFile[] = [];
  const findings: Finding[] = [];
  const decoder = new TextDecoder();
  for (const name of yaml) {
    const path = inFolder(folder, name);
    const read = reader.read(path);
    if (read === "folder") continue;
    if ("trouble" in read) findings.push(unreadable(path, `Cannot read the file: ${read.trouble}`));
    else if (katalogDocument.test(decoder.decode(read.bytes))) sources.push({ path, bytes: read.bytes });
  }
  if (sources.length > 0 || findings.length > 0) return { sources, findings };
  const others = yaml.length === 0 ? "no other YAML file" : `none of its ${yaml.length} YAML files is of kind Katalog`;
  return failure(folder, `There is no Katalog in the folder: it has no ${defaultKatalog}, and ${others}`);
}

/** As people write it: `katalog.yaml` in the current folder, `shop/katalog.yaml` elsewhere. */
function inFolder(folder: string, name: string): string {
  const plain = folder.replace(/\/+$/, "");
  if (plain === "" && folder !== "") return `/${name}`;
  return plain === "." || plain === "" ? name : `${plain}/${name}`;
}

function failure(file: string, message: string): ReadSources {
  return { sources: [], findings: [unreadable(file, message)] };
}

function unreadable(file: string, message: string): Finding {
  return { file, line: 1, column: 1, path: "", severity: "error", message };
}
