import { plain } from "./text.ts";

/** A box in a drawing of who depends on whom. */
export interface GraphNode {
  readonly name: string;
  readonly state: string;
  /** Of its page; absent: it has none here. */
  readonly href?: string | undefined;
}

/** `from` waits for `to` (`depends`), or reads its objects (`reads`). */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "depends" | "reads";
}

/** Boxes that are drawn; a drawing of more says nothing. */
export const maxNodes = 60;
const cell = { width: 220, height: 56 };
const node = { width: 160, height: 32 };
/** Below the last row: lines to boxes further right bend through it. */
const margin = 16;
const maxName = 20;

/** Boxes from left to right: each stands behind those that it depends on or reads; see `columnsOf` for loops. */
export function Graph(
  { nodes, edges }: { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] },
) {
  const columns = columnsOf(nodes, edges);
  const waited = new Set(edges.flatMap(({ from, to, kind }) => kind === "depends" ? [`${from} ${to}`] : []));
  const places = new Map<string, { x: number; y: number }>();
  for (const [column, names] of columns.entries()) {
    for (const [row, name] of names.entries()) {
      places.set(name, { x: 10 + column * cell.width, y: 12 + row * cell.height });
    }
  }
  const width = 20 + (columns.length - 1) * cell.width + node.width;
  const height = 12 + margin + (Math.max(...columns.map(({ length }) => length)) - 1) * cell.height + node.height;
  return (
    <div class="graph">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label={describe(edges)}>
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {edges.map(({ from, to, kind }) => {
          const [a, b] = [places.get(from), places.get(to)];
          if (a === undefined || b === undefined || from === to) return null;
          const isSecond = kind === "reads" && waited.has(`${from} ${to}`);
          return <path class={`edge ${kind}`} d={curve(a, b, isSecond ? 6 : 0)} marker-end="url(#arrow)" />;
        })}
        {nodes.map(({ name, state, href }) => {
          const { x, y } = places.get(name)!;
          const shown = plain(name, maxName);
          const drawn = (
            <g class={`node ${plain(state, 20)}`}>
              <rect x={x} y={y} width={node.width} height={node.height} rx="5" />
              <text x={x + 10} y={y + 21}>{shown}</text>
            </g>
          );
          return href === undefined
            ? drawn
            : <a href={href} aria-label={`${plain(name)}, ${plain(state, 20)}`}>{drawn}</a>;
        })}
      </svg>
    </div>
  );
}

/** The same in words. */
function describe(edges: readonly GraphEdge[]): string {
  const texts = edges.slice(0, 20).map(({ from, to, kind }) =>
    `${plain(from, 63)} ${kind === "depends" ? "depends on" : "reads"} ${plain(to, 63)}`
  );
  const more = edges.length > texts.length ? `, and ${edges.length - texts.length} more` : "";
  return texts.length === 0 ? "No box depends on another" : `${texts.join(", ")}${more}`;
}

/**
 * What a box depends on comes before it, and so does what it reads, except where boxes read each other: a Katalog has no
 * loop in `dependsOn`, and may have them in `cross`.
 */
function columnsOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): string[][] {
  const names = new Set(nodes.map(({ name }) => name));
  const targets = new Map(nodes.map(({ name }) => [name, new Set<string>()]));
  const leadsTo = (from: string, to: string): boolean => {
    const seen = new Set([from]);
    for (const name of seen) for (const next of targets.get(name)!) seen.add(next);
    return seen.has(to);
  };
  const ordered = [...edges].sort((a, b) => a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0);
  for (const { from, to } of ordered) {
    if (names.has(from) && names.has(to) && !leadsTo(to, from)) targets.get(from)!.add(to);
  }
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const depth = depths.get(name) ?? Math.max(-1, ...[...targets.get(name)!].map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  const columns: string[][] = [];
  for (const { name } of nodes) (columns[depthOf(name)] ??= []).push(name);
  return columns;
}

/** From the left side of a box to the right side of one before it, or below both to one behind it; `down` moves it. */
function curve(a: { x: number; y: number }, b: { x: number; y: number }, down: number): string {
  if (b.x < a.x) {
    const middle = node.height / 2 + down;
    const [x1, y1, x2, y2] = [a.x, a.y + middle, b.x + node.width, b.y + middle];
    const bend = (x1 + x2) / 2;
    return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
  }
  const [x1, y1] = [a.x + node.width / 2, a.y + node.height];
  const [x2, y2] = [b.x + node.width / 2, b.y + node.height];
  return `M${x1} ${y1}C${x1} ${y1 + margin} ${x2} ${y2 + margin} ${x2} ${y2}`;
}
