import { fileURLToPath } from "node:url";
import { binaries, type Binary, v8Flags } from "./binaries.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Compiles the three binaries into `build/`. The same source in the same folder with the same Deno gives the same
 * bytes. Where Deno's download site is out of reach, `DENORT_BIN` names the runtime that `deno compile` starts from.
 */
async function buildAll(): Promise<void> {
  await Deno.mkdir(`${root}build`, { recursive: true });
  // Its path is part of the result, so it is always the same.
  const environment = `${root}build/commit.env`;
  const commit = await headCommit();
  await Deno.writeTextFile(environment, commit === undefined ? "" : `ORK_BUILD_COMMIT=${commit}\n`);
  try {
    for (const binary of binaries) await compile(binary, environment);
  } finally {
    await Deno.remove(environment);
  }
}

async function compile(binary: Binary, environment: string): Promise<void> {
  const { name, permissions, include } = binary;
  const output = `build/${name}`;
  const { main, threads } = binary.bundled ? await bundle(binary) : binary;
  await deno([
    "compile",
    "--quiet",
    "--frozen",
    // A bundle has no types; those of its sources are checked by `deno task ok`.
    ...binary.bundled ? ["--no-check"] : [],
    ...permissions,
    `--v8-flags=${v8Flags.join(",")}`,
    ...[...include, ...threads].flatMap((path) => ["--include", path]),
    "--env-file=" + environment,
    "--output",
    output,
    main,
  ]);
  const { size } = await Deno.stat(`${root}${output}`);
  console.log(`${output}  ${(size / 1e6).toFixed(1)} MB`);
}

/** Makes one file of the program and of each thread, side by side where `src/cell/code.ts` looks for them. */
async function bundle({ name, main, threads }: Binary): Promise<{ main: string; threads: string[] }> {
  const folder = `build/bundle/${name}`;
  await deno(["bundle", "--quiet", "--platform", "deno", "--output", `${folder}/${name}.js`, main]);
  const bundled: string[] = [];
  for (const thread of threads) {
    const file = `${folder}/${thread.replace(/^src\//, "").replace("/", "_").replace(/\.ts$/, ".js")}`;
    await deno(["bundle", "--quiet", "--platform", "deno", "--output", file, thread]);
    bundled.push(file);
  }
  return { main: `${folder}/${name}.js`, threads: bundled };
}

/** Names stay as they are in a bundle: stack traces of an operator in production have to be read. */
async function deno(args: readonly string[]): Promise<void> {
  const { success, code } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: root }).spawn().status;
  if (!success) throw new Error(`Cannot build: deno ${args[0]} of ${args.at(-1)} ended with exit code ${code}`);
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
