/** The port of the Runtime, as a process and from source, on a sandbox. */
import assert from "node:assert/strict";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { realClock } from "../support/clock.ts";
import { assertLogLine } from "../support/log_line.ts";
import { runBinary } from "../support/run_binary.ts";
import { openDefinition } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";

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
  /** Requests of an administrator. */
  readonly request: ReturnType<typeof sandboxRequest>;
}

async function onSandbox(use: (place: Place) => Promise<void>): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, {});
  const folder = await Deno.makeTempDir({ prefix: "ork-http-" });
  try {
    await Deno.writeTextFile(`${folder}/kubeconfig`, served.kubeconfig());
    await use({
      request: sandboxRequest(sandbox),
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

/** The lines of a log with this message; all of them have to be as the catalogue says. */
function lines(stdout: string, message: string): Record<string, unknown>[] {
  const whole = stdout.split("\n").slice(0, -1).filter((line) => line.startsWith("{"));
  for (const line of whole) assertLogLine(line);
  return whole.map((line) => JSON.parse(line)).filter((line) => line.message === message);
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

Deno.test("a standby is ready, says who leads, and leads when the leader has ended", () =>
  onSandbox(async ({ run, request }) => {
    const definition = openDefinition({ group: "web.example.com", kind: "Website", plural: "websites" });
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    const urlOf = async (process: ReturnType<typeof run>) => {
      await process.waitForOutput('"listening"', 60_000);
      return `http://127.0.0.1:${lines(process.stdout, "listening")[0]!["http"]}`;
    };
    const seenAt = async (url: string) => {
      const ready = await fetch(`${url}/ready`);
      await ready.text();
      const katalog = await fetch(`${url}/katalog`);
      const { isKonductor, konductor, healthy, status } = await katalog.json();
      return { codes: [ready.status, katalog.status], isKonductor, konductor, healthy, status };
    };
    await using leader = run("--port=0", "--leader-elect=true");
    const first = await urlOf(leader);
    await waitFor("the first leads", async () => (await seenAt(first)).healthy);
    const { konductor } = await seenAt(first);
    await using standby = run("--port=0", "--leader-elect=true");
    const second = await urlOf(standby);
    await waitFor("the second is ready", async () => (await seenAt(second)).codes[0] === 200);
    await waitFor("the second knows the leader", async () => (await seenAt(second)).konductor === konductor);
    assert.deepEqual(await seenAt(second), {
      codes: [200, 200],
      ...{ isKonductor: false, konductor, healthy: false, status: "pending" },
    });
    assert.match(await (await fetch(`${second}/metrics`)).text(), /^orkestra_leader 0$/m);
    await leader.stop();
    await waitFor("the second leads", async () => (await seenAt(second)).healthy);
    assert.match(await (await fetch(`${second}/metrics`)).text(), /^orkestra_leader 1$/m);
  }));

Deno.test("a Runtime with --port off does not listen", () =>
  onSandbox(async ({ run }) => {
    await using off = run("--port", "off");
    await off.waitForOutput("1 box against", 60_000);
    assert.deepEqual(lines(off.stdout, "listening"), []);
    assert.equal((await off.stop()).code, 0);
  }));
