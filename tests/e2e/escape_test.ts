import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { controlPlaneVariable } from "../support/control_plane.ts";
import { runToEnd } from "../support/run_binary.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What an attempt may come to besides a refusal. */
const fine: Readonly<Record<string, RegExp>> = {
  "request more rights": /^got denied$/,
  "see another cell's memory": /^got undefined$/,
  "reach the API server": /^got 200$/,
};

// Compiling needs a base executable, which not every machine can fetch: it is one of the tests with compiled binaries.
const ignore = Deno.env.get(controlPlaneVariable) === undefined;

Deno.test({
  name: `code in a cell of a compiled binary reaches the API server and nothing else${
    ignore ? ` (needs ${controlPlaneVariable})` : ""
  }`,
  ignore,
  fn: escape,
});

async function escape(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ork-escape-" });
  const server = () => Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("here"));
  const allowed = server();
  const forbidden = server();
  try {
    const binary = join(folder, "escape");
    const compiled = await new Deno.Command(Deno.execPath(), {
      args: [
        "compile",
        "--quiet",
        "--no-check",
        "--allow-all",
        "--no-prompt",
        "--unstable-worker-options",
        ...["src/cell/jail.ts", "tests/e2e/escape/prober.ts"].flatMap((path) => ["--include", path]),
        "--output",
        binary,
        "tests/e2e/escape/main.ts",
      ],
      cwd: root,
    }).output();
    assert.ok(compiled.success, new TextDecoder().decode(compiled.stderr));
    const ports = [allowed, forbidden].map(({ addr }) => String(addr.port));
    const { code, stdout, stderr } = await runToEnd([binary, ...ports], { env: { SECRET: "x" } });
    assert.equal(code, 0, stderr);
    for (const [cell, results] of Object.entries<Record<string, string>>(JSON.parse(stdout))) {
      for (const [what, result] of Object.entries(results)) {
        assert.match(
          result,
          fine[what] ?? /^(?:NotCapable|TypeError|PermissionDenied)$/,
          `the ${cell} cell could ${what}: ${result}`,
        );
      }
    }
  } finally {
    await Promise.all([allowed.shutdown(), forbidden.shutdown()]);
    await Deno.remove(folder, { recursive: true });
  }
}
