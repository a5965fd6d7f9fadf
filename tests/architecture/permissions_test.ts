import assert from "node:assert/strict";
import { binaries, type Binary } from "../../deploy/binaries.ts";
import { withSpellings } from "../../src/base/variables.ts";
import { katalogPathVariable } from "../../src/files/mod.ts";
import { katalogVariables } from "../../src/katalog/mod.ts";
import { runFlags } from "../../src/runtime/mod.ts";
import { commitVariable } from "../../src/entry/version.ts";
import { readGraph } from "./graph.ts";
import { layerTable, matches } from "./layers.ts";
import { projectRoot } from "./paths.ts";

const production = binaries.filter(({ name }) => name !== "ork");

/** The values of a flag such as `--allow-env=A,B`. */
function listOf({ permissions }: Pick<Binary, "permissions">, flag: string): string[] {
  return permissions.filter((part) => part.startsWith(`${flag}=`)).flatMap((part) =>
    part.slice(flag.length + 1).split(",")
  );
}

/** Variables that a text reads by name. */
function variablesIn(text: string): string[] {
  return [...text.matchAll(/\benv(?:\.get|\.has)?\(\s*"([A-Z][A-Z0-9_]*)"/g)].map((match) => match[1]!);
}

Deno.test("no binary ever stops at a question about its rights", () => {
  for (const { name, permissions } of binaries) assert.ok(permissions.includes("--no-prompt"), name);
});

Deno.test("production binaries cannot write, run, load libraries, import or prompt, and have no code cache", () => {
  assert.deepEqual(production.map(({ name }) => name), ["ork-runtime", "ork-gateway"]);
  for (const { name, permissions, closed } of production) {
    const flags = permissions.map((part) => part.split("=")[0]!);
    const known = [
      ...["--allow-net", "--allow-read", "--allow-env", "--ignore-env", "--allow-import", "--deny-import"],
      ...["--no-prompt", "--no-code-cache"],
    ];
    assert.deepEqual(flags.filter((flag) => ![...known, "--unstable-worker-options"].includes(flag)), [], name);
    assert.ok(closed, `${name} loads no file but its own`);
    assert.ok(flags.includes("--no-prompt") && flags.includes("--no-code-cache"), name);
    // In place of the hosts that Deno allows by default there is one, which is denied.
    assert.deepEqual(listOf({ permissions }, "--allow-import"), ["nowhere.invalid"], name);
    assert.deepEqual(listOf({ permissions }, "--deny-import"), ["nowhere.invalid"], name);
    assert.ok(listOf({ permissions }, "--allow-env").length > 0, `${name} names the variables that it may read`);
  }
});

Deno.test("production binaries may read every variable that their code reads", async () => {
  for (const binary of production) {
    const graph = await readGraph([binary.main, ...binary.threads]);
    const asked = new Set<string>([commitVariable]);
    for (const path of graph.keys()) {
      if (!path.startsWith("src/")) continue;
      for (const name of variablesIn(await Deno.readTextFile(`${projectRoot}/${path}`))) asked.add(name);
    }
    const allowed = listOf(binary, "--allow-env");
    assert.deepEqual([...asked].filter((name) => !allowed.includes(name)), [], binary.name);
  }
});

Deno.test("the Runtime may read every variable that stands in for one of its options", () => {
  const allowed = listOf(binaries.find(({ name }) => name === "ork-runtime")!, "--allow-env");
  const variables = runFlags.flatMap(({ variable }) => variable ?? []);
  assert.ok(variables.length > 0);
  assert.deepEqual(variables.filter((name) => !allowed.includes(name)), []);
});

Deno.test("production binaries may read every variable that completes a Katalog, in each spelling", () => {
  const variables = withSpellings([...katalogVariables.map(({ name }) => name), katalogPathVariable]);
  for (const binary of production) {
    const allowed = listOf(binary, "--allow-env");
    assert.deepEqual(variables.filter((name) => !allowed.includes(name)), [], binary.name);
    assert.equal(new Set(allowed).size, allowed.length, `${binary.name} names each once`);
  }
});

Deno.test("variablesIn() finds every way of reading a variable", () => {
  const text = `Deno.env.get("A"); env("B_2"); Deno.env.has(\n  "C"); env(name); "D"; environment("E");`;
  assert.deepEqual(variablesIn(text), ["A", "B_2", "C"]);
});

Deno.test("every module that a binary embeds beside its imports is held to what it may reach", () => {
  for (const { threads } of binaries) {
    for (const path of threads) {
      assert.ok(Object.keys(layerTable.neverReached).some((pattern) => matches(path, pattern)), path);
    }
  }
});
