import type { Position } from "../base/finding.ts";
import type { ScalarNode, ScalarSource } from "./node.ts";

/**
 * The place in the file of one character of a scalar's text, also behind escapes, folded lines and the indentation of
 * a block. The place of the scalar itself where that cannot be determined.
 */
export function positionIn(node: ScalarNode, offset: number): Position {
  const { source } = node;
  const offsets = source.style === "block" ? blockOffsets(source, node.text) : flowOffsets(source, node.text);
  if (offsets === undefined || offsets.length === 0) return node.at;
  const at = offset < offsets.length ? offsets[Math.max(0, offset)]! : offsets.at(-1)! + 1;
  return { file: source.file, ...source.lines.locate(at) };
}

/** For each character of the text of a plain or quoted scalar its offset in the file. */
function flowOffsets(source: ScalarSource, text: string): number[] | undefined {
  const { style } = source;
  const raw = source.text.slice(source.start, source.end);
  const offsets: number[] = [];
  const last = style === "plain" ? raw.length : raw.length - 1;
  const fold = /[ \t]*(?:\r?\n[ \t]*)+/y;
  let at = style === "plain" ? 0 : 1;
  const emit = (count: number, length: number): void => {
    for (let i = 0; i < count; i++) offsets.push(source.start + at);
    at += length;
  };
  while (at < last) {
    fold.lastIndex = at;
    const folded = raw[at] === " " || raw[at] === "\t" || raw[at] === "\r" || raw[at] === "\n" ? fold.exec(raw) : null;
    if (folded !== null) emit(Math.max(1, folded[0].split("\n").length - 2), folded[0].length);
    else if (style === "single" && raw[at] === "'") emit(1, 2);
    else if (style === "double" && raw[at] === "\\") emit(...escapeSize(raw, at));
    else emit(1, 1);
  }
  return offsets.length === text.length ? offsets : undefined;
}

/** How many characters an escape of a double-quoted scalar makes, and how many it is written with. */
function escapeSize(raw: string, at: number): [makes: number, length: number] {
  switch (raw[at + 1]) {
    case "x":
      return [1, 4];
    case "u":
      return [1, 6];
    case "U":
      return [parseInt(raw.slice(at + 2, at + 10), 16) > 0xffff ? 2 : 1, 10];
    case "\r":
    case "\n":
      return [0, 1 + /^\r?\n[ \t]*/.exec(raw.slice(at + 1))![0].length];
    default:
      return [1, 2];
  }
}

/** The same for a literal or folded block: its lines stand in the text as they are, less their indentation. */
function blockOffsets(source: ScalarSource, text: string): number[] | undefined {
  const offsets: number[] = [];
  let lineStart = source.text.indexOf("\n", source.start) + 1;
  while (lineStart > 0 && lineStart < source.end && offsets.length < text.length) {
    const lineEnd = source.text.indexOf("\n", lineStart);
    const line = source.text.slice(lineStart, lineEnd < 0 ? source.text.length : lineEnd).replace(/\r$/, "");
    const content = line.trimStart();
    if (content !== "") {
      const from = lineStart + line.length - content.length;
      let gap = offsets.length;
      while (gap < text.length && /\s/.test(text[gap]!) && !text.startsWith(content, gap)) gap++;
      if (!text.startsWith(content, gap)) return undefined;
      // What lies between two lines is the end of the one, then the indentation that the other keeps.
      const lastBreak = text.lastIndexOf("\n", gap - 1);
      const kept = gap - Math.max(offsets.length, lastBreak + 1);
      while (offsets.length < gap - kept) offsets.push(Math.max(source.start, lineStart - 1));
      for (let i = kept; i > 0; i--) offsets.push(from - i);
      for (let i = 0; i < content.length; i++) offsets.push(from + i);
    }
    lineStart = lineEnd < 0 ? 0 : lineEnd + 1;
  }
  while (offsets.length < text.length) offsets.push(source.end);
  return offsets;
}
