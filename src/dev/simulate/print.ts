import { paint, type Terminal } from "../terminal.ts";
import type { Checked } from "./check.ts";
import type { Simulated } from "./cycles.ts";
import { type Cycle, isSameCycle, type Operation } from "./operation.ts";

const signs: Readonly<Record<Operation["verb"], readonly [sign: string, colour: "green" | "yellow" | "red"]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  delete: ["-", "red"],
};

/** `debugOps`: each operation with its reason, and no cycle together with others. */
export function printCycles({ cycles, steadyAt }: Simulated, seconds: string, debugOps: boolean, terminal: Terminal) {
  for (let first = 0; first < cycles.length;) {
    let last = first;
    while (!debugOps && last + 1 < cycles.length && isSameCycle(cycles[first]!, cycles[last + 1]!)) last++;
    printCycle(
      cycles[first]!,
      first === last ? `cycle ${first + 1}` : `cycles ${first + 1} to ${last + 1}`,
      debugOps,
      terminal,
    );
    first = last + 1;
  }
  terminal.out(
    steadyAt === undefined
      ? paint(terminal, "yellow", `~ Max cycles reached (${cycles.length}) in ${seconds}`)
      : paint(terminal, "green", `✓ Steady state at cycle ${steadyAt} in ${seconds}`),
  );
}

function printCycle({ operations, errors }: Cycle, title: string, debugOps: boolean, terminal: Terminal): void {
  if (operations.length === 0 && errors.length === 0) return terminal.out(`  ${title}: nothing`);
  terminal.out(`  ${title}`);
  for (const { verb, resource, name, text } of operations) {
    const [sign, colour] = signs[verb];
    terminal.out(`    ${paint(terminal, colour, sign)} ${resource}/${name}${debugOps ? `: ${text}` : ""}`);
  }
  for (const error of errors) terminal.out(`    ${paint(terminal, "red", "✗")} ${error}`);
}

export function printChecks(checks: readonly Checked[], terminal: Terminal): void {
  for (const { passed, text, at, why } of checks) {
    if (passed) terminal.out(`  ${paint(terminal, "green", "✓")} ${text}`);
    else {
      terminal.out(`  ${paint(terminal, "red", "✗")} ${text}: ${why}${at === undefined ? "" : ` (${at})`}`);
    }
  }
}
