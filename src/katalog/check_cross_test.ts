import assert from "node:assert/strict";
import { loadKatalog, type LoadResult } from "./load.ts";

/** Loads one file for each text; a text is what stands beside `metadata`, and its entries of `spec.crds`. */
function load(...files: { readonly top?: string; readonly crds: Readonly<Record<string, string>> }[]): LoadResult {
  let kinds = 0;
  return loadKatalog(
    files.map(({ top = "", crds }, i) => {
      const entries = Object.entries(crds).map(([name, more]) => {
        const kind = `Kind${kinds++}`;
        const types = `apiTypes: {group: shop.example.org, version: v1, kind: ${kind}, plural: ${kind.toLowerCase()}s}`;
        return `    ${name}:\n      ${types}\n      ${more.replaceAll("\n", "\n      ")}\n`;
      });
      const text =
        `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k${i}}\n${top}\nspec:\n  crds:\n` +
        entries.join("");
      return { path: `k${i}.yaml`, bytes: new TextEncoder().encode(text) };
    }),
    () => undefined,
  );
}

const messages = ({ findings }: LoadResult) => findings.map(({ file, message }) => `${file}: ${message}`);

const reader = "operatorBox: {cross: [{crd: db, selector: {name: a}}]}";

Deno.test("cross: sources are those of all files (ruling 107)", () => {
  const result = load({ crds: { api: reader } }, { crds: { db: "" } });
  assert.deepEqual(messages(result), []);
  assert.deepEqual(result.katalog!.crds.map(({ name, cross }) => [name, cross.map(({ as, box }) => [as, box])]), [
    ["api", [["db", "db"]]],
    ["db", []],
  ]);
  assert.deepEqual(messages(load({ crds: { api: reader } })), ['k0.yaml: "db" is no entry of spec.crds']);
});

Deno.test("cross: crossAccess of a Katalog is for its own entries, and that of an entry wins", () => {
  const refused = ['k0.yaml: "db" (k1.yaml, line 7) may not be read: crossAccess is false'];
  const access = (top: string, db: string, other = "") =>
    messages(load({ top: other, crds: { api: reader } }, { top, crds: { db } }));
  assert.deepEqual(access("crossAccess: false", ""), refused);
  assert.deepEqual(access("crossAccess: false", "crossAccess: true"), []);
  assert.deepEqual(access("crossAccess: true", "crossAccess: false"), refused);
  assert.deepEqual(access("", "", "crossAccess: false"), [], "the reader's own Katalog says nothing of the source");
});

Deno.test("cross: a labelSelector finds the one entry whose own has these labels", () => {
  const by = "operatorBox: {cross: [{labelSelector: {tier: data}, selector: {name: a}}]}";
  const crds = { api: by, db: "labelSelector: {tier: data, team: one}", web: "labelSelector: {tier: web}" };
  const result = load({ crds });
  assert.deepEqual(messages(result), []);
  assert.deepEqual(result.katalog!.crds[0]!.cross.map(({ as, box }) => [as, box]), [["db", "db"]]);
});

Deno.test("cross: a disabled reader may name a disabled source, and a box itself", () => {
  const own = "operatorBox: {cross: [{crd: api, as: peer, selector: {name: a}}]}";
  assert.deepEqual(messages(load({ crds: { api: own } })), []);
  assert.deepEqual(messages(load({ crds: { api: `enabled: false\n${reader}`, db: "enabled: false" } })), []);
});

Deno.test("cross: the number of items is limited", () => {
  const items = Array.from({ length: 40 }, (_, n) => `{crd: db, as: a${n}, selector: {name: a}}`).join(", ");
  const result = load({ crds: { api: `operatorBox: {cross: [${items}]}`, db: "" } });
  assert.deepEqual(messages(result), ["k0.yaml: 40 items; at most 32 are allowed"]);
});
