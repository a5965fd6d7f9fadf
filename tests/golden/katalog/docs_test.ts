import assert from "node:assert/strict";
import { loadKatalog } from "../../../src/katalog/mod.ts";
import { compileMutations, mutate } from "../../../src/admission/mod.ts";
import type { Json } from "../../../src/base/json.ts";
import { Templates } from "../../../src/template/compiled_text.ts";
import { parseTemplate, renderText } from "../../../src/template/mod.ts";
import { WorkQueue } from "../../../src/box/queue/queue.ts";
import { defaults } from "../../../src/katalog/defaults.ts";
import { FakeClock } from "../../support/clock.ts";
import { formattedDocs } from "./print_docs.ts";

const docs = new URL("../../../docs/katalog.md", import.meta.url);

Deno.test("docs/katalog.md is what the shapes say", async () => {
  const printed = await formattedDocs();
  if (Deno.env.get("UPDATE_GOLDENS") === "1") Deno.writeTextFileSync(docs, printed);
  assert.equal(Deno.readTextFileSync(docs), printed, "run tests/golden/katalog/print_docs.ts");
});

Deno.test("the example of docs/katalog.md is a Katalog without findings", () => {
  const [, example] = /```yaml\n([^]*?)```/.exec(Deno.readTextFileSync(docs))!;
  const crd = Deno.readFileSync(new URL("good/shop.crd.yaml", import.meta.url));
  const text = new TextDecoder().decode(crd).replace("image: {type: string}", "image: {type: string}\n              host: {type: string}");
  const result = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(example) }],
    () => new TextEncoder().encode(text),
  );
  assert.deepEqual(result.findings, []);
  assert.ok(result.katalog);
});

/** The row of a key in a table of the reference. */
function row(key: string): string {
  const line = Deno.readTextFileSync(docs).split("\n").find((each) => each.startsWith(`| \`${key}\` `));
  assert.ok(line !== undefined, key);
  return line;
}

Deno.test("docs/katalog.md says which defaults a Katalog that declares nothing gets", () => {
  const bytes = new TextEncoder().encode(
    "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\nspec:\n  crds:\n" +
      "    a: {apiTypes: {group: a.example.org, version: v1, kind: A}}\n" +
      "    b: {apiTypes: {group: a.example.org, version: v1, kind: B}, operatorBox: {reconciler: {queue: {retryBackoff: {}}}}}\n",
  );
  const [nothing, empty] = loadKatalog([{ path: "k", bytes }], () => undefined).katalog!.crds;
  assert.match(row("workers"), new RegExp(`; ${nothing!.reconciler.workers} when absent`));
  assert.match(row("resync"), new RegExp(`; ${nothing!.reconciler.resyncMs / 1000}s when absent`));
  assert.match(row("queue.failureThreshold"), new RegExp(`; ${nothing!.reconciler.failureThreshold} when absent`));

  assert.equal(nothing!.reconciler.retryBackoff, undefined);
  const queue = new WorkQueue({ clock: new FakeClock() });
  const waits = Array.from({ length: 20 }, () => queue.backOff("x", "v1"));
  assert.deepEqual(waits.slice(0, 3), [5, 10, 20]);
  assert.equal(waits.at(-1), 60_000);
  assert.deepEqual(defaults.backoff, { initialMs: waits[0], maxMs: waits.at(-1) });
  assert.match(row("queue.retryBackoff"), /when absent 5ms, doubling up to 1m\./);

  const left = empty!.reconciler.retryBackoff!;
  assert.match(row("queue.retryBackoff.initial"), new RegExp(`; ${left.initialMs}ms when`));
  assert.match(row("queue.retryBackoff.max"), new RegExp(`; ${left.maxMs / 1000}s when`));
  assert.match(row("queue.retryBackoff.multiplier"), new RegExp(`; ${left.multiplier} when`));
  assert.match(row("queue.retryBackoff.maxAttempts"), new RegExp(`; ${left.maxAttempts} when`));
});

Deno.test("docs/katalog.md tells the two defaults apart as they are", () => {
  assert.equal(renderText(parseTemplate("{{ default true false }}"), {}), "true");
  const templates = new Templates();
  const rule = { field: { text: "spec.on", at: "" }, mode: "default", value: true, at: "" } as const;
  const filled = (on: Json) =>
    mutate(
      compileMutations([rule], templates),
      { apiVersion: "v1", kind: "A", metadata: { name: "a" }, spec: { on } },
      {},
      0,
    )["spec"].on;
  assert.deepEqual([false, 0, null, ""].map(filled), [false, 0, true, true]);
});
