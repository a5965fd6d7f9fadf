/** Charts and bases for kustomize come to the objects of the bundle, by Helm's and kubectl's own account. */
import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { isMap, type JsonMap } from "../../../src/base/json.ts";
import { systemFiles } from "../../../src/files/mod.ts";
import { projectRoot } from "../../architecture/paths.ts";
import { runCommandLine } from "../../../src/dev/mod.ts";
import { helm, kubectl, outputOf } from "../../support/tools.ts";

const updates = Deno.env.get("UPDATE_GOLDENS") === "1";
const images = ["--image", "registry.example.org/ork-runtime:0.1.0", "--image-gateway"];
const common = [...images, "registry.example.org/ork-gateway:0.1.0"];
const examples = [...Deno.readDirSync(`${projectRoot}/katalogs`)].filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name).sort();

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ork(...args: string[]): Promise<Ran> {
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    err: (text: string) => void (err += `${text}\n`),
    colour: false,
  };
  const code = await runCommandLine(
    args,
    { terminal, files: systemFiles(), env: () => undefined, versionLine: "ork 0.1.0 (test)" } as unknown as Parameters<
      typeof runCommandLine
    >[1],
  );
  return { code, out, err };
}

async function inTemporary(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ork-folders-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a command in the folder of an example, so that paths in comments are the same everywhere. */
async function inExample(example: string, ...args: string[]): Promise<string> {
  const before = Deno.cwd();
  Deno.chdir(`${projectRoot}/katalogs/${example}`);
  try {
    const { code, out, err } = await ork(...args);
    assert.equal(code, 0, err);
    return out;
  } finally {
    Deno.chdir(before);
  }
}

function filesIn(folder: string, below = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = `${below}${name}`;
    if (isDirectory) { for (const [file, text] of filesIn(folder, `${path}/`)) files.set(file, text); }
    else files.set(path, Deno.readTextFileSync(`${folder}/${path}`));
  }
  return files;
}

/** By what identifies them, in an order of their own. */
function objectsOf(text: string): JsonMap[] {
  const key = ({ kind, metadata }: JsonMap) => {
    assert.ok(isMap(metadata ?? null));
    return `${kind} ${(metadata as JsonMap)["namespace"] ?? ""}/${(metadata as JsonMap)["name"]}`;
  };
  return parseAllDocuments(text).map((each) => each.toJS() as JsonMap | null).filter((each) => each !== null)
    .sort((a, b) => key(a) < key(b) ? -1 : 1);
}

/** The bundle, with what a chart adds to it. */
function withSettings(objects: JsonMap[]): JsonMap[] {
  for (const { kind, metadata, spec } of objects) {
    if (kind !== "Deployment") continue;
    const { template } = spec as { template: { spec: { containers: { env?: JsonMap[] }[] } } };
    const [container] = template.spec.containers;
    const isRuntime = (metadata as JsonMap)["name"] === "orkestra-runtime";
    container!.env = [
      ...container!.env ?? [],
      { name: "LOG_LEVEL", value: "info" },
      ...isRuntime ? [{ name: "LEADER_ELECTION", value: "true" }] : [],
    ];
  }
  return objects;
}

for (const [command, folder] of [["chart", "deploy/chart"], ["kustomize", "deploy/kustomize"]] as const) {
  Deno.test(`ork generate ${command} writes ${folder} for the example guard-rails`, async () => {
    await inTemporary(async (temporary) => {
      await inExample("guard-rails", "generate", command, ...common, "-o", `${temporary}/out`);
      const made = filesIn(`${temporary}/out`);
      if (updates) {
        await Deno.remove(`${projectRoot}/${folder}`, { recursive: true }).catch(() => {});
        for (const [path, text] of made) {
          const file = `${projectRoot}/${folder}/${path}`;
          await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
          await Deno.writeTextFile(file, text);
        }
      }
      assert.deepEqual(made, filesIn(`${projectRoot}/${folder}`), `UPDATE_GOLDENS=1 writes ${folder}`);
    });
  });
}

Deno.test("templates of a chart have no action but those of values, and none of the Katalog's", async () => {
  const known = new Set([
    "include \"orkestra.suffix\" .",
    ".Release.Namespace | quote",
    ".Values.katalog | toJson",
    ".Values.katalog | sha256sum | trunc 16 | quote",
    ".Values.runtime.leaderElection | toString | toJson",
    ...["runtime", "gateway"].flatMap((process) => [
      `.Values.${process}.replicas | int`,
      ...["image", "resources", "logLevel"].map((name) => `.Values.${process}.${name} | toJson`),
      `- range .Values.${process}.extraEnv`,
    ]),
    ". | toJson",
    "- if .Values.createNamespace",
    "- end",
  ]);
  const files = filesIn(`${projectRoot}/deploy/chart/templates`);
  assert.deepEqual([...files.keys()].sort(), [
    ...["NOTES.txt", "_helpers.tpl", "gateway.yaml", "katalog.yaml"],
    ...["namespace.yaml", "priority.yaml", "rbac.yaml", "runtime.yaml"],
  ]);
  for (const [name, text] of files) {
    if (!name.endsWith(".yaml")) continue;
    for (const [, action] of text.matchAll(/\{\{(.*?)\}\}/g)) assert.ok(known.has(action!.trim()), `${name}: ${action}`);
    assert.doesNotMatch(text, /ork-value/);
  }
  const schema = JSON.parse(Deno.readTextFileSync(`${projectRoot}/deploy/chart/values.schema.json`));
  const values = parse(Deno.readTextFileSync(`${projectRoot}/deploy/chart/values.yaml`));
  assert.deepEqual(Object.keys(values).sort(), Object.keys(schema.properties).sort());
  await Promise.resolve();
});

Deno.test("every file of a base for kustomize is named by it", () => {
  for (const folder of ["deploy/kustomize", "deploy/kustomize/crds"]) {
    const here = [...Deno.readDirSync(`${projectRoot}/${folder}`)].filter(({ isFile }) => isFile).map(({ name }) => name);
    const { resources } = parse(Deno.readTextFileSync(`${projectRoot}/${folder}/kustomization.yaml`));
    assert.deepEqual([...resources, "kustomization.yaml"].sort(), here.sort());
  }
});

Deno.test("a file name with the signs of an action stays a comment in a chart", async () => {
  await inTemporary(async (folder) => {
    for (const file of ["katalog.yaml", "crd.yaml"]) {
      await Deno.copyFile(`${projectRoot}/katalogs/hello-website/${file}`, `${folder}/${file.replace("kat", "{{ fail }}kat")}`);
    }
    const { code, err } = await ork("generate", "chart", "-f", `${folder}/{{ fail }}katalog.yaml`, ...common, "-o", `${folder}/chart`);
    assert.equal(code, 0, err);
    const rbac = await Deno.readTextFile(`${folder}/chart/templates/rbac.yaml`);
    assert.match(rbac, /^ *# website.*\{\{ "\{\{" \}\} fail \}\}katalog\.yaml:\d+$/m);
    if (helm !== undefined) await outputOf([helm, "template", "x", `${folder}/chart`, "--kube-version", "1.31.0"]);
  });
});

Deno.test("a folder with other files is not written to, and one of before is replaced", async () => {
  await inTemporary(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.yaml`, "a: b\n");
    const katalog = ["-f", `${projectRoot}/katalogs/guard-rails/katalog.yaml`];
    for (const command of ["chart", "kustomize"]) {
      const refused = await ork("generate", command, ...katalog, ...common, "-o", folder);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /has other files, and no (?:Chart|kustomization)\.yaml that begins with "# Made by/);
      assert.deepEqual([...filesIn(folder).keys()], ["mine.yaml"]);

      const out = `${folder}/../${folder.split("/").at(-1)}-${command}`;
      try {
        assert.equal((await ork("generate", command, ...katalog, ...common, "-o", out)).code, 0);
        const before = filesIn(out);
        assert.ok([...before.keys()].some((name) => name.endsWith("gateway.yaml")));
        // A Katalog without a Gateway leaves none of the files behind that are applied.
        const website = ["-f", `${projectRoot}/katalogs/hello-website/katalog.yaml`];
        assert.equal((await ork("generate", command, ...website, ...common, "-o", out)).code, 0);
        const names = [...filesIn(out).keys()];
        assert.ok(!names.some((name) => name.endsWith("gateway.yaml") || name.includes("storefronts")), names.join());
      } finally {
        await Deno.remove(out, { recursive: true });
      }
    }
    assert.equal((await ork("generate", "chart", ...katalog)).code, 2);
  });
});

for (const example of examples) {
  Deno.test({
    name: `helm renders the chart of ${example} to the objects of the bundle${helm === undefined ? " (needs helm)" : ""}`,
    ignore: helm === undefined,
    async fn() {
      await inTemporary(async (folder) => {
        const chart = `${folder}/chart`;
        await inExample(example, "generate", "chart", ...common, "-o", chart);
        await outputOf([helm!, "lint", "--strict", "--kube-version", "1.31.0", chart]);
        for (const namespace of ["orkestra-system", "1e3"]) {
          const bundle = await inExample(example, "generate", "bundle", "--with", "workloads", ...common, "-n", namespace);
          const rendered = await outputOf([
            ...[helm!, "template", "any", chart, "--namespace", namespace, "--kube-version", "1.31.0"],
            ...["--set", "createNamespace=true"],
          ]);
          assert.deepEqual(objectsOf(rendered), withSettings(objectsOf(bundle)), namespace);
        }
      });
    },
  });

  Deno.test({
    name: `kubectl builds the base of ${example} to the objects of the bundle${kubectl === undefined ? " (needs kubectl)" : ""}`,
    ignore: kubectl === undefined,
    async fn() {
      await inTemporary(async (folder) => {
        await inExample(example, "generate", "kustomize", ...common, "-n", "team", "-o", `${folder}/base`);
        const bundle = await inExample(example, "generate", "bundle", "--with", "workloads", ...common, "-n", "team");
        assert.deepEqual(objectsOf(await outputOf([kubectl!, "kustomize", `${folder}/base`])), objectsOf(bundle));
        const crds = objectsOf(await outputOf([kubectl!, "kustomize", `${folder}/base/crds`]));
        const files = objectsOf(await Deno.readTextFile(`${projectRoot}/katalogs/${example}/crd.yaml`));
        assert.ok(crds.length > 0 && crds.every((crd) => files.some((each) => assertEqual(each, crd))));
      });
    },
  });
}

function assertEqual(a: JsonMap, b: JsonMap): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([k, v]) => [k, sorted(v)]));
}

Deno.test({
  name: `helm renders a chart of operators with ServiceAccounts of their own${helm === undefined ? " (needs helm)" : ""}`,
  ignore: helm === undefined,
  async fn() {
    await inTemporary(async (folder) => {
      const katalog = await Deno.readTextFile(`${projectRoot}/katalogs/hello-website/katalog.yaml`);
      await Deno.writeTextFile(`${folder}/katalog.yaml`, `${katalog.trimEnd()}\nsecurity: {identity: perBox}\n`);
      await Deno.copyFile(`${projectRoot}/katalogs/hello-website/crd.yaml`, `${folder}/crd.yaml`);
      const from = ["-f", `${folder}/katalog.yaml`, ...common];
      assert.equal((await ork("generate", "chart", ...from, "-o", `${folder}/chart`)).code, 0);
      const { out } = await ork("generate", "bundle", "--with", "workloads", ...from, "-n", "team");
      const accounts = objectsOf(out).filter(({ kind }) => kind === "ServiceAccount");
      assert.equal(accounts.length, 3);
      const rendered = await outputOf([
        ...[helm!, "template", "any", `${folder}/chart`, "-n", "team", "--kube-version", "1.31.0"],
        ...["--set", "createNamespace=true"],
      ]);
      assert.deepEqual(objectsOf(rendered), withSettings(objectsOf(out)));
    });
  },
});

const refusesValues = "helm refuses values that are misspelt or of another type, and a namespace that the Katalog names";
Deno.test({
  name: `${refusesValues}${helm === undefined ? " (needs helm)" : ""}`,
  ignore: helm === undefined,
  async fn() {
    const chart = `${projectRoot}/deploy/chart`;
    const template = [helm!, "template", "any", chart, "--namespace", "team", "--kube-version", "1.31.0"];
    const changed = await outputOf([...template, "--set", "runtime.replicas=3,runtime.leaderElection=false"]);
    const deployment = objectsOf(changed).find(({ kind, metadata }) =>
      kind === "Deployment" && (metadata as JsonMap)["name"] === "orkestra-runtime"
    )!["spec"] as { replicas: number; template: { spec: { containers: { env: JsonMap[] }[] } } };
    assert.equal(deployment.replicas, 3);
    const [container] = deployment.template.spec.containers;
    assert.deepEqual(container!.env.at(-1), { name: "LEADER_ELECTION", value: "false" });
    const extra = ["DEFAULT_WORKERS=4", "CLUSTER_NAME=a: {{ b }}"].map((text) => text.split("="));
    const variables = extra.map(([name, value]) => ({ name, value }));
    const added = await outputOf([...template, "--set-json", `runtime.extraEnv=${JSON.stringify(variables)}`]);
    assert.deepEqual(
      objectsOf(added).filter(({ kind }) => kind === "Deployment").map(({ spec }) =>
        (spec as typeof deployment).template.spec.containers[0]!.env.map(({ name, value }) => `${name}=${value}`)
      ),
      [["LOG_LEVEL=info"], ["LOG_LEVEL=info", "LEADER_ELECTION=true", ...extra.map((each) => each.join("="))]],
    );
    for (
      const wrong of ["runtime.replica=3", "runtime.replicas=many", "gateway.logLevel=loud", "runtime.extraEnv[0].nam=A"]
    ) {
      await assert.rejects(outputOf([...template, "--set", wrong]), /values don't meet the specifications/, wrong);
    }
    await inTemporary(async (folder) => {
      const katalog = (await Deno.readTextFile(`${projectRoot}/katalogs/hello-website/katalog.yaml`))
        .replace("      crdFile: crd.yaml\n", "      crdFile: crd.yaml\n      namespace: shop\n");
      await Deno.writeTextFile(`${folder}/katalog.yaml`, katalog);
      await Deno.copyFile(`${projectRoot}/katalogs/hello-website/crd.yaml`, `${folder}/crd.yaml`);
      const { code, err } = await ork("generate", "chart", `${folder}/katalog.yaml`, ...common, "-o", `${folder}/chart`);
      assert.equal(code, 0, err);
      const render = (namespace: string) =>
        outputOf([helm!, "template", "any", `${folder}/chart`, "-n", namespace, "--kube-version", "1.31.0"]);
      await render("other");
      await assert.rejects(render("shop"), /The Katalog itself names the namespace shop/);
    });
  },
});
