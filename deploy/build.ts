import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { asciiCode } from "./ascii.ts";
import { binaries, type Binary, v8Flags } from "./binaries.ts";
import { closedImports } from "./closed_imports.ts";
import { packagesIn } from "./embedded_files.ts";
import { importedPackages } from "./imported_packages.ts";
import { type Lock, lockText, type NpmPackage, packagesOf, readLock, reduceLock } from "./lock_file.ts";
import { copyLoaded, noticesOf } from "./npm_packages.ts";
import { fixTimes, withoutCachePath } from "./reproducible.ts";
import { version } from "../src/entry/version.ts";
import { sbomOf } from "./sbom.ts";
import { formatSums, sha256OfFile, sumsFile } from "./sums.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Folder of the copy of npm packages that programs take along; Deno keeps what it downloads there. */
const cacheFolder = `${root}build/cache`;

/**
 * Compiles the three binaries into `build/`, with the licenses of what they take along, a bill of materials, and
 * checksums in `SHA256SUMS`. On Linux the same commit with the same
 * Deno gives the same bytes, in whatever folder and with whatever cache: `deno task build:twice` shows it. Where Deno's
 * download site is out of reach, `DENORT_BIN` names the runtime that `deno compile` starts from. Where there is no git,
 * `ORK_BUILD_COMMIT` names the commit.
 */
async function buildAll(): Promise<void> {
  await Deno.mkdir(`${root}build`, { recursive: true });
  const environment = `${root}build/commit.env`;
  const commit = Deno.env.get("ORK_BUILD_COMMIT") ?? await headCommit();
  const sums = new Map<string, string>();
  const npm = await npmCache();
  const lock = readLock(await Deno.readTextFile(`${root}deno.lock`));
  const project = JSON.parse(await Deno.readTextFile(`${root}deno.json`)) as Project;
  const carried = new Set<string>();
  await deno(["cache", "--quiet", "--frozen", ...binaries.map(({ main }) => main)]);
  await removeIfThere(`${cacheFolder}/npm`);
  await copyLoaded(npm, `${cacheFolder}/npm`);
  await Deno.writeTextFile(environment, commit === undefined ? "" : `ORK_BUILD_COMMIT=${commit}\n`);
  try {
    for (const binary of binaries) {
      const imported = await importedPackages([binary.main, ...binary.threads], root);
      const vendored = binary.vendored.map((name) => project.imports[name]!);
      for (const specifier of [...Object.values(imported), ...vendored]) carried.add(specifier);
      const output = await compile(binary, { environment, npm, lock, project });
      const { size } = await Deno.stat(output);
      sums.set(binary.name, await sha256OfFile(output));
      console.log(`build/${binary.name}  ${(size / 1e6).toFixed(1)} MB  ${sums.get(binary.name)}`);
    }
  } finally {
    await Deno.remove(environment);
  }
  const notices = "THIRD_PARTY_NOTICES.txt";
  const content = reduceLock(lock, [...carried]);
  const beside = {
    [notices]: await noticesOf(packagesOf(content), npm),
    "sbom.cdx.json": await sbomOf(content, npm, { version, commit, deno: Deno.version.deno }),
  };
  for (const [name, text] of Object.entries(beside)) {
    await Deno.writeTextFile(`${root}build/${name}`, text);
    sums.set(name, await sha256OfFile(`${root}build/${name}`));
  }
  await Deno.writeTextFile(`${root}build/${sumsFile}`, formatSums(sums));
}

interface Surroundings {
  /** File with the variables that the binary has built in. */
  readonly environment: string;
  /** Where Deno keeps npm packages. */
  readonly npm: string;
  readonly lock: Lock;
  readonly project: Project;
}

/** What `deno.json` has of use here. */
interface Project {
  readonly imports: Readonly<Record<string, string>>;
  readonly unstable: readonly string[];
  readonly compilerOptions: object;
}

/** Returns the path of the result. */
async function compile(binary: Binary, { environment, npm, ...around }: Surroundings): Promise<string> {
  const { name, permissions, include } = binary;
  const output = `build/${name}`;
  const { main, threads } = binary.bundled ? await bundle(binary, npm) : binary;
  const { config, packages } = await ownConfig(binary, [main, ...threads], around);
  await deno([
    "compile",
    "--quiet",
    "--config",
    config,
    "--frozen",
    // Types are not taken along; `deno task ok` checks them.
    "--no-check",
    ...permissions,
    `--v8-flags=${v8Flags.join(",")}`,
    ...[...include, ...threads].flatMap((path) => ["--include", path]),
    "--env-file=" + environment,
    "--output",
    output,
    main,
  ], { DENO_DIR: cacheFolder });
  // Programs of other systems are signed, and not released.
  if (Deno.build.os === "linux") {
    const program = await Deno.readFile(`${root}${output}`);
    const found = packagesIn(program).map(({ name, version }) => `${name}@${version}`).sort();
    const wanted = packages.map(({ name, version }) => `${name}@${version}`).sort();
    if (found.join() !== wanted.join()) {
      throw new Error(`Cannot build: ${name} has the packages ${found.join(", ")} and needs ${wanted.join(", ")}`);
    }
    fixTimes(program);
    await Deno.writeFile(`${root}${output}`, program);
  }
  return `${root}${output}`;
}

/**
 * Writes a configuration and a lock for one binary alone. `deno compile` takes all packages of the lock along,
 * imported or not: those of the tests, and in production what only commands of `ork` use.
 */
async function ownConfig(
  { name, closed }: Binary,
  files: readonly string[],
  { lock, project: { unstable, compilerOptions } }: Pick<Surroundings, "lock" | "project">,
): Promise<{ readonly config: string; readonly packages: NpmPackage[] }> {
  const imports = await importedPackages(files, root);
  const needed = reduceLock(lock, Object.values(imports));
  const folder = `build/config/${name}`;
  const pinned = { path: "deno.lock", frozen: true };
  // Of a bundle, and of sources: from the folder of the configuration.
  const own = ["../../bundle/", "../../../src/", `../../../${files[0]}`];
  const all = closed ? closedImports(imports, own) : imports;
  const config = { nodeModulesDir: "none", unstable, lock: pinned, imports: all, compilerOptions };
  await Deno.mkdir(`${root}${folder}`, { recursive: true });
  await Deno.writeTextFile(`${root}${folder}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${root}${folder}/deno.lock`, lockText(needed));
  return { config: `${folder}/deno.json`, packages: packagesOf(needed) };
}

/** Makes one file of the program and of each thread, side by side where `src/cell/code.ts` looks for them. */
async function bundle({ name, main, threads }: Binary, npm: string): Promise<{ main: string; threads: string[] }> {
  const folder = `build/bundle/${name}`;
  const cache = relative(root, npm);
  const one = async (source: string, file: string): Promise<string> => {
    const output = `${folder}/${file}`;
    await deno(["bundle", "--quiet", "--platform", "deno", "--output", output, source]);
    const code = withoutCachePath(await Deno.readTextFile(`${root}${output}`), cache);
    await Deno.writeTextFile(`${root}${output}`, asciiCode(code));
    return output;
  };
  const program = await one(main, `${name}.js`);
  const bundled: string[] = [];
  for (const thread of threads) {
    bundled.push(await one(thread, thread.replace(/^src\//, "").replace("/", "_").replace(/\.ts$/, ".js")));
  }
  return { main: program, threads: bundled };
}

/** Where Deno keeps npm packages. */
async function npmCache(): Promise<string> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: root }).output();
  const info: unknown = success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
  if (typeof info !== "object" || info === null || !("npmCache" in info) || typeof info.npmCache !== "string") {
    throw new Error("Cannot build: deno info --json does not name npmCache");
  }
  return info.npmCache;
}

/** Names stay as they are in a bundle: stack traces of an operator in production have to be read. */
async function deno(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, env: { ...env } });
  const { success, code } = await command.spawn().status;
  if (!success) throw new Error(`Cannot build: deno ${args[0]} of ${args.at(-1)} ended with exit code ${code}`);
}

async function removeIfThere(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The commit that is checked out; `undefined` outside a clone, or where there is no git. */
async function headCommit(): Promise<string | undefined> {
  try {
    const git = await new Deno.Command("git", { args: ["rev-parse", "--short=12", "HEAD"], cwd: root, stderr: "null" })
      .output();
    return git.success ? new TextDecoder().decode(git.stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

await buildAll();
