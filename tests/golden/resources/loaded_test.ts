import assert from "node:assert/strict";
import { stringify } from "yaml";
import { formatFinding } from "../../../src/base/finding.ts";
import { isMap, type JsonMap } from "../../../src/base/json.ts";
import { katalogApiVersion, loadKatalog } from "../../../src/katalog/mod.ts";
import { derivePlan } from "../../../src/plan/mod.ts";
import { renderEntry, shorthands } from "../../../src/resources/mod.ts";
import { parseTemplate, renderValue } from "../../../src/template/mod.ts";
import { type Golden, readGoldens, run } from "./golden.ts";

/** A Katalog whose operator has the entry of a case, after the workloads that the case speaks of. */
function katalogOf({ kind, entry, workloads, profiles = {} }: Golden): JsonMap {
  const others = workloads.map((text) => {
    const [first, second] = text.split("/");
    return { image: "x", ...(second === undefined ? { name: first! } : { namespace: first!, name: second }) };
  });
  return {
    apiVersion: katalogApiVersion,
    kind: "Katalog",
    metadata: { name: "goldens" },
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([of, named]) => [of, Object.entries(named).map(([name, fields]) => ({ name, ...fields }))]),
    ),
    spec: {
      crds: {
        shops: {
          apiTypes: { group: "demo.example.org", version: "v1", kind: "Shop", plural: "shops" },
          operatorBox: {
            onCreate: others.length === 0 ? {} : { deployments: others },
            onReconcile: { [kind]: [withConditions(entry)] },
          },
        },
      },
    },
  };
}

/** The steps of `autoscale` need conditions, which are no part of what is rendered. */
function withConditions(entry: JsonMap): JsonMap {
  const { autoscale } = entry;
  if (!isMap(autoscale)) return entry;
  const conditions = { when: [{ field: "spec.load", greaterThan: "5" }] };
  const steps = Object.entries(autoscale).map(([key, value]) => [key, isMap(value) ? { conditions, ...value } : value]);
  return { ...entry, autoscale: Object.fromEntries(steps) };
}

for (const golden of readGoldens()) {
  if (golden.becomes === undefined) continue;
  Deno.test(`the loader passes on the entry of ${golden.file}, and knows where its templates stand`, () => {
    const bytes = new TextEncoder().encode(stringify(katalogOf(golden)));
    const { findings, katalog } = loadKatalog([{ path: "katalog.yaml", bytes }], () => undefined);
    assert.ok(katalog !== undefined, findings.map(formatFinding).join("\n"));
    const entries = derivePlan(katalog).boxes[0]!.entries;
    const entry = entries.find(({ id }) => id === `onReconcile.${golden.kind}[0]`)!;
    const unknown: string[] = [];
    renderEntry(shorthands.get(golden.kind)!.shape, entry.fields, (text, path) => {
      if (entry.positions[path] === undefined) unknown.push(path);
      return renderValue(parseTemplate(text), { ...golden.cr });
    });
    assert.deepEqual(unknown, []);
    assert.deepEqual(run({ ...golden, entry: entry.fields }), { becomes: golden.becomes });
  });
}

/** What hangs on the name of the CR, or on which workloads its conditions leave, shows in a pass only. */
const seenInAPass = ["services/refused_contradiction.yaml", "services/refused_long_name.yaml", "cronJobs/refused_long_name.yaml", "hpa/refused_two_deployments.yaml"];

for (const golden of readGoldens()) {
  const { refused, entry, file } = golden;
  if (refused === undefined || JSON.stringify(entry).includes("{{") || seenInAPass.includes(file)) continue;
  Deno.test(`the loader sees that ${file} is refused`, () => {
    const bytes = new TextEncoder().encode(stringify(katalogOf(golden)));
    const { findings } = loadKatalog([{ path: "katalog.yaml", bytes }], () => undefined);
    const errors = findings.filter(({ severity, path }) => severity === "error" && path.includes(".onReconcile."));
    assert.equal(errors.length, 1, findings.map(formatFinding).join("\n"));
  });
}
