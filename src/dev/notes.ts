import { nearest } from "../base/suggest.ts";
import { functionDocs } from "../template/mod.ts";
import { paint, type Terminal } from "./terminal.ts";

type Documented = (typeof functionDocs)[number];

/** `ork notes`: every function of templates, by domain; with `domain` those of one whose name has that text. */
export function listNotes(domain: string | undefined, terminal: Terminal): number {
  const known = domains();
  const wanted = domain === undefined
    ? known
    : known.filter((name) => name.toLowerCase().includes(domain.toLowerCase()));
  if (wanted.length === 0) {
    terminal.err(`ork: There is no domain "${domain}": ork notes domains lists them`);
    return 1;
  }
  for (const name of wanted) {
    terminal.out(paint(terminal, "bold", name));
    printTable(functionDocs.filter((each) => each.domain === name), terminal);
  }
  return 0;
}

/** `ork notes domains` */
export function listDomains(terminal: Terminal): number {
  for (const name of domains()) {
    terminal.out(`${name} (${functionDocs.filter((each) => each.domain === name).length})`);
  }
  return 0;
}

/** `ork notes search`: functions whose name or summary has the text, in any case. Exit code 1 for none. */
export function searchNotes(text: string, terminal: Terminal): number {
  const lower = text.toLowerCase();
  const found = functionDocs.filter(({ name, summary }) => `${name} ${summary}`.toLowerCase().includes(lower));
  if (found.length === 0) {
    terminal.err(`ork: No function has "${text}" in its name or summary`);
    return 1;
  }
  printTable(found, terminal);
  return 0;
}

/** `ork notes show`: one function. Exit code 1 for one that does not exist. */
export function showNote(name: string, terminal: Terminal): number {
  const found = functionDocs.find((each) => each.name === name);
  if (found === undefined) {
    const near = nearest(name, functionDocs.map((each) => each.name));
    terminal.err(`ork: There is no function "${name}"${near === undefined ? "" : `: did you mean "${near}"?`}`);
    return 1;
  }
  terminal.out(paint(terminal, "bold", usageOf(found)));
  terminal.out(`  ${found.summary}`);
  terminal.out(`  ${paint(terminal, "grey", `domain: ${found.domain}`)}`);
  return 0;
}

function domains(): string[] {
  return [...new Set(functionDocs.map(({ domain }) => domain))];
}

/** `default fallback value`, as it stands in a template. */
function usageOf({ signature }: Documented): string {
  return signature.replace("(", " ").replace(")", "").replaceAll(",", "").trim();
}

function printTable(functions: readonly Documented[], terminal: Terminal): void {
  const width = Math.max(...functions.map((each) => usageOf(each).length));
  for (const each of functions) terminal.out(`  ${usageOf(each).padEnd(width)}  ${each.summary}`);
}
