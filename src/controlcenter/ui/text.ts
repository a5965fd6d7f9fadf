import { printable } from "../../dev/inspect/printable.ts";

/** Texts of other processes, as a page may show them. Markup is escaped by JSX; here is what it is not about. */

/** On one line, bounded, without characters that change the direction or the place of what follows. */
export function plain(text: string, maxLength = 500): string {
  return printable(text, maxLength);
}

/** Lines of a text, bounded; the rest is counted. */
export function lines(
  text: string,
  maxLines: number,
  maxLength = 2000,
): { readonly lines: string[]; readonly more: number } {
  const all = text.split("\n");
  const kept = all.slice(0, maxLines).map((line) => {
    const indent = /^ */.exec(line)![0];
    return indent.slice(0, 200) + printable(line.slice(indent.length), maxLength);
  });
  return { lines: kept, more: all.length - kept.length };
}

/** A word of a command line, quoted where a shell would see more in it. */
export function shellWord(text: string): string {
  const word = plain(text, 300);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** 1234567 → `1,234,567`. */
export function number(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A rate: `0`, `0.3`, `12`. */
export function rate(value: number): string {
  return value === 0 ? "0" : value < 10 ? value.toFixed(value < 0.1 ? 2 : 1) : number(value);
}

/** Milliseconds: `7 ms`, `1.2 s`, `3 min`. */
export function millis(ms: number): string {
  if (ms < 1) return "<1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s` : `${Math.round(ms / 60_000)} min`;
}

/** A share, 0 to 1: `0 %`, `0.4 %`, `12 %`. */
export function share(value: number): string {
  const percent = value * 100;
  return `${percent === 0 ? "0" : percent < 1 ? percent.toFixed(1) : String(Math.round(percent))} %`;
}

/** A time span as people read it, with one unit: `5s`, `11m`, `3h`, `2d`. The script writes the same. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `website` and `websites`, with the number. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
