import assert from "node:assert/strict";
import { join } from "node:path";
import { runBinary } from "./run_binary.ts";
import { supervise, untilReady } from "./supervised.ts";
import { waitFor } from "./wait_for.ts";

async function isGone(marker: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args"] }).output();
  return !new TextDecoder().decode(stdout).split("\n").some((line) => line === `sleep ${marker}`);
}

/** A time for `sleep` that no other process uses, to find it by. */
const marker = () => `${3000 + Math.floor(Math.random() * 1e6) / 1e3}`;

Deno.test("supervise() writes the log and stops the process", async () => {
  const dir = await Deno.makeTempDir();
  const name = marker();
  const logPath = join(dir, "log");
  const process = supervise("sleeper", ["sh", "-c", `echo started; exec sleep ${name}`], { logPath, cwd: dir });
  await untilReady(process, async () => (await Deno.readTextFile(logPath)) === "started\n");
  await waitFor("it sleeps", async () => !await isGone(name));
  await process.stop();
  assert.equal(process.running, false);
  assert.ok(await isGone(name));
  await process.stop();
  await Deno.remove(dir, { recursive: true });
});

Deno.test("untilReady() fails at once with the log of a process that ends", async () => {
  const dir = await Deno.makeTempDir();
  const process = supervise("failing", ["sh", "-c", "echo 'no such flag' >&2; exit 3"], {
    logPath: join(dir, "log"),
    cwd: dir,
  });
  await assert.rejects(untilReady(process, () => Promise.resolve(false)), /Cannot start failing: .*\nno such flag/);
  assert.equal(await process.ended, 3);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a supervised process does not outlive a starter that is killed", async () => {
  const dir = await Deno.makeTempDir();
  const name = marker();
  const module = import.meta.resolve("./supervised.ts");
  const starter = runBinary([
    Deno.execPath(),
    "eval",
    "--no-lock",
    `import { supervise } from ${JSON.stringify(module)};
     supervise("sleeper", ["sleep", "${name}"], { logPath: "log", cwd: ${JSON.stringify(dir)} });
     setInterval(() => {}, 1000);`,
  ]);
  await waitFor("it sleeps", async () => !await isGone(name), { explain: () => starter.stderr });
  await starter.stop({ signal: "SIGKILL" });
  await waitFor("it is gone", () => isGone(name));
  await Deno.remove(dir, { recursive: true });
});
