/** How a piece of a terminal's output looks. */
export type Style = "plain" | "bold" | "grey" | "red" | "green" | "yellow" | "cyan";

export interface Run {
  readonly text: string;
  readonly style: Style;
}

/** Its runs, of which no two neighbours have the same style. */
export type Line = readonly Run[];

/** Parameters of SGR (ECMA-48, 8.3.117): those that `ork` writes. */
const styles: Readonly<Record<string, Style>> = {
  ...{ "": "plain", "0": "plain", "1": "bold", "90": "grey", "31": "red", "32": "green", "33": "yellow", "36": "cyan" },
};

/** A control sequence, a control character, or text. */
// deno-lint-ignore no-control-regex -- it is about control characters
const token = /\x1b\[([\d;]*)([A-Za-z])|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g;

/**
 * The lines that an output leaves on a terminal: text and its styles, and a line that is erased while it is written.
 * Throws for everything else that would move or change what is there.
 */
export function readAnsi(output: string): Line[] {
  const lines: Run[][] = [[]];
  let style: Style = "plain";
  for (const [text, parameters, final] of output.matchAll(token)) {
    const line = lines.at(-1)!;
    if (final === "m") {
      const next = styles[parameters!];
      if (next === undefined) throw new Error(`Cannot draw the style ${JSON.stringify(text)}`);
      style = next;
    } else if (text === "\x1b[2K") line.length = 0;
    else if (text === "\n") lines.push([]);
    // To the first column, and erasing what follows: after an erased line, or where nothing was written.
    else if (text === "\r" || text === "\x1b[0G" || text === "\x1b[J") continue;
    else if (text.charCodeAt(0) < 32 || text.charCodeAt(0) === 127) {
      throw new Error(`Cannot draw the control sequence ${JSON.stringify(text)}`);
    } else append(line, text, style);
  }
  if (lines.at(-1)!.length === 0) lines.pop();
  return lines;
}

/** As rows of a terminal with this number of columns; each character takes one. */
export function wrapped(line: Line, columns: number): Line[] {
  const rows: Run[][] = [[]];
  let left = columns;
  for (const { text, style } of line) {
    for (const character of text) {
      if (left === 0) {
        rows.push([]);
        left = columns;
      }
      append(rows.at(-1)!, character, style);
      left--;
    }
  }
  return rows;
}

function append(line: Run[], text: string, style: Style): void {
  const last = line.at(-1);
  if (last?.style === style) line[line.length - 1] = { text: last.text + text, style };
  else line.push({ text, style });
}
