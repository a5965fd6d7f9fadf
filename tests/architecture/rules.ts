import type { ModuleGraph } from "./graph.ts";
import { folderOf, type LayerTable, matches } from "./layers.ts";
import { isSource, isTest } from "./paths.ts";

/** Says what breaks the rule, one sentence each; an empty list is good. */
export type Rule = (graph: ModuleGraph, table: LayerTable) => string[];

/** Every imported file is there. */
export const everyImportLeadsSomewhere: Rule = (graph) =>
  edges(
    graph,
    ({ from, to }) =>
      /^(?:src|tests)\//.test(to) && !graph.has(to) ? `${from} imports ${to}: there is no such file` : undefined,
  );

/** Every folder of `src/` has its place in the table. */
export const everyFolderHasALayer: Rule = (graph, table) => {
  const known = new Set(table.layers.map((layer) => layer.folder));
  const unknown = new Set<string>();
  for (const path of graph.keys()) {
    const folder = folderOf(path);
    if (folder !== undefined && !known.has(folder)) unknown.add(folder);
  }
  return [...unknown].map((folder) => `src/${folder}/ has no layer in layers.json`);
};

/** Imports go up the table only. */
export const importsGoUp: Rule = (graph, table) => {
  const rank = new Map(table.layers.map((layer, index) => [layer.folder, index]));
  return edges(graph, ({ from, fromFolder, to, toFolder }) => {
    const [here, there] = [rank.get(fromFolder ?? ""), rank.get(toFolder ?? "")];
    return here !== undefined && there !== undefined && there > here
      ? `${from} imports ${to}: ${toFolder} stands above ${fromFolder}`
      : undefined;
  });
};

/** Independent folders do not import each other, in neither direction. */
export const independentStayApart: Rule = (graph, table) =>
  edges(
    graph,
    ({ from, fromFolder, to, toFolder }) =>
      table.independent.some(([a, b]) => (fromFolder === a && toFolder === b) || (fromFolder === b && toFolder === a))
        ? `${from} imports ${to}: ${fromFolder} and ${toFolder} must not know each other`
        : undefined,
  );

/** What only `ork` may contain is imported by its entry, and by the folders that are as much its own. */
export const onlyTheRightEntryImports: Rule = (graph, table) =>
  edges(graph, ({ from, fromFolder, to, toFolder }) => {
    if (toFolder === undefined || fromFolder === toFolder) return undefined;
    const allowed = table.importedOnlyBy[toFolder];
    return allowed !== undefined && !allowed.some((pattern) => matches(from, pattern))
      ? `${from} imports ${to}: only ${allowed.join(", ")} may`
      : undefined;
  });

/** `main_*.ts` import their entry and nothing else; entries do not import each other. */
export const entriesStayApart: Rule = (graph, table) => {
  const entries = Object.values(table.entries);
  return edges(graph, ({ from, to }) => {
    const own = table.entries[from];
    if (own !== undefined && to !== own) return `${from} imports ${to}: it may import ${own} alone`;
    if (entries.includes(to) && own === undefined) {
      return `${from} imports ${to}: an entry is imported by its main alone`;
    }
    return undefined;
  });
};

/** A folder with a `mod.ts` is entered through it, or through one of its side doors. */
export const foldersAreEnteredThroughDoors: Rule = (graph, table) =>
  edges(graph, ({ from, fromFolder, to, toFolder }) => {
    if (toFolder === undefined || fromFolder === toFolder || !graph.has(`src/${toFolder}/mod.ts`)) return undefined;
    const doors = ["mod.ts", ...(table.sideDoors[toFolder] ?? [])];
    return doors.some((door) => to === `src/${toFolder}/${door}`)
      ? undefined
      : `${from} imports ${to}: the doors of ${toFolder} are ${doors.join(", ")}`;
  });

/** npm packages have fences. */
export const packagesStayInTheirFences: Rule = (graph, table) =>
  edges(graph, ({ from, to }) => {
    if (!to.startsWith("npm:")) return undefined;
    const fence = table.packages[to.slice("npm:".length)];
    if (fence === undefined) return `${from} imports ${to}: the package is not in layers.json`;
    return fence.some((pattern) => matches(from, pattern))
      ? undefined
      : `${from} imports ${to}: allowed in ${fence.join(", ") || "tests alone"}`;
  });

/** Files, packages we named and Node's built-ins: no URL, no other registry. */
export const nothingComesFromElsewhere: Rule = (graph) =>
  edges(
    graph,
    ({ from, to }) =>
      /^(?:src\/|npm:|node:)/.test(to) ? undefined : `${from} imports ${to}: only src/, npm: and node: are allowed`,
  );

/** Pure folders import no built-in module of Node. */
export const pureFoldersImportNoBuiltIns: Rule = (graph, table) => {
  const pure = new Set(table.layers.filter((layer) => layer.pure).map((layer) => layer.folder));
  return edges(
    graph,
    ({ from, fromFolder, to }) =>
      pure.has(fromFolder ?? "") && to.startsWith("node:") ? `${from} imports ${to}: ${fromFolder} is pure` : undefined,
  );
};

/** No source imports a test or what belongs to tests. */
export const sourcesImportNoTests: Rule = (graph) =>
  edges(graph, ({ from, to }) => isTest(to) ? `${from} imports ${to}: that belongs to the tests` : undefined);

/** What a binary, or a folder, must not contain is not reachable from it. */
export const unreachableStaysUnreachable: Rule = (graph, table) =>
  Object.entries(table.neverReached).flatMap(([start, forbidden]) => {
    const cameFrom = reach(graph, (path) => matches(path, start) && !isTest(path));
    return [...cameFrom.keys()]
      .filter((path) => forbidden.some((pattern) => matches(path, pattern)))
      .map((path) => `${start} reaches ${path}: ${chain(cameFrom, path).join(" → ")}`);
  });

/** No file imports itself through others. */
export const filesFormNoCycle: Rule = (graph) => {
  const done = new Set<string>();
  const problems: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) problems.push(`import cycle: ${[...trail.slice(start), path].join(" → ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) if (!isTest(path)) visit(path, []);
  return problems;
};

interface Edge {
  readonly from: string;
  readonly fromFolder: string | undefined;
  readonly to: string;
  readonly toFolder: string | undefined;
}

/** Asks `judge` about every import that a source (no test, no package) makes. */
function edges(graph: ModuleGraph, judge: (edge: Edge) => string | undefined): string[] {
  const problems: string[] = [];
  for (const [from, targets] of graph) {
    if (isTest(from) || !isSource(from)) continue;
    for (const to of targets) {
      const problem = judge({ from, fromFolder: folderOf(from), to, toFolder: folderOf(to) });
      if (problem !== undefined) problems.push(problem);
    }
  }
  return problems;
}

/** Everything that is reached from the starts, each with the module that led there. */
function reach(graph: ModuleGraph, isStart: (path: string) => boolean): Map<string, string | undefined> {
  const cameFrom = new Map<string, string | undefined>();
  const open = [...graph.keys()].filter(isStart);
  for (const path of open) cameFrom.set(path, undefined);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const next of graph.get(path) ?? []) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      open.push(next);
    }
  }
  return cameFrom;
}

function chain(cameFrom: ReadonlyMap<string, string | undefined>, end: string): string[] {
  const path = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}

/** The whole law. */
export const rules: Readonly<Record<string, Rule>> = {
  everyImportLeadsSomewhere,
  everyFolderHasALayer,
  importsGoUp,
  independentStayApart,
  onlyTheRightEntryImports,
  entriesStayApart,
  foldersAreEnteredThroughDoors,
  packagesStayInTheirFences,
  nothingComesFromElsewhere,
  pureFoldersImportNoBuiltIns,
  sourcesImportNoTests,
  unreachableStaysUnreachable,
  filesFormNoCycle,
};
