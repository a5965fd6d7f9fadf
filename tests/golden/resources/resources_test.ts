import assert from "node:assert/strict";
import type { Json } from "../../../src/base/json.ts";
import { isMap } from "../../../src/base/json.ts";
import type { Shape } from "../../../src/base/shape.ts";
import { shorthands } from "../../../src/resources/mod.ts";
import { readGoldens, rewrite, run } from "./golden.ts";

const goldens = readGoldens();

for (const golden of goldens) {
  Deno.test(`${golden.kind}: ${golden.says} (${golden.file})`, () => {
    // UPDATE_GOLDENS=1 writes the files anew; read the difference as you read code.
    if (Deno.env.get("UPDATE_GOLDENS") === "1") return rewrite(golden);
    const { becomes, refused } = golden;
    assert.deepEqual(run(golden), becomes === undefined ? { refused } : { becomes });
  });
}

Deno.test("every kind has eight cases and one that is refused", () => {
  for (const kind of shorthands.keys()) {
    const own = goldens.filter((golden) => golden.kind === kind);
    assert.ok(own.length >= 8, `${kind} has ${own.length} cases`);
    assert.ok(own.some(({ refused }) => refused !== undefined), `${kind} has no refused case`);
    assert.equal(new Set(own.map(({ says }) => says)).size, own.length, `${kind} has two cases with the same words`);
  }
});

Deno.test("every field of every shape stands in a case that becomes an object", () => {
  for (const [kind, shorthand] of shorthands) {
    const seen = new Set<string>();
    for (const golden of goldens) if (golden.kind === kind && golden.becomes) collect(golden.entry, "", seen);
    const missing = paths(shorthand.shape, "").filter((path) => !seen.has(path));
    assert.deepEqual(missing, [], kind);
  }
});

/** `probes.liveness.port`, `env[].name`: the fields that a shape knows. */
function paths(shape: Shape, path: string): string[] {
  if (shape.support === "later") return [];
  switch (shape.type) {
    case "record":
      return Object.entries(shape.fields).flatMap(([key, field]) => {
        const at = path === "" ? key : `${path}.${key}`;
        return field.support === "later" ? [] : [at, ...paths(field, at)];
      });
    case "list":
      return paths(shape.items, `${path}[]`);
    default:
      return [];
  }
}

function collect(value: Json, path: string, into: Set<string>): void {
  if (Array.isArray(value)) { for (const item of value) collect(item, `${path}[]`, into); }
  else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      const at = path === "" ? key : `${path}.${key}`;
      into.add(at);
      collect(item, at, into);
    }
  }
}
