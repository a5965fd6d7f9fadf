import assert from "node:assert/strict";
import { environment, setWithoutEffect, spellings, variablesWithoutEffect, withSpellings } from "./variables.ts";

const of = (set: Record<string, string>) => (name: string): string | undefined => set[name];

Deno.test("environment() reads a variable in each of its spellings, and an empty one as not set", () => {
  assert.equal(environment(of({ KUBEKONFIG: "a" }))("KUBECONFIG"), "a");
  assert.equal(environment(of({ KUBECONFIG: "b", KUBEKONFIG: "a" }))("KUBECONFIG"), "b");
  assert.equal(environment(of({ KUBECONFIG: "", KUBEKONFIG: "a" }))("KUBECONFIG"), "a");
  assert.equal(environment(of({ ORK_PORT: "" }))("ORK_PORT"), undefined);
  assert.equal(environment(of({ ANY: "x" }))("ANY"), "x");
});

Deno.test("withSpellings() names what a process must be allowed to read for it", () => {
  assert.deepEqual(withSpellings(["KUBECONFIG", "ANY"]), ["KUBECONFIG", "KUBEKONFIG", "ANY"]);
  const all = withSpellings(Object.keys(spellings));
  assert.equal(new Set(all).size, all.length, "no two variables share a spelling");
});

Deno.test("setWithoutEffect() reports every variable that nothing depends on, but not of what holds anyway", () => {
  const set = Object.fromEntries(variablesWithoutEffect.map((name) => [name, "x"]));
  assert.deepEqual(setWithoutEffect(of(set)).map(({ name }) => name), variablesWithoutEffect);
  assert.deepEqual(setWithoutEffect(of({ ENABLE_HOUSEKEEPER: "True", SMTP_HOST: "" })), []);
  assert.deepEqual(setWithoutEffect(of({ ENABLE_HOUSEKEEPER: "false" })).map(({ text }) => text), [
    "ENABLE_HOUSEKEEPER has no effect: webhooks and certificates are always watched, and kept right",
  ]);
});
