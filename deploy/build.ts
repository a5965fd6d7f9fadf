import { fileURLToPath } from "node:url";
import { binaries, type Binary } from "./binaries.ts";

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

async function compile({ name, main, permissions, include }: Binary, environment: string): Promise<void> {
  const output = `build/${name}`;
  const status = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--frozen",
      ...permissions,
      ...include.flatMap((path) => ["--include", path]),
      "--env-file=" + environment,
      "--output",
      output,
      main,
    ],
    cwd: root,
  }).spawn().status;
  if (!status.success) throw new Error(`Cannot compile ${main}: deno compile ended with exit code ${status.code}`);
  const { size } = await Deno.stat(`${root}${output}`);
  console.log(`${output}  ${(size / 1e6).toFixed(1)} MB`);
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
