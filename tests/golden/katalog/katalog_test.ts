import assert from "node:assert/strict";
import { formatFinding } from "../../../src/base/finding.ts";
import { type Json, stringifyJson } from "../../../src/base/json.ts";
import { loadKatalog, type LoadResult, printKatalog } from "../../../src/katalog/mod.ts";
import { derivePlan } from "../../../src/plan/mod.ts";

/**
 * `broken/*.yaml` with the findings that each gives; `good/*.yaml` with the plan that each comes to; `warned/*.yaml`
 * with their warnings; `moved/*.yaml` in other layouts, with their findings and what they are in the one. UPDATE_GOLDENS=1 writes the expected files
 * anew; read the difference as you read code.
 */
const folder = new URL("./", import.meta.url);
const update = Deno.env.get("UPDATE_GOLDENS") === "1";

function load(file: string): LoadResult {
  return loadKatalog([{ path: file, bytes: Deno.readFileSync(new URL(file, folder)) }], (path) => {
    try {
      return Deno.readFileSync(new URL(path, folder));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

function katalogs(kind: string): string[] {
  const names = [...Deno.readDirSync(new URL(`${kind}/`, folder))].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".yaml") && !name.endsWith(".crd.yaml")).sort().map((name) => `${kind}/${name}`);
}

function expectFile(file: string, actual: string): void {
  const url = new URL(file, folder);
  if (update) return Deno.writeTextFileSync(url, actual);
  assert.equal(actual, Deno.readTextFileSync(url));
}

const say = ({ findings }: LoadResult) => findings.map((finding) => `${formatFinding(finding)}\n`).join("");
const json = (value: unknown) => `${stringifyJson(value as Json, 1)}\n`;
const beside = (file: string, ending: string) => file.replace(/\.yaml$/, ending);

const broken = katalogs("broken");

for (const file of broken) {
  Deno.test(`loadKatalog() says what is wrong with ${file}`, () => {
    const startMs = performance.now();
    const result = load(file);
    const tookMs = performance.now() - startMs;
    expectFile(beside(file, ".txt"), say(result));
    assert.ok(result.findings.some(({ severity }) => severity === "error"), "no error");
    assert.equal(result.katalog, undefined);
    assert.ok(tookMs < 1000, `took ${Math.round(tookMs)} ms`);
  });
}

Deno.test("there are many broken Katalogs, and a hint for most of them", () => {
  assert.ok(broken.length >= 40, `${broken.length}`);
  const hinted = broken.filter((file) => Deno.readTextFileSync(new URL(beside(file, ".txt"), folder)).includes("hint:"));
  assert.ok(hinted.length > broken.length * 0.8, `${hinted.length} of ${broken.length}`);
});

for (const file of katalogs("good")) {
  Deno.test(`derivePlan() of ${file}`, () => {
    const result = load(file);
    assert.equal(say(result), "");
    expectFile(beside(file, ".plan.json"), json(derivePlan(result.katalog!)));
  });
}

for (const file of katalogs("warned")) {
  Deno.test(`loadKatalog() warns of ${file}`, () => {
    const result = load(file);
    expectFile(beside(file, ".txt"), say(result));
    assert.ok(result.katalog !== undefined && result.findings.length > 0);
  });
}

for (const file of katalogs("moved")) {
  Deno.test(`loadKatalog() reads the layout of ${file}`, () => {
    const result = load(file);
    const errors = result.findings.some(({ severity }) => severity === "error");
    expectFile(beside(file, ".txt"), say(result));
    if (!errors) expectFile(beside(file, ".now.json"), json(printKatalog(result.katalog!)));
  });
}
