import assert from "node:assert/strict";
import { join } from "node:path";
import { binaries } from "../../deploy/binaries.ts";
import { closedImports } from "../../deploy/closed_imports.ts";
import { projectRoot } from "../architecture/paths.ts";
import { controlPlaneVariable } from "../support/control_plane.ts";
import { serveOnLoopback } from "../support/loopback_server.ts";
import { runToEnd } from "../support/run_binary.ts";

// Compiling needs a base executable, which not every machine can fetch: these are among the tests with compiled binaries.
const ignore = Deno.env.get(controlPlaneVariable) === undefined;

/** Deno's refusals: of a right, and of code that is not in the program. */
const refusal = new RegExp(
  [
    "^(?:NotCapable|PermissionDenied): ",
    "^(?:TypeError|Error): (?:Uncaught .*)?(?:Module not found|Cannot find module|Could not find constraint|Requires) ?",
    "^NotFound: path not found$",
  ].join("|"),
);

/** That of node:net, for a port on which somebody listens. */
const refusedConnection = /^Error: connect ECONNREFUSED/;

/** What an attempt may come to besides a refusal. */
type Fine = Readonly<Record<string, RegExp>>;

const fineInCells: Fine = {
  "see another cell's memory": /^got undefined$/,
  "reach the API server": /^got 200$/,
  "reach another port through node:net": refusedConnection,
  "reach another port through node:http": refusedConnection,
};

/** As `deploy/build.ts` writes one for a binary that is closed. */
const config = "build/config/escape/deno.json";

/** Compiles a program of `escape/` and runs it; returns what it prints. */
async function outcomeOf(program: string, rights: readonly string[], include: readonly string[]): Promise<unknown> {
  const folder = await Deno.makeTempDir({ prefix: "ork-escape-" });
  const requests: string[] = [];
  const forbidden = serveOnLoopback(({ url }) => {
    requests.push(url);
    return new Response("self.postMessage?.('ran'); export default 'ran';", {
      headers: { "content-type": "text/javascript" },
    });
  });
  const allowed = serveOnLoopback(({ url }) =>
    url.endsWith("/elsewhere") ? Response.redirect(`http://127.0.0.1:${forbidden.port}/`) : new Response("here")
  );
  try {
    const binary = join(folder, "escape");
    await Deno.mkdir(join(projectRoot, config, ".."), { recursive: true });
    const imports = closedImports({}, ["../../../src/", "../../../tests/e2e/escape/"]);
    await Deno.writeTextFile(join(projectRoot, config), JSON.stringify({ imports, unstable: ["worker-options"] }));
    const compiled = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["compile", "--quiet", "--no-check", "--config", config, ...rights],
        ...include.flatMap((path) => ["--include", path]),
        ...["--output", binary, `tests/e2e/escape/${program}`],
      ],
      cwd: projectRoot,
    }).output();
    assert.ok(compiled.success, new TextDecoder().decode(compiled.stderr));
    const open = join(folder, "open");
    await Deno.mkdir(open);
    await Deno.writeTextFile(join(open, "local.js"), "globalThis.postMessage?.('ran'); export default 'ran';");
    await Deno.writeTextFile(join(open, "data.json"), '{"a": "b"}');
    await Deno.writeTextFile(
      join(open, "thread.mjs"),
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ran');",
    );
    await Deno.writeTextFile(join(open, "local.cjs"), "module.exports = 'ran';");
    await Deno.writeTextFile(join(open, "local.node"), "");
    const before = await contentOf(open);
    const ports = [allowed, forbidden].map(({ port }) => String(port));
    const { code, stdout, stderr } = await runToEnd([binary, ...ports, open], { env: { SECRET: "x" } });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await contentOf(open), before, "nothing was written");
    assert.deepEqual(requests, [], "nothing was requested");
    return JSON.parse(stdout);
  } finally {
    await Promise.all([allowed[Symbol.asyncDispose](), forbidden[Symbol.asyncDispose]()]);
    await Deno.remove(folder, { recursive: true });
  }
}

async function contentOf(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  return await Promise.all(
    names.map(async (name) =>
      `${name} ${(await Deno.stat(join(folder, name))).mode} ${await Deno.readTextFile(join(folder, name))}`
    ),
  );
}

/** One step for each attempt. */
async function check(test: Deno.TestContext, outcomes: Readonly<Record<string, string>>, fine: Fine): Promise<void> {
  for (const what of Object.keys(fine)) assert.ok(what in outcomes, what);
  for (const [what, outcome] of Object.entries(outcomes)) {
    await test.step(what, () => assert.match(outcome, fine[what] ?? refusal));
  }
}

Deno.test({
  name: `code in a cell of a compiled binary reaches the API server and nothing else${
    ignore ? ` (needs ${controlPlaneVariable})` : ""
  }`,
  ignore,
  async fn(test) {
    // The process may do everything: what stops a cell is the jail.
    const rights = ["--allow-all", "--no-prompt", "--unstable-worker-options"];
    const outcomes = await outcomeOf("main.ts", rights, ["src/cell/jail.ts", "tests/e2e/escape/prober.ts"]);
    const { datagram, ...probed } = outcomes as Record<string, Record<string, string>>;
    await test.step("send a datagram", () => assert.match(datagram!["end"]!, /^Requires net access to "0\.0\.0\.0:0"/));
    for (const [cell, results] of Object.entries(probed)) {
      assert.ok(Object.keys(results).length >= 60);
      await test.step(`the ${cell} cell`, (inner) => check(inner, results, fineInCells));
    }
  },
});

for (const { name, permissions, closed } of binaries.filter(({ name }) => name !== "ork")) {
  Deno.test({
    name: `code with the rights of ${name} writes no file, starts no program and imports nothing${
      ignore ? ` (needs ${controlPlaneVariable})` : ""
    }`,
    ignore,
    async fn(test) {
      assert.ok(closed, name);
      // It may read and connect: SECURITY.md says what bounds that.
      const had = {
        ...{ "request the right read": /^got "granted"$/, "request the right net": /^got "granted"$/ },
        // Of those that it may read, none of which has a value.
        "read all of the environment": /^got \[Object: null prototype\] \{(?![^]*SECRET)/,
      };
      await check(test, await outcomeOf("process.ts", permissions, []) as Record<string, string>, had);
    },
  });
}
