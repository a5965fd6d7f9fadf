import assert from "node:assert/strict";
import type { JsonMap } from "../../base/json.ts";
import { systemFiles } from "../../files/mod.ts";
import { type CrdEntry, loadKatalog } from "../../katalog/mod.ts";
import { projectRoot } from "../../../tests/architecture/paths.ts";
import { generateCr } from "./cr.ts";
import { exampleCr } from "./example_cr.ts";
import { starterKatalog } from "./starter.ts";
import { generateKatalog } from "./katalog.ts";
import { validate } from "../validate/validate.ts";

type Described = Parameters<typeof exampleCr>[0];

function entryOf(spec: JsonMap | undefined, more: Partial<CrdEntry> = {}): Described {
  const schema = spec === undefined ? undefined : { type: "object", properties: { spec } };
  return {
    name: "shop",
    type: { group: "a.example.org", version: "v1", kind: "Shop", plural: "shops", namespaced: true },
    namespaces: { allowed: [], restricted: [] },
    definition: { schema, served: ["v1"], versions: [] },
    ...more,
  } as unknown as Described;
}

Deno.test("exampleCr() has what is required, and what has an example, a default or a list of values", () => {
  const { object, comments } = exampleCr(entryOf({
    type: "object",
    required: ["image", "nested"],
    properties: {
      image: { type: "string", description: "What runs. More words.", example: "nginx" },
      replicas: { type: "integer", default: 2, minimum: 1 },
      tier: { type: "string", enum: ["gold", "silver"] },
      free: { type: "string" },
      nested: { type: "object", required: ["port"], properties: { port: { type: "integer", minimum: 1024 } } },
      empty: { type: "object", properties: { free: { type: "string" } } },
    },
  }));
  assert.deepEqual(object, {
    apiVersion: "a.example.org/v1",
    kind: "Shop",
    metadata: { name: "my-shop", namespace: "default" },
    spec: { image: "nginx", replicas: 2, tier: "gold", nested: { port: 1024 } },
  });
  assert.deepEqual(comments.map(({ path, lines }) => `${path.join(".")}: ${lines.join(" | ")}`), [
    "spec.image: What runs. | required",
    'spec.tier: one of "gold", "silver"',
    "spec.nested.port: required",
    "spec.nested: required",
  ]);
});

Deno.test("exampleCr() is one that its operator takes", () => {
  const selected = entryOf({ type: "object" }, { namespace: "team", labelSelector: { tier: "gold" } });
  assert.deepEqual(exampleCr(selected).object["metadata"], {
    name: "my-shop",
    namespace: "team",
    labels: { tier: "gold" },
  });
  const allowed = entryOf(undefined, { namespaces: { allowed: ["team-*", "shops"], restricted: [] } });
  assert.deepEqual(exampleCr(allowed).object["metadata"], { name: "my-shop", namespace: "shops" });
});

Deno.test("exampleCr() ends with schemas of any size and depth", () => {
  const property: JsonMap = { type: "object", required: ["a"], properties: {} };
  let inner = property;
  for (let i = 0; i < 100; i++) {
    const next: JsonMap = { type: "object", required: ["a"], properties: {} };
    (inner["properties"] as JsonMap)["a"] = next;
    inner = next;
  }
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`f${n}`, { type: "integer", default: n }]));
  const { object } = exampleCr(entryOf({ type: "object", properties: { property, ...many } }));
  assert.ok(JSON.stringify(object).length < 5000);
});

async function run(
  command: typeof generateCr,
  files: readonly string[],
  output?: string,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    err: (text: string) => void (err += `${text}\n`),
    colour: false,
  };
  return { code: await command({ files, output }, terminal, systemFiles()), out, err };
}

Deno.test("generateCr() prints the fields of an example with what the schema says of them", async () => {
  const { code, out } = await run(generateCr, [`${projectRoot}/katalogs/database/katalog.yaml`]);
  assert.equal(code, 0);
  assert.match(out, /^ {2}# one of "15", "16", "17"\n {2}engineVersion: "16"$/m);
  assert.match(out, /^ {2}# Who may log in; each gets a DatabaseUser\.$/m);
});

Deno.test("generateKatalog() prints a Katalog without findings for the CRDs of every example", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ork-skeleton-" });
  try {
    for (const { name, isDirectory } of Deno.readDirSync(`${projectRoot}/katalogs`)) {
      if (!isDirectory) continue;
      const { code, err } = await run(
        generateKatalog,
        [`${projectRoot}/katalogs/${name}/crd.yaml`],
        `${folder}/katalog.yaml`,
      );
      assert.deepEqual([code, err], [0, ""]);
      let out = "";
      const terminal = { out: (text: string) => void (out += `${text}\n`), err: () => {}, colour: false };
      const files = [`${folder}/katalog.yaml`];
      assert.equal(
        await validate({ files, output: "text", strict: true, full: false, versionLine: "" }, terminal, systemFiles()),
        0,
        out,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("starterKatalog() is a Katalog without findings, with and without security", () => {
  for (const security of [false, true]) {
    const text = starterKatalog({ security });
    const source = { path: "k.yaml", bytes: new TextEncoder().encode(text) };
    const { findings, katalog } = loadKatalog([source], () => undefined);
    assert.deepEqual(findings, []);
    assert.equal(katalog?.gateway.declared, security);
    assert.equal(katalog?.security.deletionProtection !== undefined, security);
  }
});

Deno.test("generateKatalog() says what is missing", async () => {
  const withSecurity: typeof generateKatalog = (options, ...rest) =>
    generateKatalog({ ...options, addSecurity: true }, ...rest);
  await assert.rejects(run(withSecurity, [`${projectRoot}/katalogs/database/crd.yaml`]), { name: "UsageError" });
  const none = await run(generateKatalog, [`${projectRoot}/katalogs/database/cr.yaml`]);
  assert.equal(none.code, 1);
  assert.match(none.err, /cr\.yaml: error: There is no CustomResourceDefinition\n$/);
  const absent = await run(generateKatalog, ["absent.yaml"]);
  assert.equal(absent.code, 1);
  assert.match(absent.err, /^absent\.yaml:1:1: error: Cannot read the file: it does not exist/);
});
