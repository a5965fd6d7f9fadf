import { equalJson } from "../../base/json.ts";
import { type FileReader, namedFiles, readKatalogs } from "../../files/mod.ts";
import { loadKatalog, printKatalog, type SourceFile } from "../../katalog/mod.ts";
import { builtInSchemas } from "../built_in_schemas.ts";
import { printFindings } from "../print_findings.ts";
import type { Terminal } from "../terminal.ts";
import { RewriteError, rewriteLayout } from "./rewrite_layout.ts";

export interface UpgradeKatalogOptions {
  readonly files: readonly string[];
  /** Writes nothing. */
  readonly check: boolean;
}

/** Writes a file, whole or not at all. */
export type ReplaceFile = (path: string, text: string) => void;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * `ork upgrade katalog`: rewrites Katalogs in older layouts in place, with their comments; what comes on standard input
 * goes to standard output. Exit code 1 for Katalogs with errors, and with `check` where something is to be rewritten.
 */
export async function upgradeKatalog(
  { files: named, check }: UpgradeKatalogOptions,
  terminal: Terminal,
  files: FileReader,
  replace: ReplaceFile = replaceFile,
): Promise<number> {
  const { sources, findings: unread } = await readKatalogs(named, files);
  const load = (all: readonly SourceFile[]) => loadKatalog(all, namedFiles(files), builtInSchemas);
  const before = unread.length > 0 ? { findings: unread } : load(sources);
  printFindings(before.findings, terminal, terminal.err);
  if (!("katalog" in before) || before.katalog === undefined) return 1;
  const rewritten = rewriteAll(sources);
  if ("reason" in rewritten) {
    terminal.err(`error: nothing is written: ${rewritten.reason}; carry out the warnings above by hand`);
    return 1;
  }
  const changed = rewritten.filter(({ isChanged }) => isChanged);
  const names = (some: readonly SourceFile[]) => some.map(({ path }) => path).join(", ");
  if (changed.length === 0) {
    terminal.err(`${names(sources)}: in the present layout`);
    return 0;
  }
  const after = load(rewritten);
  if (after.katalog === undefined || !equalJson(printKatalog(after.katalog), printKatalog(before.katalog))) {
    printFindings(after.findings, terminal, terminal.err);
    terminal.err(
      `error: ${names(changed)}: rewritten it would not be the same Katalog, so nothing is written; ` +
        "carry out the warnings above by hand",
    );
    return 1;
  }
  if (check) {
    terminal.err(`${names(changed)}: in an older layout; ork upgrade katalog rewrites it`);
    return 1;
  }
  for (const { path, bytes } of changed) {
    const text = decoder.decode(bytes);
    if (path === "stdin") {
      terminal.out(text.replace(/\n$/, ""));
      continue;
    }
    replace(path, text);
    terminal.err(`${path}: rewritten in the present layout`);
  }
  return 0;
}

type Rewritten = SourceFile & { readonly isChanged: boolean };

function rewriteAll(sources: readonly SourceFile[]): Rewritten[] | { readonly reason: string } {
  try {
    return sources.map(rewrite);
  } catch (error) {
    if (!(error instanceof RewriteError)) throw error;
    return { reason: error.message };
  }
}

function rewrite({ path, bytes }: SourceFile): Rewritten {
  const text = decoder.decode(bytes);
  const rewritten = rewriteLayout(text);
  if (rewritten === undefined) return { path, bytes, isChanged: false };
  const own = text.includes("\r\n") ? rewritten.replace(/\r?\n/g, "\r\n") : rewritten;
  return { path, bytes: new TextEncoder().encode(own), isChanged: true };
}

/** A file that is written half is worse than one in an old layout: the new one takes its place when it is complete. */
function replaceFile(path: string, text: string): void {
  const real = Deno.realPathSync(path);
  const { mode } = Deno.statSync(real);
  const next = `${real}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    Deno.writeTextFileSync(next, text, mode === null ? {} : { mode: mode & 0o777 });
    Deno.renameSync(next, real);
  } catch (error) {
    try {
      Deno.removeSync(next);
    } catch {
      // It was not made; the first error says why.
    }
    throw error;
  }
}
