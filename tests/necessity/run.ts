/**
 * `deno task necessity [--only TEXT] [EXAMPLE…]`: takes each permission that `ork generate rbac` prints for an example away once, on a
 * control plane of its own, and sees whether a scenario fails for it. Prints a line for each and the table that
 * docs/permissions.md keeps; exit code 1 where a permission is not missed that has to be. Needs the binaries and
 * KUBEBUILDER_ASSETS. Half an hour. With `--only` those permissions alone that have the text, such as `patch events`.
 */
import { exampleNames } from "../katalogs/example.ts";
import { startControlPlane } from "../support/control_plane.ts";
import { type Finding, necessityOf, unnoticed } from "./necessity.ts";
import { tableOf } from "./table.ts";

/** Examples side by side: scenarios wait more than they compute. */
const workers = Number(Deno.env.get("ORK_JOBS") ?? "3");

const args = [...Deno.args];
const only = args[0] === "--only" ? args.splice(0, 2)[1]! : "";
const wanted = args.length > 0 ? args : exampleNames();
const choose = (all: readonly string[]) => all.filter((permission) => permission.includes(only));
const plane = await startControlPlane({ nodes: 2, admissionPlugins: ["OwnerReferencesPermissionEnforcement"] });
let code = 1;
try {
  const findings = new Map<string, readonly Finding[]>();
  const failures: string[] = [];
  const queue = [...wanted];
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let example = queue.shift(); example !== undefined; example = queue.shift()) {
      try {
        findings.set(example, await necessityOf(example, { plane, choose, note: console.log }));
      } catch (error) {
        failures.push(`${example}: ${error instanceof Error ? error.stack : error}`);
        console.error(failures.at(-1));
      }
    }
  }));
  const all = wanted.flatMap((example) => findings.get(example) ?? []);
  console.log(`\n${tableOf(all)}`);
  for (const failure of failures) console.error(failure.split("\n")[0]);
  code = failures.length === 0 && unnoticed(all).length === 0 ? 0 : 1;
} finally {
  await plane.stop();
}
Deno.exit(code);
