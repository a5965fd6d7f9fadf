import assert from "node:assert/strict";
import { layerTable } from "../architecture/layers.ts";
import { projectRoot, sourceFiles } from "../architecture/paths.ts";
import { gatewayMetricSpecs } from "../../src/gateway/gateway_metrics.ts";
import { metricSpecs } from "../../src/runtime/http/metrics_page.ts";
import { runFlags } from "../../src/runtime/mod.ts";
import { version } from "../../src/entry/version.ts";
import config from "../../deno.json" with { type: "json" };

const read = (path: string): string => Deno.readTextFileSync(`${projectRoot}/${path}`);
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "katalogs/README.md",
  "docs/command-line.md",
  "docs/controlcenter.md",
  "docs/http-api.md",
  "docs/permissions.md",
  "docs/readiness.md",
  "docs/sandbox.md",
  "docs/validate.md",
];

/** The Deno that the documents fetch from npm. */
const pinnedDeno = /npx -y deno@([\d.]+)/.exec(read("README.md"))![1]!;

/** The code blocks of a Markdown text in one language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
}

/** Runs `ork` from source. */
async function ork(folder: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", `${projectRoot}/deno.json`, `${projectRoot}/main_dev.ts`, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("the Katalog in the README is valid and makes what the README says", async () => {
  const [katalog, ...more] = blocks(read("README.md"), "yaml");
  assert.deepEqual(more, []);
  const folder = await Deno.makeTempDir({ prefix: "ork-readme-" });
  try {
    await Deno.writeTextFile(`${folder}/katalog.yaml`, katalog!);
    for (const file of ["crd.yaml", "cr.yaml"]) {
      await Deno.copyFile(`${projectRoot}/katalogs/hello-website/${file}`, `${folder}/${file}`);
    }
    const validated = await ork(folder, "validate");
    assert.deepEqual([validated.code, validated.err], [0, ""], validated.out);
    const { code, out, err } = await ork(folder, "template", "--cr", "cr.yaml");
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(out.match(/^kind: .*$/gm), ["kind: Deployment", "kind: Service", "kind: Website"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Stands for npm's `npx` on a machine without Deno: this Deno, and no tests within the tests. */
function npx(): string {
  return `#!/bin/sh
echo "npx $*" >>"$HOME/calls"
echo $$ >"$HOME/pid"
[ "$1 $2" = "-y deno@${pinnedDeno}" ] || { echo "npx: unexpected: $*" >&2; exit 9; }
shift 2
[ "$1 $2" = "task test" ] && exit 0
exec '${Deno.execPath()}' "$@"
`;
}

Deno.test("every command of the README works where it is pasted, in order, on a machine with npm alone", async () => {
  const home = await Deno.makeTempDir({ prefix: "ork-readme-" });
  try {
    await Deno.mkdir(`${home}/bin`);
    await Deno.writeTextFile(`${home}/bin/npx`, npx(), { mode: 0o755 });
    // A clone: what is made beside it stays in the temporary folder.
    await Deno.symlink(projectRoot, `${home}/ork`);
    const commands = blocks(read("README.md"), "sh").flatMap((block) => block.trim().split("\n"));
    // What runs until it is stopped is stopped as soon as it runs; a cluster is not at hand.
    const endless = "ork run --sandbox ";
    const onCluster = "ork run --apply crd.yaml --apply cr.yaml";
    assert.equal(commands.filter((line) => line.startsWith(endless)).length, 1);
    assert.equal(commands.filter((line) => line === onCluster).length, 1);
    const script = commands.map((line) => {
      const shown = `echo '+ ${line.replaceAll("'", `'\\''`)}'`;
      if (line === onCluster) return `${shown}\n{ ${line} 2>&1 || true; } | grep 'Cannot find a cluster'`;
      if (!line.startsWith(endless)) return `${shown}\n${line}`;
      return [
        shown,
        `${line.replace(/ *#.*/, "")} >run.log 2>&1 &`,
        "for _ in $(seq 600); do grep -q 'created Deployment' run.log && break; sleep 0.1; done",
        'kill -TERM "$(cat "$HOME/pid")"',
        "wait $!",
        "cat run.log",
        "grep -q 'created Deployment' run.log",
      ].join("\n");
    });
    const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
    const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-euo", "pipefail", "-c", script.join("\n")],
      cwd: `${home}/ork`,
      clearEnv: true,
      env: { HOME: home, DENO_DIR: denoDir, PATH: `${home}/bin:/usr/bin:/bin`, PWD: `${home}/ork`, NO_COLOR: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(120_000),
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, `${decoder.decode(stdout)}\n${decoder.decode(stderr)}`);
    assert.ok(Deno.statSync(`${home}/my-website/katalog.yaml`).isFile);
    assert.match(await Deno.readTextFile(`${home}/calls`), /^npx -y deno@\S+ task test$/m);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("every task that a document names is there, and the README keeps within 200 lines", () => {
  for (const path of documents) {
    for (const [, task] of read(path).matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g)) {
      assert.ok(Object.hasOwn(config.tasks, task!), `${path} names the task ${task}`);
    }
  }
  assert.ok(read("README.md").split("\n").length <= 200);
});

Deno.test("docs/command-line.md has every option that a run takes, and its variable", () => {
  const rows = [...read("docs/command-line.md").matchAll(/^\| `--([\w-]+)(?: [A-Z]+)?` +\| (?:`(\w+)`)? *\|/gm)];
  assert.deepEqual(
    rows.map(([, name, variable]) => ({ name, variable })),
    runFlags.map(({ name, variable }) => ({ name, variable: name === "kubeconfig" ? "KUBECONFIG" : variable })),
  );
});

Deno.test("docs/http-api.md has every metric, with its type and its meaning", () => {
  const rows = [
    ...read("docs/http-api.md").matchAll(
      /^\| `((?:controller|orkestra|process)_\w+)` +\| (\w+) +\| .*? +\| (.*?) +\|$/gm,
    ),
  ];
  assert.deepEqual(
    rows.map(([, name, type, help]) => ({ name, type, help })),
    metricSpecs.map(({ name, type, help }) => ({ name, type, help })),
  );
});

Deno.test("docs/gateway.md has every metric of the Gateway, with its type and its meaning", () => {
  const rows = [
    ...read("docs/gateway.md").matchAll(/^\| `((?:controller|orkestra)_\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm),
  ];
  assert.deepEqual(
    rows.map(([, name, type, labels, help]) => ({ name, type, labels, help })),
    gatewayMetricSpecs.map(({ name, type, labels, help }) => ({
      ...{ name, type, help },
      labels: labels.map((label) => `\`${label}\``).join(", "),
    })),
  );
});

Deno.test("every link of a document to a file leads to one", () => {
  for (const path of documents) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
    for (const [, target] of read(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      assert.ok(Deno.statSync(`${projectRoot}/${folder}${target}`), `${path} → ${target}`);
    }
  }
});

Deno.test("ARCHITECTURE.md has the folders of the layer table, in its order", () => {
  const rows = [...read("ARCHITECTURE.md").matchAll(/^\| `(\w+)\/` +\| .*\| (yes|\s*) *\|$/gm)];
  const written = rows.map(([, folder, pure]) => ({ folder: folder!, pure: pure === "yes" }));
  const layers = written.slice(written.findIndex(({ folder }) => folder === layerTable.layers[0]!.folder));
  assert.deepEqual(layers.slice(0, layerTable.layers.length), layerTable.layers);
});

Deno.test("CHANGELOG.md has the version of the binaries as its newest release", () => {
  assert.equal(/^## \[(\d[^\]]*)\]/m.exec(read("CHANGELOG.md"))?.[1], version);
});

Deno.test("every ruling that code cites is in docs/rulings.md", () => {
  const known = new Set([...read("docs/rulings.md").matchAll(/^\| (\d+)/gm)].map((match) => match[1]!));
  for (const path of sourceFiles(["src"])) {
    for (const [cited, numbers] of read(path).matchAll(/\brulings? (\d+(?:(?:, | and )\d+)*)/gi)) {
      for (const number of numbers!.split(/, | and /)) {
        assert.ok(known.has(number), `${path} cites "${cited}"`);
      }
    }
  }
});
