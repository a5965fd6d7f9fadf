/**
 * The segments of a field path as Katalogs write them (ruling 73): names joined by dots, list indexes as names
 * (`spec.regions.0`) or in brackets (`spec.regions[0]`), and names with dots or slashes quoted in brackets
 * (`metadata.annotations["acme.example/plan"]`, with single quotes too). A leading dot counts for nothing.
 * `undefined`: the text is no path. The empty text is the root.
 */
export function parseFieldPath(text: string): string[] | undefined {
  const trimmed = text.trim();
  const source = trimmed.startsWith(".") ? trimmed.slice(1) : trimmed;
  if (source === "") return [];
  const segments: string[] = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < source.length) {
    const isFirst = segment.lastIndex === 0;
    const found = segment.exec(source);
    if (found === null) return undefined;
    const [whole, name, index, double, single] = found;
    // A name follows a dot, except at the beginning; brackets never do.
    if (name !== undefined && whole.startsWith(".") === isFirst) return undefined;
    const quoted = double ?? single;
    segments.push(quoted === undefined ? name ?? index! : quoted.replace(/\\(.)/g, "$1"));
  }
  return segments;
}

/** `.name`, `[0]`, `["any name"]` or `['any name']`, at the place where the one before ended. */
const segment = /\.?([^.[\]"'\s/\\]+)|\[(\d{1,6})\]|\["((?:[^"\\]|\\.)+)"\]|\['((?:[^'\\]|\\.)+)'\]/y;

/** Segments as one text, quoted where they must be: what `parseFieldPath` reads. */
export function printFieldPath(path: readonly string[]): string {
  let text = "";
  for (const name of path) {
    if (!/^[^.[\]"'\s/\\]+$/.test(name)) text += `["${name.replace(/["\\]/g, "\\$&")}"]`;
    else text += text === "" ? name : `.${name}`;
  }
  return text;
}
