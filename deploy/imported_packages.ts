import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What `deno info --json` says, as far as it matters. */
interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    /** Absent where only types are imported. */
    readonly code?: { readonly specifier?: string; readonly error?: string };
  }[];
}

/**
 * The npm packages that files load, themselves or through what they import: the name in `imports` of `deno.json` → what
 * it stands for there, `yaml` → `npm:yaml@2.9.1`. What is imported for its types is not loaded. `files` are paths from
 * `root`. Throws where something does not resolve.
 */
export async function importedPackages(files: readonly string[], root: string): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "ork-imports-" });
  try {
    // `deno info` takes one module: one that imports all the others.
    const start = join(folder, "all.ts");
    const text = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)).href)};\n`).join("");
    await Deno.writeTextFile(start, text);
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", join(root, "deno.json"), start],
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(`Cannot read what ${files.join(", ")} import: deno info failed`);
    return packagesIn(JSON.parse(new TextDecoder().decode(stdout)), pathToFileURL(start).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The packages that the output of `deno info --json` has below a module, along what is loaded. */
export function packagesIn({ modules }: { readonly modules: readonly ModuleInfo[] }, start: string) {
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Map<string, string>();
  const seen = new Set<string>();
  const pending = [start];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const module = byName.get(name);
    if (module?.error !== undefined) throw new Error(`Cannot read ${name}: ${module.error}`);
    for (const { specifier, code } of module?.dependencies ?? []) {
      if (code === undefined) continue;
      if (code.specifier === undefined) throw new Error(`Cannot resolve ${specifier} in ${name}: ${code.error}`);
      const [, target, below = ""] = /^npm:\/?((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(code.specifier) ?? [];
      // `hono/jsx` is found below `hono`.
      if (target !== undefined) found.set(specifier.slice(0, specifier.length - below.length), `npm:${target}`);
      else pending.push(code.specifier);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => a < b ? -1 : 1));
}
