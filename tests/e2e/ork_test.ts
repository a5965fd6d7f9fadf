import assert from "node:assert/strict";
import { parse } from "yaml";
import { projectRoot } from "../architecture/paths.ts";
import { runBinary } from "../support/run_binary.ts";
import { waitFor } from "../support/wait_for.ts";

// `ork` as a process of its own, from source: signals, files and exit codes. Needs no cluster.

function ork(cwd: string, ...args: string[]) {
  const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
  return runBinary([Deno.execPath(), ...source, ...args], { cwd });
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ork-e2e-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`ork run --sandbox makes an operator of a new project, and ends with 0 on ${signal}, tidied up`, async () => {
    await inFolder(async (folder) => {
      await using init = ork(folder, "init", "shop");
      assert.equal((await init.ended).code, 0, init.stderr);
      await using run = ork(`${folder}/shop`, "run", "--sandbox");
      await run.waitForOutput(/export KUBECONFIG=\S+/, 30_000);
      const kubeconfig = /export KUBECONFIG=(\S+)/.exec(run.stderr)![1]!;
      const server = parse(await Deno.readTextFile(kubeconfig)).clusters[0].cluster.server;
      await waitFor("the Website of the project is ready", async () => {
        const response = await fetch(`${server}/apis/web.example.com/v1/namespaces/default/websites/hello`);
        return (await response.json()).status?.phase === "Ready";
      }, { timeoutMs: 30_000 });
      assert.equal((await run.stop({ signal })).code, 0);
      assert.ok(!exists(kubeconfig), "the kubeconfig is gone");
    });
  });
}

Deno.test("ork run takes a Katalog that is changed while it runs, and keeps the former one while it does not load", async () => {
  await inFolder(async (folder) => {
    await using init = ork(folder, "init", "shop");
    assert.equal((await init.ended).code, 0, init.stderr);
    const path = `${folder}/shop/katalog.yaml`;
    const text = await Deno.readTextFile(path);
    await using run = ork(`${folder}/shop`, "run", "--sandbox");
    await run.waitForOutput(/export KUBECONFIG=\S+/, 30_000);
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(run.stderr)![1]!;
    const server = parse(await Deno.readTextFile(kubeconfig)).clusters[0].cluster.server;
    const services = `${server}/api/v1/namespaces/default/services`;
    const service = async () => (await (await fetch(services)).json()).items[0];
    await waitFor("the Service of the project is there", async () => await service() !== undefined, {
      timeoutMs: 30_000,
    });
    await Deno.writeTextFile(path, `${text}nonsense: true\n`);
    await run.waitForOutput("have changed and do not load", 30_000);
    await Deno.writeTextFile(path, text.replace("port: 80\n", "port: 81\n"));
    await run.waitForOutput("the Katalog has changed", 30_000);
    await waitFor("the Service has its new port", async () => (await service()).spec.ports[0].port === 81, {
      timeoutMs: 30_000,
    });
    assert.equal((await run.stop()).code, 0);
  });
});

Deno.test("ork run ends with 0 when the reader of its output is gone, tidied up and without an error", async () => {
  await inFolder(async (folder) => {
    await using init = ork(folder, "init", "shop");
    assert.equal((await init.ended).code, 0, init.stderr);
    const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`];
    await using run = new Deno.Command(Deno.execPath(), {
      args: [...source, "run", "--sandbox"],
      cwd: `${folder}/shop`,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = run.stdout.getReader();
    await reader.read();
    await reader.cancel(); // as `head -1` does
    const stderr = await new Response(run.stderr).text();
    assert.equal((await run.status).code, 0, stderr);
    assert.doesNotMatch(stderr, /pipe|error/i);
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(stderr)![1]!;
    assert.ok(!exists(kubeconfig), "the kubeconfig is gone");
  });
});

Deno.test("ork sandbox writes a kubeconfig to --out, serves, and ends with 0", async () => {
  await inFolder(async (folder) => {
    await using sandbox = ork(folder, "sandbox", "--out", "sandbox.kubeconfig");
    await sandbox.waitForOutput("export KUBECONFIG=", 30_000);
    const server = parse(await Deno.readTextFile(`${folder}/sandbox.kubeconfig`)).clusters[0].cluster.server;
    const response = await fetch(`${server}/api/v1/namespaces`);
    assert.ok((await response.json()).items.length > 0);

    await using second = ork(folder, "sandbox", "--port", new URL(server).port);
    assert.equal((await second.ended).code, 1);
    assert.match(second.stderr, /^Cannot listen on port \d+: something else does/);

    assert.equal((await sandbox.stop()).code, 0);
    assert.ok(!exists(`${folder}/sandbox.kubeconfig`), "the kubeconfig is gone");
  });
});

Deno.test("ork run without a cluster says what it looked for, and exits with 1", async () => {
  await inFolder(async (folder) => {
    await Deno.copyFile(`${projectRoot}/katalogs/hello-website/katalog.yaml`, `${folder}/katalog.yaml`);
    await Deno.copyFile(`${projectRoot}/katalogs/hello-website/crd.yaml`, `${folder}/crd.yaml`);
    const source = ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`, "run"];
    // An empty home has no cache either: what is downloaded already is named.
    const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
    const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
    await using run = runBinary([Deno.execPath(), ...source], {
      cwd: folder,
      env: { HOME: folder, DENO_DIR: denoDir },
    });
    assert.equal((await run.ended).code, 1);
    assert.match(run.stderr, /^Cannot find a cluster: .*KUBECONFIG/m);
    assert.doesNotMatch(run.stderr, /^ {4}at /m);
  });
});
