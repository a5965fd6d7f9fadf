import { LineCounter, parseDocument } from "yaml";
import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import { ConfigError } from "./config.ts";

/** A named entry of `clusters`, `users` or `contexts`, and the file that it comes from. */
export interface KubeconfigEntry {
  readonly value: JsonMap;
  readonly file: string;
}

/** One kubeconfig, or several merged. Maps go from name to entry. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
  readonly currentContext?: string;
  /** In the order in which they were read. */
  readonly files: readonly string[];
}

/** Largest kubeconfig; with inline certificates a cluster takes some 5 KB. */
const maxCharacters = 8 * 1024 * 1024;

/** Reads the text of one kubeconfig. Throws `ConfigError` with the line of invalid YAML. */
export function parseKubeconfigFile(text: string, file: string): Kubeconfig {
  const root = parseYaml(text, file);
  if (root === null) return { clusters: new Map(), users: new Map(), contexts: new Map(), files: [file] };
  const kind = isMap(root) ? ownValue(root, "kind") ?? "Config" : undefined;
  if (!isMap(root) || kind !== "Config") {
    throw new ConfigError(`Cannot use ${file}: it is not a kubeconfig (kind: Config)`, { source: file });
  }
  const current = ownValue(root, "current-context");
  return {
    clusters: readEntries(root, "clusters", "cluster", file),
    users: readEntries(root, "users", "user", file),
    contexts: readEntries(root, "contexts", "context", file),
    ...(typeof current === "string" && current !== "" ? { currentContext: current } : {}),
    files: [file],
  };
}

/** Merges as kubectl does: of every name, and of the current context, the first file that sets it wins. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  const currentContext = files.find((file) => file.currentContext !== undefined)?.currentContext;
  return {
    clusters: firstOfEach(files.map((file) => file.clusters)),
    users: firstOfEach(files.map((file) => file.users)),
    contexts: firstOfEach(files.map((file) => file.contexts)),
    ...(currentContext === undefined ? {} : { currentContext }),
    files: files.flatMap((file) => file.files),
  };
}

function firstOfEach<V>(maps: readonly ReadonlyMap<string, V>[]): Map<string, V> {
  // Of equal keys the constructor keeps the last.
  return new Map([...maps].reverse().flatMap((map) => [...map]));
}

/** Errors of YAML whose message does not quote the text, which may be a token. */
const constantMessages: ReadonlySet<string> = new Set([
  ...["ALIAS_PROPS", "BAD_COLLECTION_TYPE", "BAD_INDENT", "BAD_PROP_ORDER", "BLOCK_AS_IMPLICIT_KEY", "BLOCK_IN_FLOW"],
  ...["DUPLICATE_KEY", "KEY_OVER_1024_CHARS", "MISSING_CHAR", "MULTILINE_IMPLICIT_KEY", "MULTIPLE_ANCHORS"],
  ...["MULTIPLE_DOCS", "MULTIPLE_TAGS", "NON_STRING_KEY", "TAB_AS_INDENT"],
]);

function parseYaml(text: string, file: string): Json {
  if (text.length > maxCharacters) {
    throw new ConfigError(`Cannot use ${file}: longer than ${maxCharacters} characters`, { source: file });
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: "error", // its warnings quote the text
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    const problem = constantMessages.has(error.code) ? error.message : `it is no YAML (${error.code})`;
    throw new ConfigError(`Cannot read ${file}:${line}:${col}: ${problem}`, { source: file });
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new ConfigError(`Cannot read ${file}: too many aliases`, { source: file, cause });
  }
}

function readEntries(root: JsonMap, list: string, key: string, file: string): Map<string, KubeconfigEntry> {
  const entries = new Map<string, KubeconfigEntry>();
  const items = ownValue(root, list) ?? [];
  if (!Array.isArray(items)) throw wrong(file, list, "must be a list");
  for (const [index, item] of items.entries()) {
    const field = `${list}[${index}]`;
    const name = isMap(item) ? ownValue(item, "name") : undefined;
    if (!isMap(item) || typeof name !== "string") throw wrong(file, `${field}.name`, "must be a text");
    const value = ownValue(item, key) ?? {};
    if (!isMap(value)) throw wrong(file, `${field}.${key}`, "must be a map");
    if (entries.has(name)) throw wrong(file, `${field}.name`, `"${name}" is there twice`);
    entries.set(name, { value, file });
  }
  return entries;
}

function wrong(file: string, field: string, what: string): ConfigError {
  return new ConfigError(`Cannot use ${file}: ${field}: ${what}`, { source: file, field });
}
