import type { Outcome } from "../../policy/mod.ts";
import type { Terminal } from "../terminal.ts";

/** The rules that are not compiled, one a line. */
export function printLeftOut(
  rules: readonly { readonly at: string; readonly what: string; readonly outcome: Outcome<unknown> }[],
  target: string,
  terminal: Terminal,
): void {
  for (const { at, what, outcome } of rules) {
    if ("reason" in outcome) terminal.err(`${at}: ${what}: not in ${target}: ${outcome.reason}`);
  }
}
