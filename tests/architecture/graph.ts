import { fromFileUrl, projectRoot, toFileUrl } from "./paths.ts";

/**
 * Who imports whom. Keys and values are paths from the project's root (`src/base/json.ts`), packages (`npm:yaml`),
 * built-ins (`node:fs`) or, for anything else, the URL. Type-only and dynamic imports are edges like all others.
 */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

interface DenoInfo {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: { specifier: string; code?: Resolved; type?: Resolved }[];
  }[];
}

interface Resolved {
  specifier?: string;
  error?: string;
}

/** The graph of everything that `files` (paths from `root`) reach, as `deno info --json` sees it. */
export async function readGraph(files: readonly string[], root = projectRoot): Promise<ModuleGraph> {
  const folder = await Deno.makeTempDir({ prefix: "ork-graph-" });
  try {
    // `deno info` takes one module: one that imports all the others.
    const start = `${folder}/all.ts`;
    await Deno.writeTextFile(start, files.map((file) => `import "${toFileUrl(`${root}/${file}`)}";\n`).join(""));
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${projectRoot}/deno.json`, start],
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (!output.success) throw new Error(`Cannot read the module graph: ${new TextDecoder().decode(output.stderr)}`);
    return graphOf(JSON.parse(new TextDecoder().decode(output.stdout)), root, start);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function graphOf(info: DenoInfo, root: string, start: string): ModuleGraph {
  const graph = new Map<string, string[]>();
  for (const module of info.modules) {
    if (module.specifier === toFileUrl(start)) continue;
    // A missing module stays out of the graph: `everyImportLeadsSomewhere` names who wants it.
    if (module.error?.startsWith("Module not found")) continue;
    if (module.error !== undefined) throw new Error(`Cannot read "${module.specifier}": ${module.error}`);
    const targets = new Set<string>();
    for (const { specifier, code, type } of module.dependencies ?? []) {
      for (const resolved of [code, type]) {
        if (resolved === undefined) continue;
        if (resolved.specifier === undefined) {
          throw new Error(`Cannot resolve "${specifier}" in "${module.specifier}": ${resolved.error}`);
        }
        targets.add(shortName(resolved.specifier, root));
      }
    }
    graph.set(shortName(module.specifier, root), [...targets].sort());
  }
  return graph;
}

/** `npm:yaml@2.9.1/util` and `npm:/yaml@2.9.1` are `npm:yaml`; files are paths from the root. */
function shortName(specifier: string, root: string): string {
  const npm = /^npm:\/?((?:@[^/@]+\/)?[^/@]+)/.exec(specifier);
  if (npm !== null) return `npm:${npm[1]}`;
  if (!specifier.startsWith("file://")) return specifier;
  const path = fromFileUrl(specifier);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : specifier;
}
