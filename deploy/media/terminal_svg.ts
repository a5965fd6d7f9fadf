import { type Line, type Run, type Style, wrapped } from "./ansi.ts";

/** A command line, and what it printed. */
export interface Step {
  readonly command: string;
  readonly output: readonly Line[];
}

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  /** For a reader who does not see it. */
  readonly title: string;
}

/** A row of the terminal, and when it appears. */
interface Row {
  readonly line: Line;
  readonly atMs: number;
  /** What is typed in it, and from when on; absent: it is printed. */
  readonly typed?: { readonly fromMs: number; readonly characters: number } | undefined;
  /** It continues the row above. */
  readonly isContinued: boolean;
}

/** How fast it is: to be read, whatever the commands took. */
const pace = {
  keyMs: 55,
  afterPromptMs: 500,
  afterCommandMs: 450,
  lineMs: 300,
  continuedMs: 60,
  headingMs: 750,
  endMs: 4_500,
};

const prompt = "$ ";
const size = { column: 8.4, row: 19, font: 14, margin: 16 };
/** The colours of the Control Center's dark theme. */
const colours: Readonly<Record<Style, string>> = {
  plain: "#c9ccd1",
  bold: "#ffffff",
  grey: "#8b919a",
  red: "#ff8a82",
  green: "#62c990",
  yellow: "#e2ad52",
  cyan: "#7cc7e8",
};

/**
 * A recording of a terminal as an SVG that plays by CSS alone, again and again. Where animations are not wanted or not
 * known it shows the last screen. Each run of text has its width, so that columns are right with every font.
 */
export function terminalSvg(steps: readonly Step[], { columns, rows, title }: TerminalOptions): string {
  const played = rowsOf(steps, columns);
  const totalMs = played.at(-1)!.atMs + pace.endMs;
  const percent = (ms: number): string => `${Number((100 * ms / totalMs).toFixed(2))}%`;
  const [width, height] = [columns * size.column, rows * size.row];
  const rules: string[] = [];
  const scrolls = new Map<string, number>();
  const body = played.map(({ line, atMs, typed, isContinued }, index) => {
    const id = index.toString(36);
    const top = index * size.row;
    if (atMs > 0) rules.push(`@keyframes r${id}{0%{opacity:0}${percent(atMs)}{opacity:1}}`);
    if (index >= rows) scrolls.set(percent(atMs), (index + 1 - rows) * size.row);
    const cover = typed === undefined ? "" : coverOf(typed, id, top);
    if (typed !== undefined) rules.push(typing(typed, id, percent));
    const names = `r${isContinued ? " more" : ""}${typed === undefined ? "" : " typed"}`;
    const own = atMs > 0 ? ` style="animation-name:r${id}"` : "";
    return `<g class="${names}"${own}>${textsOf(line, top + size.font)}${cover}</g>`;
  });
  const end = Math.max(0, played.length - rows) * size.row;
  const moves = [...scrolls].map(([at, by]) => `${at}{transform:translateY(${-by}px)}`).join("");
  rules.push(`@keyframes scroll{0%{transform:none}${moves}}`);
  const seconds = `${(totalMs / 1000).toFixed(2)}s`;
  const classes = Object.entries(colours).map(([style, colour]) => `.${style}{fill:${colour}}`).join("");
  const full = { width: Math.ceil(width) + 2 * size.margin, height: height + 2 * size.margin };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${full.width} ${full.height}" width="${full.width}" height="${full.height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>
text{font:${size.font}px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.bold{font-weight:600}
${classes}
.screen,.cover{fill:#131416}
.cover{opacity:0}
.all{transform:translateY(${-end}px)}
@media (prefers-reduced-motion:no-preference){
.r{animation:${seconds} step-end infinite}
.all{animation:scroll ${seconds} step-end infinite}
.cover{animation:${seconds} linear infinite}
}
${rules.join("\n")}
</style>
<rect class="screen" width="${full.width}" height="${full.height}" rx="8"/>
<svg x="${size.margin}" y="${size.margin}" width="${round(width)}" height="${height}">
<g class="all">
${body.join("\n")}
</g>
</svg>
</svg>
`;
}

/** When each row appears. */
function rowsOf(steps: readonly Step[], columns: number): Row[] {
  const rows: Row[] = [];
  let nowMs = 0;
  for (const { command, output } of steps) {
    const fromMs = nowMs + pace.afterPromptMs;
    const line: Line = [{ text: prompt, style: "grey" }, { text: command, style: "bold" }];
    if (prompt.length + command.length > columns) throw new Error(`The command is longer than a row: ${command}`);
    rows.push({ line, atMs: nowMs, typed: { fromMs, characters: command.length }, isContinued: false });
    nowMs = fromMs + command.length * pace.keyMs + pace.afterCommandMs;
    for (const [index, line] of output.entries()) {
      // A heading begins something else: time to look at what came before.
      if (index > 0 && line[0]?.style === "bold") nowMs += pace.headingMs;
      for (const [part, row] of wrapped(line, columns).entries()) {
        rows.push({ line: row, atMs: nowMs, isContinued: part > 0 });
        nowMs += pace.continuedMs;
      }
      nowMs += pace.lineMs;
    }
  }
  return rows;
}

function textsOf(line: Line, baseline: number): string {
  let column = 0;
  return line.map(({ text, style }: Run) => {
    const start = column + /^ */.exec(text)![0].length;
    column += [...text].length;
    const shown = text.trim();
    if (shown === "") return "";
    const x = round(start * size.column);
    const length = round([...shown].length * size.column);
    // Spaces are kept whatever a renderer makes of white space.
    return `<text class="${style}" x="${x}" y="${baseline}" textLength="${length}">${
      escaped(shown).replaceAll(" ", "\u00a0")
    }</text>`;
  }).join("");
}

/** A rectangle that moves off what is typed, a character at a time. */
function coverOf({ characters }: NonNullable<Row["typed"]>, id: string, top: number): string {
  const x = round(prompt.length * size.column);
  const width = round(characters * size.column);
  return `<rect class="cover" x="${x}" y="${top}" width="${width}" height="${size.row}" style="animation-name:c${id}"/>`;
}

function typing(
  { fromMs, characters }: NonNullable<Row["typed"]>,
  id: string,
  percent: (ms: number) => string,
): string {
  const [from, to] = [percent(fromMs), percent(fromMs + characters * pace.keyMs)];
  const end = `translateX(${round(characters * size.column)}px)`;
  return `@keyframes c${id}{0%{opacity:1}${from}{opacity:1;transform:none;animation-timing-function:steps(${characters})}` +
    `${to}{opacity:1;transform:${end};animation-timing-function:step-start}100%{opacity:0;transform:${end}}}`;
}

function round(length: number): number {
  return Number(length.toFixed(1));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
