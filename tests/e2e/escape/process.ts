/**
 * Compiled by `escape_test.ts` with the rights of a production binary: tries in the process itself, outside of any cell,
 * what such a binary must not be able to do, and prints what each attempt came to. Arguments as of main.ts.
 */
import { imports, outcomes, processes, rights, surroundings, trustedByDefault, writes } from "./attempts.ts";

const [allowed, forbidden, folder] = Deno.args as [string, string, string];
const targets = { allowed, forbidden, folder };
const results = await outcomes({
  ...writes(targets),
  ...processes(targets),
  ...surroundings(),
  ...imports(targets),
  ...rights(),
});
for (const host of trustedByDefault) {
  const { state } = await Deno.permissions.query({ name: "import", host } as Deno.PermissionDescriptor);
  // "prompt": it is not given, and nobody is asked (--no-prompt).
  results[`have the right to import from ${host}`] = state === "granted" ? "got granted" : `NotCapable: ${state}`;
}
console.log(JSON.stringify(results));
Deno.exit(0);
