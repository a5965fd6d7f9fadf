/** Where the commands of `ork` write, and what that place can show. */
export interface Terminal {
  /** Results: one or more lines. */
  out(text: string): void;
  /** What went wrong, and hints. */
  err(text: string): void;
  /** Prints lines in place of what was on the screen; absent where the results are not read on one. */
  readonly redraw?: ((text: string) => void) | undefined;
  /** Shows one line below what was written with `err`, in place of the last one; absent where nobody sees it. */
  readonly line?: ((text: string) => void) | undefined;
  /** Results are read by a person who sees colours. */
  readonly colour: boolean;
}

const codes = { bold: 1, grey: 90, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Gives text a colour where the terminal shows one. */
export function paint(terminal: Pick<Terminal, "colour">, style: keyof typeof codes, text: string): string {
  return terminal.colour ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
}

/** The terminal of this process; `NO_COLOR` (no-color.org) is honoured. */
export function processTerminal(): Terminal {
  const isScreen = Deno.stdout.isTerminal();
  return {
    // Home, and clear what is there.
    redraw: isScreen ? (text) => console.log(`\x1b[H\x1b[2J${text}`) : undefined,
    out: (text) => console.log(text),
    err: (text) => console.error(text),
    line: Deno.stderr.isTerminal() ? showLine : undefined,
    colour: isScreen && (Deno.env.get("NO_COLOR") ?? "") === "",
  };
}

const encoder = new TextEncoder();

/** From the first column, over what is there; cut where the screen ends, as a second line would stay. */
function showLine(text: string): void {
  const { columns } = Deno.consoleSize();
  Deno.stderr.writeSync(encoder.encode(`\r\x1b[2K${text.slice(0, Math.max(0, columns - 1))}`));
}
