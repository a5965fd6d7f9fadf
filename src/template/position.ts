/** 1-based line and column (in UTF-16 units) of an offset in a text. */
export function positionAt(source: string, offset: number): { line: number; column: number } {
  let line = 1, start = 0;
  for (let next; (next = source.indexOf("\n", start)) >= 0 && next < offset; start = next + 1) line++;
  return { line, column: offset - start + 1 };
}
