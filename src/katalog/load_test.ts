import assert from "node:assert/strict";
import fc from "fast-check";
import { loadKatalog, type LoadResult } from "./load.ts";
import { printKatalog } from "./print.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  group: shop.example.org
  names: {kind: Shop, plural: shops}
  scope: Cluster
  versions:
  - {name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}, subresources: {status: {}}}
`;

function katalog(name: string, crds: string): string {
  return `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: ${name}}\nspec:\n  crds:\n${
    crds.replace(/^(?=.)/gm, "    ")
  }`;
}

function load(files: Record<string, string>, others: Record<string, string> = {}): LoadResult {
  const sources = Object.entries(files).map(([path, text]) => ({ path, bytes: encode(text) }));
  return loadKatalog(sources, (path) => others[path] === undefined ? undefined : encode(others[path]));
}

/** `severity file:line:column message`. */
function said({ findings }: LoadResult): string[] {
  return findings.map(({ severity, file, line, column, message }) =>
    `${severity} ${file}:${line}:${column} ${message}`
  );
}

const shop = "shop:\n  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}\n";
const store = "store:\n  apiTypes: {group: shop.example.org, version: v1, kind: Store, plural: stores}\n";

Deno.test("loadKatalog() makes one set of several files", () => {
  const result = load({ "a.yaml": katalog("first", shop), "b/b.yaml": katalog("second", store) });
  assert.deepEqual(said(result), []);
  assert.equal(result.katalog!.name, "first, second");
  assert.deepEqual(result.katalog!.crds.map(({ name, at }) => `${name} ${at.file}`), ["shop a.yaml", "store b/b.yaml"]);
});

Deno.test("loadKatalog() wants each name once, and each kind", () => {
  const other = shop.replace("shop:", "other:");
  assert.deepEqual(said(load({ "a.yaml": katalog("a", shop), "b.yaml": katalog("b", shop) })), [
    'error b.yaml:6:5 The CRD "shop" is already declared in a.yaml',
  ]);
  assert.deepEqual(said(load({ "a.yaml": katalog("a", shop), "b.yaml": katalog("b", other) })), [
    'error b.yaml:6:5 "shop" already watches Shop.shop.example.org (a.yaml, line 6)',
  ]);
  const apart = `${shop}  namespace: one\n${other}  namespace: two\n`;
  assert.deepEqual(said(load({ "a.yaml": katalog("a", apart) })), []);
  const disabled = `${shop}  enabled: false\n${other}`;
  assert.deepEqual(said(load({ "a.yaml": katalog("a", disabled) })), []);
});

Deno.test("loadKatalog() gives the findings of all files", () => {
  const result = load({ "b.yaml": katalog("b", "x: {}\n"), "a.yaml": "kind: Katalog\n" });
  assert.deepEqual(said(result), [
    'error a.yaml:1:1 "apiVersion" is missing',
    'error a.yaml:1:1 "metadata" is missing',
    'error a.yaml:1:1 "spec" is missing',
    "error b.yaml:6:5 The kind of object to watch is not declared",
  ]);
  assert.equal(result.katalog, undefined);
});

Deno.test("loadKatalog() reads the type from the manifest beside the Katalog", () => {
  const text = katalog("a", "shop: {crdFile: ../crds/shop.yaml, crFiles: [cr.yaml]}\n");
  const result = load({ "shops/katalog.yaml": text }, { "crds/shop.yaml": crd });
  const [entry] = result.katalog!.crds;
  assert.deepEqual(entry!.type, {
    group: "shop.example.org",
    version: "v2",
    kind: "Shop",
    plural: "shops",
    namespaced: false,
  });
  assert.equal(entry!.hasStatus, true);
  assert.equal(entry!.crdFile, "crds/shop.yaml");
  assert.deepEqual(entry!.crFiles, ["shops/cr.yaml"]);
});

Deno.test("loadKatalog() does without the manifest where apiTypes says it all", () => {
  const types = "{group: a.example.org, version: v1, kind: A, plural: as}";
  assert.deepEqual(said(load({ "k.yaml": katalog("a", `a: {crdFile: crd.yaml, apiTypes: ${types}}\n`) })), [
    "warning k.yaml:6:18 Cannot read crd.yaml: the type is taken from apiTypes alone",
  ]);
  assert.deepEqual(said(load({ "k.yaml": katalog("a", "a: {crdFile: crd.yaml, apiTypes: {kind: A}}\n") })), [
    "error k.yaml:6:18 Cannot read crd.yaml",
  ]);
});

Deno.test("loadKatalog() takes the version that apiTypes names", () => {
  const text = katalog("a", "shop: {crdFile: shop.yaml, apiTypes: {version: v1}}\n");
  const [entry] = load({ "k.yaml": text }, { "shop.yaml": crd }).katalog!.crds;
  assert.equal(entry!.type.version, "v1");
  assert.equal(entry!.hasStatus, false);
});

const two = `${crd}---${crd.replaceAll("Shop", "Store").replaceAll("shops", "stores")}`;

Deno.test("loadKatalog() chooses among several CRDs in a file by kind, or by the name of the entry", () => {
  const plurals = (entry: string) =>
    load({ "k.yaml": katalog("a", entry) }, { "crds.yaml": two }).katalog?.crds.map(({ type }) => type.plural);
  assert.deepEqual(plurals("shop: {crdFile: crds.yaml, apiTypes: {kind: Store}}\n"), ["stores"]);
  assert.deepEqual(plurals("store: {crdFile: crds.yaml}\nshops: {crdFile: crds.yaml}\n"), ["stores", "shops"]);
  assert.deepEqual(said(load({ "k.yaml": katalog("a", "other: {crdFile: crds.yaml}\n") }, { "crds.yaml": two })), [
    "error k.yaml:6:22 crds.yaml holds 2 CRDs",
  ]);
});

Deno.test("loadKatalog() knows scope and plural of every kind in the files of any entry", () => {
  const file = two.replace("kind: Store, plural: stores", "kind: Store, plural: storez");
  const custom = "{apiVersion: shop.example.org/v1, kind: Store, metadata: {name: '{{ .metadata.name }}'}}";
  const other = "{apiVersion: shop.example.org/v1, kind: Kiosk, metadata: {name: '{{ .metadata.name }}'}}";
  const text = katalog(
    "a",
    `thing:\n  apiTypes: {group: a.example.org, version: v1, kind: Thing, plural: things}\n` +
      `  operatorBox: {onReconcile: {custom: [${custom}, ${other}]}}\n` +
      "shop: {crdFile: crds.yaml}\n" +
      "store: {apiTypes: {group: shop.example.org, version: v1, kind: Store}, labelSelector: {a: b}}\n",
  );
  const { katalog: loaded, findings } = load({ "k.yaml": text }, { "crds.yaml": file });
  assert.ok(loaded !== undefined, JSON.stringify(findings));
  const types = loaded.crds[0]!.onReconcile.entries.map(({ type }) => type);
  assert.deepEqual(types, [
    { group: "shop.example.org", version: "v1", kind: "Store", plural: "storez", namespaced: false },
    { group: "shop.example.org", version: "v1", kind: "Kiosk", plural: "kiosks", namespaced: true, guessed: true },
  ]);
  assert.deepEqual(loaded.crds[2]!.type, types[0]);
});

Deno.test("loadKatalog() gives a frozen Katalog", () => {
  const { katalog: loaded } = load({
    "a.yaml": katalog("a", `${shop}  operatorBox: {onCreate: {configMaps: [{}]}}\n`),
  });
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    assert.ok(Object.isFrozen(value));
    Object.values(value).forEach(walk);
  };
  walk(loaded);
});

Deno.test("loadKatalog() warns of what YAML 1.1 and 1.2 read otherwise, where that matters", () => {
  const box = "  operatorBox:\n    onCreate:\n";
  const custom = "      custom:\n      - {apiVersion: v1, kind: Thing, metadata: {name: x}, spec: {a: yes, b: 012}}\n";
  const config = "      configMaps:\n      - data: {a: yes, b: 012, c: 1.10}\n";
  const result = load({ "k.yaml": katalog("a", `${shop}  enabled: on\n${box}${custom}${config}`) });
  assert.deepEqual(said(result), [
    "warning k.yaml:8:16 on is read as true, as kubectl reads it",
    "warning k.yaml:12:74 yes is read as true, as kubectl reads it",
    "warning k.yaml:12:82 012 is read as 10, as kubectl reads it",
  ]);
  const [entry] = result.katalog!.crds;
  assert.deepEqual(entry!.onCreate.entries.map(({ fields }) => fields["spec"] ?? fields["data"]), [
    { a: true, b: 10 },
    { a: "yes", b: "012", c: "1.10" },
  ]);
});

Deno.test("loadKatalog() warns of keys without a value and continues", () => {
  const result = load({ "k.yaml": katalog("a", `${shop}  labels:\n  operatorBox:\n    onCreate:\n`) });
  assert.deepEqual(said(result), [
    'warning k.yaml:8:7 "labels" has no value and counts as absent',
    'warning k.yaml:10:9 "onCreate" has no value and counts as absent',
  ]);
  assert.ok(result.katalog);
});

const whole = new TextDecoder().decode(
  Deno.readFileSync(new URL("../../tests/golden/katalog/good/whole.yaml", import.meta.url)),
);

/** Runs the loader on whatever comes, and checks what must hold for every input. */
function survives(bytes: Uint8Array): void {
  const startMs = performance.now();
  const { findings, katalog: loaded } = loadKatalog([{ path: "k.yaml", bytes }], () => undefined);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 3000, `${tookMs} ms`);
  assert.equal(loaded === undefined, findings.some(({ severity }) => severity === "error"));
  const text = new TextDecoder().decode(bytes);
  const lines = text.split("\n");
  for (const { line, column, message, file } of findings) {
    assert.equal(file, "k.yaml");
    assert.ok(line >= 1 && line <= lines.length, `line ${line}: ${message}`);
    assert.ok(column >= 1 && column <= lines[line - 1]!.length + 1, `column ${column}: ${message}`);
    assert.ok(message.length > 0 && message.length < 1000, message);
    // Our own sentences have no full stop; a message may end with a word of the text that it quotes.
    if (message.endsWith(".")) assert.ok(text.includes(message.split(/[\s…]/).at(-1)!), message);
  }
  if (loaded !== undefined) printKatalog(loaded);
}

Deno.test("loadKatalog() survives any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 300 });
});

Deno.test("loadKatalog() survives any YAML-like text", () => {
  const piece = fc.constantFrom(
    ..."{ } [ ] : , - ? & * ! | > ' \" # % @ ` \n \t ~ a b <<".split(" "),
    "\n  ",
    "\n    ",
    ": ",
    "- ",
    "{{ ",
    " }}",
    "&a ",
    "*a",
    "!!int ",
    "---\n",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (parts) => survives(encode(parts.join("")))), {
    numRuns: 1000,
  });
});

Deno.test("loadKatalog() survives Katalogs with something changed", () => {
  const lines = whole.split("\n");
  const line = fc.nat({ max: lines.length - 1 });
  const change = fc.oneof(
    fc.record({ kind: fc.constant("drop" as const), line }),
    fc.record({ kind: fc.constant("repeat" as const), line }),
    fc.record({ kind: fc.constant("indent" as const), line, by: fc.integer({ min: -4, max: 4 }) }),
    fc.record({ kind: fc.constant("cut" as const), line, at: fc.nat({ max: 60 }) }),
    fc.record({
      kind: fc.constant("insert" as const),
      line,
      at: fc.nat({ max: 60 }),
      text: fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        "'",
        '"',
        "{{",
        "}}",
        "\t",
        "null",
        "&a ",
        "*a",
        "-",
        "#",
        "0",
      ),
    }),
    fc.record({ kind: fc.constant("swap" as const), line, other: line }),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = [...lines];
      for (const each of changes) {
        const old = changed[each.line] ?? "";
        switch (each.kind) {
          case "drop":
            changed[each.line] = "";
            break;
          case "repeat":
            changed[each.line] = `${old}\n${old}`;
            break;
          case "indent":
            changed[each.line] = each.by >= 0
              ? " ".repeat(each.by) + old
              : old.replace(new RegExp(`^ {0,${-each.by}}`), "");
            break;
          case "cut":
            changed[each.line] = old.slice(0, each.at);
            break;
          case "insert":
            changed[each.line] = old.slice(0, each.at) + each.text + old.slice(each.at);
            break;
          case "swap":
            [changed[each.line], changed[each.other]] = [changed[each.other] ?? "", old];
        }
      }
      survives(encode(changed.join("\n")));
    }),
    { numRuns: 400 },
  );
});
