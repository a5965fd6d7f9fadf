/**
 * `deno task build:twice`: builds copies of the project in two folders, with npm caches in two places, and compares the
 * checksums. Exit code 1 where they differ. Needs a clone: the copies have what git knows.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sumsFile } from "./sums.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

async function output(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, { args: [...args], cwd: root, stderr: "inherit" })
    .output();
  if (!success) throw new Error(`Cannot build twice: ${command} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout);
}

async function copyTo(folder: string): Promise<void> {
  const known = (await output("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])).split("\0");
  for (const path of known.filter((each) => each !== "")) {
    const target = join(folder, path);
    await Deno.mkdir(join(target, ".."), { recursive: true });
    await Deno.copyFile(join(root, path), target);
  }
}

/** Copies a folder, so that its files have other times. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else if (isFile) await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function sumsOf(folder: string, denoDir: string): Promise<string> {
  await copyTo(folder);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "deploy/build.ts"],
    cwd: folder,
    env: { DENO_DIR: denoDir, ORK_BUILD_COMMIT: (await output("git", ["rev-parse", "--short=12", "HEAD"])).trim() },
    stdout: "null",
  }).spawn().status;
  if (!success) throw new Error(`Cannot build in ${folder}`);
  return await Deno.readTextFile(join(folder, "build", sumsFile));
}

const temporary = await Deno.makeTempDir({ prefix: "ork-build-" });
try {
  const { denoDir } = JSON.parse(await output(Deno.execPath(), ["info", "--json"])) as { denoDir: string };
  const otherDenoDir = join(temporary, "cache");
  await copyFolder(join(denoDir, "npm"), join(otherDenoDir, "npm"));
  const one = await sumsOf(join(temporary, "one"), denoDir);
  const two = await sumsOf(join(temporary, "further/down/two"), otherDenoDir);
  console.log(one);
  if (one !== two) {
    console.error(`Two builds of the same source differ. The second one:\n${two}`);
    Deno.exitCode = 1;
  }
} finally {
  await Deno.remove(temporary, { recursive: true });
}
