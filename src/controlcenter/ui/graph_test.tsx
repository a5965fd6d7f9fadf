import assert from "node:assert/strict";
import { elementsOf, type HtmlElement, parseHtml } from "../../../tests/support/html.ts";
import { Graph, type GraphEdge } from "./graph.tsx";

/** Where each box is drawn, by its name. */
function drawn(names: readonly string[], edges: readonly GraphEdge[]) {
  const root = parseHtml(String(<Graph nodes={names.map((name) => ({ name, state: "healthy" }))} edges={edges} />));
  const nodes = elementsOf(root).filter(({ name, attributes }) =>
    name === "g" && attributes["class"]?.startsWith("node")
  );
  const places = new Map(nodes.map(({ children }) => {
    const [rect, text] = children as HtmlElement[];
    return [String(text!.children[0]), [Number(rect!.attributes["x"]), Number(rect!.attributes["y"])]] as const;
  }));
  return { root, places, paths: elementsOf(root).filter(({ attributes }) => attributes["class"]?.startsWith("edge")) };
}

const depends = (from: string, to: string): GraphEdge => ({ from, to, kind: "depends" });

Deno.test("Graph draws each box behind those that it depends on, and none over another", () => {
  const { places, paths, root } = drawn(["a", "b", "c", "d"], [
    depends("b", "a"),
    depends("c", "b"),
    depends("c", "a"),
  ]);
  const x = (name: string) => places.get(name)![0]!;
  assert.ok(x("a") < x("b") && x("b") < x("c") && x("d") === x("a"));
  assert.equal(new Set([...places.values()].map(String)).size, 4);
  assert.equal(paths.length, 3);
  assert.match(elementsOf(root)[1]!.attributes["aria-label"]!, /^b depends on a, c depends on b/);
});

Deno.test("Graph draws boxes that read each other, themselves or what is not there", () => {
  const loop: GraphEdge[] = [
    depends("a", "b"),
    { from: "b", to: "a", kind: "reads" },
    depends("a", "a"),
    depends("a", "none"),
  ];
  const { places, paths } = drawn(["a", "b"], loop);
  assert.equal(places.size, 2);
  assert.equal(paths.length, 2);
});

Deno.test("Graph draws what depends behind what it depends on, although both read each other", () => {
  const { places, paths, root } = drawn(["consumer", "queue"], [
    { from: "queue", to: "consumer", kind: "reads" },
    depends("consumer", "queue"),
    { from: "consumer", to: "queue", kind: "reads" },
  ]);
  assert.ok(places.get("consumer")![0]! > places.get("queue")![0]!);
  assert.equal(new Set(paths.map(({ attributes }) => attributes["d"])).size, 3, "no line hides another");
  const [width, height] = elementsOf(root).find(({ name }) => name === "svg")!.attributes["viewBox"]!.split(" ").slice(
    2,
  )
    .map(Number);
  for (const { attributes: { d } } of paths) {
    const numbers = d!.match(/[\d.-]+/g)!.map(Number);
    assert.ok(numbers.every((number, index) => number >= 0 && number <= (index % 2 === 0 ? width! : height!)), d);
  }
});

Deno.test("Graph is drawn in no time when everything reads everything", () => {
  const names = Array.from({ length: 60 }, (_, n) => `n${n}`);
  const edges = names.flatMap((from) => names.map((to): GraphEdge => ({ from, to, kind: "reads" })));
  const { places } = drawn(names, edges);
  assert.equal(new Set([...places.values()].map(String)).size, 60);
});
