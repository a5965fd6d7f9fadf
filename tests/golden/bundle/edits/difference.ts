/**
 * What differs between two bundles, for people: object by object and, within roles, rule by rule. Of an object that is in
 * both: rules that differ are there as a whole, and of everything else the lines that differ, below the keys that they
 * stand under. Marks are those of `diff -u`; ` ...` stands for what is left out. Returns `ClusterRole orkestra`, or
 * `standard error`, → lines.
 */
export function difference(before: string, after: string): Map<string, string[]> {
  const [was, is] = [before, after].map(objectsOf) as [Map<string, string>, Map<string, string>];
  const changes = new Map<string, string[]>();
  for (const name of merged([...was.keys()], [...is.keys()])) {
    const [a, b] = [was.get(name), is.get(name)];
    if (a === b) continue;
    if (a === undefined) changes.set(name, marked("+", b!));
    else if (b === undefined) changes.set(name, marked("-", a));
    else changes.set(name, changed(blocksOf(a), blocksOf(b)));
  }
  return changes;
}

/** By kind, namespace and name; what is written on standard error is one of them. */
function objectsOf(bundle: string): Map<string, string> {
  return new Map(
    bundle.split(/^---\n|^(?=# On standard error:$)/m).map((text) => {
      const [, kind] = /^kind: (.+)$/m.exec(text) ?? [];
      const [metadata = ""] = /^metadata:\n(?: .*\n)+/m.exec(text) ?? [];
      const [, name] = /^ {2}name: (.+)$/m.exec(metadata) ?? [];
      const [, namespace] = /^ {2}namespace: (.+)$/m.exec(metadata) ?? [];
      if (kind === undefined) return ["standard error", text.replace(/^# On standard error:\n/, "").replace(/^# /gm, "")];
      return [`${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`, text];
    }),
  );
}

/** Parts of an object that are compared with each other: by the resource for the rules of a role, else all of it. */
function blocksOf(object: string): Map<string, string> {
  const at = object.indexOf("\nrules:\n");
  if (at < 0 || !/^kind: (?:Cluster)?Role$/m.test(object)) return new Map([["", object]]);
  const start = at + "\nrules:\n".length;
  const blocks = new Map([["", object.slice(0, start)]]);
  for (const rule of object.slice(start).split(/(?<=^ {2}- .*\n)(?=#|- apiGroups:)/m)) {
    let key = rule.slice(rule.indexOf("- apiGroups:"), rule.search(/^ {2}(?:resourceNames|verbs):/m));
    if (rule.includes("  resourceNames:")) key += "by name";
    while (blocks.has(key)) key += ", another";
    blocks.set(key, rule);
  }
  return blocks;
}

function changed(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): string[] {
  return merged([...was.keys()], [...is.keys()]).flatMap((key) => {
    const [a, b] = [was.get(key), is.get(key)];
    if (a === b) return [];
    if (a === undefined) return marked("+", b!);
    if (b === undefined) return marked("-", a);
    const lines = compared(linesOf(a), linesOf(b));
    return key === "" ? belowKeys(lines) : lines;
  });
}

/** Both sequences as one: each item once, in an order that both agree with as far as they agree with each other. */
function merged(a: readonly string[], b: readonly string[]): string[] {
  const lines = compared(a, b).map((line) => line.slice(1));
  return [...new Set(lines)];
}

/** Lines of both, marked `-` or `+` where only one has them. */
function compared(a: readonly string[], b: readonly string[]): string[] {
  // lengths[i][j]: of the longest common subsequence of the rest
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = a[i] === b[j]
        ? lengths[i + 1]![j + 1]! + 1
        : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, lines.push(` ${b[j]}`) && j + 1];
    else if (j === b.length || (i < a.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) lines.push(`-${a[i++]}`);
    else lines.push(`+${b[j++]}`);
  }
  return lines;
}

/** Without the lines that are in both, but for the keys above those that differ. */
function belowKeys(lines: readonly string[]): string[] {
  const kept = new Set<number>();
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(" ")) continue;
    kept.add(index);
    let depth = depthOf(line);
    for (let above = index - 1; above >= 0 && depth > 0; above--) {
      if (depthOf(lines[above]!) >= depth) continue;
      depth = depthOf(lines[above]!);
      kept.add(above);
    }
  }
  return lines.flatMap((line, index) => kept.has(index) ? [line] : kept.has(index - 1) ? [" ..."] : []);
}

/** Of a marked line; an item of a list is below its key, though it begins in the same column. */
function depthOf(line: string): number {
  const text = line.slice(1);
  const indent = text.length - text.trimStart().length;
  return indent * 2 + (text.trimStart().startsWith("- ") ? 1 : 0);
}

function marked(mark: string, text: string): string[] {
  return linesOf(text).map((line) => `${mark}${line}`);
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}
