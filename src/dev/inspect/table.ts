import { paint, type Terminal } from "../terminal.ts";
import { printable } from "./printable.ts";

/** A cell of a table; with a style it is painted where the terminal shows colours. */
export type Cell = string | { readonly text: string; readonly style: Parameters<typeof paint>[1] };

/** Longest cell, in UTF-16 code units; the last of a row may be longer. */
const maxCell = 63;
const maxLastCell = 512;

/** Lines of a table: columns as wide as their longest cell, two blanks between them. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  terminal: Pick<Terminal, "colour">,
): string[] {
  const all = [header, ...rows].map((row) =>
    row.map((cell, column) => {
      const [text, style] = typeof cell === "string" ? [cell, undefined] : [cell.text, cell.style];
      const shown = printable(text, column === row.length - 1 ? maxLastCell : maxCell);
      return { text: shown === "" ? "-" : shown, style };
    })
  );
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.text.length ?? 0)));
  return all.map((row) =>
    row.map(({ text, style }, column) => {
      const padded = column === row.length - 1 ? text : text.padEnd(widths[column]!);
      return style === undefined ? padded : paint(terminal, style, padded);
    }).join("  ")
  );
}
