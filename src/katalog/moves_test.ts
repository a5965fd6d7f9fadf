import assert from "node:assert/strict";
import type { RecordShape, Shape } from "../base/shape.ts";
import { applyMoves } from "./apply_moves.ts";
import { katalogLimits } from "./decode.ts";
import { moves } from "./moves.ts";
import { toJson } from "./node.ts";
import { Report } from "./report.ts";
import { crdEntry } from "./schema.ts";
import { readYaml } from "./yaml.ts";

/** The shapes at a path with `*`, as the schema has them. */
function shapesAt(shape: Shape, path: readonly string[]): Shape[] {
  const [key, ...rest] = path;
  if (key === undefined) return [shape];
  switch (shape.type) {
    case "record":
      return Object.entries(shape.fields).filter(([name]) => key === "*" || key === name).flatMap(([, field]) =>
        shapesAt(field, rest)
      );
    case "list":
      return key === "*" ? shapesAt(shape.items, rest) : [];
    case "map":
      return key === "*" ? shapesAt(shape.values, rest) : [];
    case "union":
      return [shape.list, shape.map].flatMap((each) => each === undefined ? [] : shapesAt(each, path));
    default:
      return [];
  }
}

const at = (path: string): Shape[] => shapesAt(crdEntry, path === "" ? [] : path.split("."));
const records = (path: string) => at(path).filter((shape): shape is RecordShape => shape.type === "record");
const known = (path: string, key: string) => records(path).some(({ fields }) => Object.hasOwn(fields, key));

Deno.test("moves lead from places that the schema does not know to ones that it knows", () => {
  for (const move of moves) {
    switch (move.kind) {
      case "keys":
        for (const key of move.keys) {
          const left = key === "hooks" || key === "constructor";
          assert.equal(known(move.at, key), left, `${move.at}.${key}`);
          if (at(move.to).length > 0) assert.ok(known(move.to, key), `${move.to}.${key}`);
        }
        break;
      case "block":
        assert.deepEqual(at(move.at), [], move.at);
        for (const [to, keys] of Object.entries(move.to)) {
          for (const key of keys) assert.ok(known(to, key), `${to}.${key}`);
        }
        break;
      case "rename":
        for (const place of move.at) {
          assert.ok(!known(place, move.from), `${place}.${move.from}`);
          // Hooks and others are not carried out, and have no shape.
          if (records(place).length > 0 && place !== "operatorBox") {
            assert.ok(known(place, move.to), `${place}.${move.to}`);
          }
        }
        break;
      case "form":
        for (const place of move.at) {
          const expected = move.form === "pairs" ? ["map", "tree"] : ["list", "tree"];
          for (const shape of at(place)) assert.ok(expected.includes(shape.type), `${place}: ${shape.type}`);
        }
        break;
      default:
        move satisfies never;
    }
  }
});

function moved(entry: string): { now: unknown; said: string[] } {
  const text = `spec:\n  crds:\n    shop:\n${entry.replace(/^/gm, "      ")}`;
  const { documents, findings } = readYaml({ path: "k", bytes: new TextEncoder().encode(text) }, katalogLimits);
  assert.deepEqual(findings, []);
  const report = new Report();
  const root = toJson(applyMoves(documents[0]!, report)) as { spec: { crds: { shop: unknown } } };
  const said = report.findings().map(({ severity, line, message }) => `${severity} ${line}: ${message}`);
  return { now: root.spec.crds.shop, said };
}

Deno.test("applyMoves() leaves a document in the one layout as it is", () => {
  const { documents } = readYaml(
    { path: "k", bytes: new TextEncoder().encode("spec: {crds: {a: {operatorBox: {onCreate: {}}}}}") },
    katalogLimits,
  );
  const report = new Report();
  assert.equal(applyMoves(documents[0]!, report), documents[0]);
  assert.deepEqual(report.findings(), []);
});

Deno.test("applyMoves() makes the maps on the way, and keeps what is there", () => {
  assert.deepEqual(moved("workers: 3\noperatorBox: {reconciler: {resync: 1m}, onCreate: {}}"), {
    now: { operatorBox: { reconciler: { resync: "1m", workers: 3 }, onCreate: {} } },
    said: ['warning 4: "workers" has moved to operatorBox.reconciler.workers'],
  });
  assert.deepEqual(moved("workers: 3").now, { operatorBox: { reconciler: { workers: 3 } } });
});

Deno.test("applyMoves() warns once for a block", () => {
  const { now, said } = moved("operatorBox:\n  reconcile:\n    workers: 1\n    onCreate: {}\n    normalize: {}\n");
  assert.deepEqual(now, { operatorBox: { onCreate: {}, reconciler: { workers: 1 } }, normalize: {} });
  assert.deepEqual(said, [
    'warning 5: "reconcile" has moved: workers to operatorBox.reconciler; onCreate to operatorBox; ' +
    "normalize to the entry of the CRD",
  ]);
});

Deno.test("applyMoves() takes both places filled for an error, and the new one for the truth", () => {
  const { now, said } = moved("resync: 1m\noperatorBox: {reconciler: {resync: 2m}}");
  assert.deepEqual(now, { operatorBox: { reconciler: { resync: "2m" } } });
  assert.deepEqual(said, ['error 4: "resync" is given here and in its new place, line 5']);
});

Deno.test("applyMoves() does not touch the bodies of custom children", () => {
  const body = "onCreate: {custom: [{spec: {anyOf: [1], labels: [{key: a, value: b}], env: {A: 1}}}]}";
  const { now, said } = moved(`operatorBox: {${body}}`);
  assert.deepEqual(said, []);
  assert.deepEqual(now, {
    operatorBox: {
      onCreate: { custom: [{ spec: { anyOf: [1], labels: [{ key: "a", value: "b" }], env: { A: 1 } } }] },
    },
  });
});

Deno.test("applyMoves() turns pairs into maps and maps of variables into lists", () => {
  const { now } = moved(
    "operatorBox: {onCreate: {deployments: [{labels: [{key: a, value: b}], env: {A: {value: x}, B: 1}}]}}",
  );
  assert.deepEqual(now, {
    operatorBox: {
      onCreate: {
        deployments: [{ labels: { a: "b" }, env: [{ name: "A", value: "x" }, { name: "B", value: 1 }] }],
      },
    },
  });
});

Deno.test("applyMoves() ignores what is not a list of pairs", () => {
  for (const labels of ["[a]", "[{key: a}]", "[{key: a, value: b, more: c}]", "[]", "{a: b}"]) {
    const { said } = moved(`labels: ${labels}`);
    assert.deepEqual(said, [], labels);
  }
});
