/** The port of the Runtime, as a process and from source, on a sandbox. */
import assert from "node:assert/strict";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { realClock } from "../support/clock.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const runtime = [
  Deno.execPath(),
  "run",
  "-A",
  "--config",
  `${projectRoot}/deno.json`,
  `${projectRoot}/main_runtime.ts`,
];
const katalog = `${projectRoot}/katalogs/hello-website/katalog.yaml`;

interface Place {
  readonly run: (...more: string[]) => ReturnType<typeof runBinary>;
}

async function onSandbox(use: (place: Place) => Promise<void>): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-http-" });
  try {
    await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
    await use({
      run: (...more) =>
        runBinary([
          ...runtime,
          "run",
          ...["-f", katalog, "--kubeconfig", `${folder}/kubeconfig`, "--isolation", "shared", "--log-format", "json"],
          ...more,
        ]),
    });
  } finally {
    await served.stop();
    await sandbox.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The lines of a log with this message. */
function lines(stdout: string, message: string): Record<string, unknown>[] {
  return stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter((line) => line.message === message);
}

Deno.test("a Runtime says which port it listens on before anything else, and a port in use ends the next one", () =>
  onSandbox(async ({ run }) => {
    await using first = run("--port", "0");
    await first.waitForOutput('"listening"', 60_000);
    const [line] = lines(first.stdout, "listening");
    assert.equal(typeof line!["http"], "number");
    assert.equal(JSON.parse(first.stdout.split("\n")[0]!).message, "listening");
    const url = `http://127.0.0.1:${line!["http"]}`;
    const statusOf = async (path: string) => {
      const response = await fetch(`${url}${path}`);
      await response.text();
      return response.status;
    };
    await waitFor("it has started", async () => await statusOf("/startup") === 200);
    // Its CRD is not installed.
    let reason = "";
    await waitFor("it says what it waits for", async () => {
      reason = (await (await fetch(`${url}/ready`)).json()).reason;
      return /^website is pending: .*install its CRD/.test(reason);
    }, { explain: () => reason });
    assert.deepEqual([await statusOf("/health"), await statusOf("/ready"), await statusOf("/katalog")], [
      200,
      503,
      200,
    ]);

    const second = run("--port", String(line!["http"]));
    const { code } = await second.ended;
    assert.equal(code, 1);
    assert.match(second.stderr, /^Cannot listen on port \d+: another process uses it; choose another one with --port/);
    assert.equal((await first.stop()).code, 0);
    await assert.rejects(fetch(`${url}/health`));
  }));

Deno.test("a Runtime with --port off does not listen", () =>
  onSandbox(async ({ run }) => {
    await using off = run("--port", "off");
    await off.waitForOutput("1 box against", 60_000);
    assert.deepEqual(lines(off.stdout, "listening"), []);
    assert.equal((await off.stop()).code, 0);
  }));
