import assert from "node:assert/strict";
import { layerTable } from "../architecture/layers.ts";
import { projectRoot, sourceFiles } from "../architecture/paths.ts";
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
  "docs/readiness.md",
];

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

Deno.test("the commands that the README shows for a first operator work one after the other", async () => {
  const block = blocks(read("README.md"), "sh").find((text) => text.startsWith("ork init"))!;
  const folder = await Deno.makeTempDir({ prefix: "ork-readme-" });
  try {
    let at = folder;
    for (const line of block.trim().split("\n")) {
      const [program, ...args] = line.replace(/\s*#.*$/, "").split(" ");
      if (program === "cd") at = `${at}/${args[0]}`;
      // What runs until it is stopped is tested where it can be stopped.
      else if (args[0] !== "run") assert.equal((await ork(at, ...args)).code, 0, line);
    }
    assert.notEqual(at, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
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
  const rows = [...read("docs/command-line.md").matchAll(/^\| `--([\w-]+) [A-Z]+` +\| (?:`(\w+)`)? *\|/gm)];
  assert.deepEqual(
    rows.map(([, name, variable]) => ({ name, variable })),
    runFlags.map(({ name, variable }) => ({ name, variable: name === "kubeconfig" ? "KUBECONFIG" : variable })),
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
