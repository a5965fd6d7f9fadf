import assert from "node:assert/strict";
import { loadKatalog, printKatalog } from "../../katalog/mod.ts";
import { rewriteLayout } from "./rewrite_layout.ts";

const root = new URL("../../../", import.meta.url);
const moved = new URL("tests/golden/katalog/moved/", root);

function load(text: string) {
  const { katalog, findings } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(text) }],
    (file) => Deno.readFileSync(new URL(file, root)),
  );
  return { katalog, findings };
}

/** The same Katalog as before, and nothing of other layouts left. */
function rewritten(text: string): string {
  const before = load(text);
  assert.ok(before.katalog !== undefined, Deno.inspect(before.findings));
  const after = rewriteLayout(text);
  assert.ok(after !== undefined, "nothing was rewritten");
  const now = load(after);
  assert.ok(now.katalog !== undefined, `${Deno.inspect(now.findings)}\n${after}`);
  assert.deepEqual(printKatalog(now.katalog), printKatalog(before.katalog), after);
  assert.deepEqual(now.findings.filter(({ message }) => /moved|is now/.test(message)), [], after);
  assert.equal(rewriteLayout(after), undefined, "it is done once");
  return after;
}

for (const { name } of Deno.readDirSync(moved)) {
  if (!name.endsWith(".yaml") || name === "with_mistakes.yaml") continue;
  Deno.test(`rewriteLayout() brings moved/${name} into the one layout, with the same meaning`, () => {
    rewritten(Deno.readTextFileSync(new URL(name, moved)));
  });
}

Deno.test("rewriteLayout() leaves every Katalog alone that is in the one layout", () => {
  for (const { name, isDirectory } of Deno.readDirSync(new URL("katalogs/", root))) {
    if (!isDirectory) continue;
    const text = Deno.readTextFileSync(new URL(`katalogs/${name}/katalog.yaml`, root));
    assert.equal(rewriteLayout(text), undefined, name);
  }
});

Deno.test("rewriteLayout() keeps comments with what they are written above, and how lists are indented", () => {
  const text = `# Shops of the town.
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata:
  name: shops
spec:
  crds:
    # One for each street.
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      # Not more: the database is small.
      workers: 6 # by measurement
      operatorBox:
        # Everything that is kept.
        reconcile:
          # Often enough.
          resync: 1m
          onReconcile:
            deployments:
            # The shop itself.
            - image: "nginx:1"
              env:
                # Fast, for tests.
                MODE: {value: fast}
              labels:
              # For the bill.
              - {key: tier, value: web}
`;
  assert.equal(
    rewritten(text),
    `# Shops of the town.
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata:
  name: shops
spec:
  crds:
    # One for each street.
    shop:
      apiTypes: { group: shop.example.org, version: v1, kind: Shop, plural: shops }
      operatorBox:
        reconciler:
          # Everything that is kept.
          # Often enough.
          resync: 1m
          # Not more: the database is small.
          workers: 6 # by measurement
        onReconcile:
          deployments:
          # The shop itself.
          - image: "nginx:1"
            env:
            # Fast, for tests.
            - { name: MODE, value: fast }
            labels:
              # For the bill.
              tier: web
`,
  );
});

Deno.test("rewriteLayout() keeps quotes, block texts, long integers and anchors", () => {
  const after = rewritten(`apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: shops}
spec:
  crds:
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      resync: "1m"
      operatorBox:
        onReconcile:
          configMaps:
            - name: 'one'
              anyOf: &gate [{field: spec.a, equals: 9007199254740993}]
              data:
                script: |
                  line one
                  line two
            - name: two
              or: *gate
              data: {a: "{{ .spec.a }}"}
`);
  for (const kept of [`"1m"`, "'one'", "script: |\n", "9007199254740993", "&gate", "*gate", `"{{ .spec.a }}"`]) {
    assert.ok(after.includes(kept), `${kept}\n${after}`);
  }
  assert.match(after, /\n {10}configMaps:\n {12}- name: 'one'\n/);
});
