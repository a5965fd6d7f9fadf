/** A sample of what `deno task necessity` does in full, by `SEED`. */
import assert from "node:assert/strict";
import { randomNumbers } from "../chaos/random.ts";
import { exampleNames } from "../katalogs/example.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { formatFinding, necessityOf, unnoticed } from "./necessity.ts";

const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
/** Of each process. */
const sample = 3;

clusterTest("permissions that are taken away are missed, in a sample of them", async ({ plane }) => {
  console.log(`SEED=${seed}`);
  const random = randomNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const findings = await necessityOf(pick(exampleNames()), {
    plane,
    choose(all) {
      // What owner references need is checked by an admission plugin that this control plane does not have.
      // A `list` is exempt where its `watch` is missed, which a sample does not show.
      const left = all.filter((permission) => !permission.includes("/finalizers") && !permission.startsWith("list "));
      return Array.from({ length: Math.min(sample, left.length) }, () => left.splice(left.indexOf(pick(left)), 1)[0]!);
    },
    note: console.log,
  });
  assert.ok(findings.length >= sample);
  assert.deepEqual(unnoticed(findings).map(formatFinding), []);
}, { nodes: true });
