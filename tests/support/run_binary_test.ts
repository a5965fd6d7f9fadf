import assert from "node:assert/strict";
import { runBinary, runToEnd } from "./run_binary.ts";

const script = (code: string) => [Deno.execPath(), "eval", "--no-lock", code];

Deno.test("runBinary() collects output, waits for it, and stops with SIGTERM", async () => {
  await using binary = runBinary(
    script(`
    Deno.addSignalListener("SIGTERM", () => { console.log("bye"); Deno.exit(7); });
    console.log("hello"); console.error(Deno.env.get("EXTRA"), Deno.env.get("SECRET"));
    setInterval(() => {}, 1000);
  `),
    { env: { EXTRA: "extra" } },
  );
  await binary.waitForOutput("hello");
  await binary.waitForOutput(/^extra undefined$/m);
  assert.deepEqual(await binary.stop(), { code: 7, signal: null });
  assert.equal(binary.stdout, "hello\nbye\n");
});

Deno.test("waitForOutput() fails at once when the program ends without it", async () => {
  await using binary = runBinary(script(`console.log("something else")`));
  await assert.rejects(binary.waitForOutput("hello"), /ended without hello: .*something else/);
});

Deno.test("stop() kills what does not listen", async () => {
  const binary = runBinary(script(`
    Deno.addSignalListener("SIGTERM", () => {});
    console.log("ready"); setInterval(() => {}, 1000);
  `));
  await binary.waitForOutput("ready");
  assert.equal((await binary.stop({ timeoutMs: 100 })).signal, "SIGKILL");
});

Deno.test("runToEnd() returns exit code and output, feeds input, and has a time limit", async () => {
  const echo =
    `const text = await new Response(Deno.stdin.readable).text(); console.log(text.toUpperCase()); Deno.exit(3)`;
  const { code, stdout } = await runToEnd(script(echo), { stdin: "in" });
  assert.deepEqual([code, stdout], [3, "IN\n"]);
  const endless = await runToEnd(script("setInterval(() => {}, 1000)"), { timeoutMs: 300 });
  assert.equal(endless.signal, "SIGKILL");
});
