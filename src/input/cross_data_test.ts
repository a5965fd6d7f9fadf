import assert from "node:assert/strict";
import type { CrossPlan } from "../conditions/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { compileCross, crossData, type CrossObject, type CrossSelector, matchesCross } from "./cross_data.ts";

const cr: KubeObject = {
  apiVersion: "a/v1",
  kind: "Api",
  metadata: { name: "api", namespace: "shop" },
  spec: { db: "main" },
};

function object(name: string, namespace?: string, labels: Record<string, string> = {}): CrossObject {
  return { name, namespace, labels, annotations: {}, spec: { of: name }, status: { phase: "Running" } };
}

function text(value: string) {
  return { text: value, at: "k.yaml:1:1" };
}

/** The value of `.cross.db` with this item, and what was looked up. */
function read(item: Partial<CrossPlan>, found: readonly CrossObject[] | string) {
  const selectors: CrossSelector[] = [];
  const plan: CrossPlan = { as: "db", box: "database", strategy: "first", at: "k.yaml:1:1", ...item };
  const data = crossData(compileCross([plan], new Templates()), cr, cr as never, {
    find: (box, selector) => {
      assert.equal(box, "database");
      selectors.push(selector);
      return found;
    },
  });
  return { value: data["db"], selectors };
}

const empty = { name: "", namespace: "", spec: {}, status: {}, labels: {}, annotations: {} };

Deno.test("crossData() has the object under its key, found as text", () => {
  const { value, selectors } = read({ name: text("{{ .spec.db }}") }, [object("main", "shop", { a: "b" })]);
  assert.deepEqual(selectors, [{ name: "main", namespace: "shop" }]);
  assert.deepEqual(value, {
    ...{ found: "true", name: "main", namespace: "shop", labels: { a: "b" }, annotations: {} },
    ...{ spec: { of: "main" }, status: { phase: "Running" } },
  });
});

Deno.test("crossData() has empty fields for what is not found, and without a cluster", () => {
  assert.deepEqual(read({ name: text("main") }, []).value, { found: "false", ...empty });
  assert.deepEqual(read({ name: text("main"), strategy: "all" }, []).value, { found: "false", ...empty, items: [] });
  const plan: CrossPlan = { as: "db", box: "database", strategy: "first", at: "k.yaml:1:1", name: text("main") };
  assert.deepEqual(crossData(compileCross([plan], new Templates()), cr, cr as never, undefined), {
    db: { found: "false", ...empty },
  });
});

Deno.test("crossData() looks nothing up for an empty name", () => {
  const { value, selectors } = read({ name: text("{{ .spec.none }}") }, [object("main", "shop")]);
  assert.deepEqual([value, selectors], [{ found: "false", ...empty }, []]);
});

Deno.test("crossData() orders what labels select by namespace and name", () => {
  const all = [object("b", "x"), object("c", "a"), object("a", "x")];
  const { value, selectors } = read({
    matchLabels: { team: text("{{ .metadata.namespace }}") },
    namespace: text("{{ .spec.db }}"),
    strategy: "all",
  }, all);
  assert.deepEqual(selectors, [{ labels: { team: "shop" }, namespace: "main" }]);
  const { name, items } = value as unknown as { name: string; items: { namespace: string; name: string }[] };
  assert.equal(name, "c");
  assert.deepEqual(items.map((item) => `${item.namespace}/${item.name}`), ["a/c", "x/a", "x/b"]);
});

Deno.test("crossData() reads all namespaces only where the Katalog itself says so", () => {
  const matchLabels = { a: text("b") };
  assert.deepEqual(read({ matchLabels, namespace: text("*") }, []).selectors, [{
    labels: { a: "b" },
    namespace: undefined,
  }]);
  const chosen = read({ matchLabels, namespace: text('{{ "*" }}') }, []).selectors;
  assert.deepEqual(chosen, [{ labels: { a: "b" }, namespace: "*" }]);
});

Deno.test("crossData() throws where something cannot be known, rendered or held", () => {
  const fails = (item: Partial<CrossPlan>, found: readonly CrossObject[] | string, message: RegExp) =>
    assert.throws(
      () => read(item, found),
      (error: unknown) => error instanceof RenderError && message.test(error.message),
    );
  fails({ name: text("main") }, "too many", /^k\.yaml:1:1: Cannot read \.cross\.db: too many$/);
  fails({ name: text("{{ index .spec.list 3 }}{{ .metadata.name.first }}") }, [], /^k\.yaml:1:1: /);
  const many = Array.from({ length: 1001 }, (_, n) => object(`n${n}`, "shop"));
  fails({ matchLabels: {}, strategy: "all" }, many, /1001 objects are selected; at most 1000/);
  assert.equal((read({ matchLabels: {} }, many).value as { name: string }).name, "n0");
});

Deno.test("matchesCross() compares names, labels and namespaces; a cluster-scoped object is in each", () => {
  const byName = (namespace?: string): CrossSelector => ({ name: "a", namespace });
  const byLabels = (labels: Record<string, string>, namespace?: string): CrossSelector => ({ labels, namespace });
  const cases: [CrossSelector, CrossObject, boolean][] = [
    [byName("x"), object("a", "x"), true],
    [byName("x"), object("a", "y"), false],
    [byName("x"), object("b", "x"), false],
    [byName("x"), object("a"), true],
    [byName(), object("a", "x"), false],
    [byLabels({ k: "v" }, "x"), object("a", "x", { k: "v", more: "" }), true],
    [byLabels({ k: "v" }, "x"), object("a", "y", { k: "v" }), false],
    [byLabels({ k: "v" }, "x"), object("a", undefined, { k: "v" }), true],
    [byLabels({ k: "v" }), object("a", "y", { k: "v" }), true],
    [byLabels({ k: "v", l: "w" }), object("a", "y", { k: "v" }), false],
    [byLabels({ toString: "v" }), object("a", "y"), false],
  ];
  for (const [selector, of, matches] of cases) {
    assert.equal(matchesCross(selector, of), matches, Deno.inspect([selector, of]));
  }
});
