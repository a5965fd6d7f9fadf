import type { Point } from "../sources/series.ts";
import { exact } from "./parts.tsx";

/** What is drawn of a history. */
export interface ChartSpec {
  readonly title: string;
  readonly of: (point: Point) => number | undefined;
  readonly print: (value: number) => string;
}

const width = 600;
const height = 150;
const margin = { left: 4, right: 4, top: 8, bottom: 4 };

/** A line for a row of a table. */
export function Sparkline({ points, of, label }: {
  readonly points: readonly Point[];
  readonly of: ChartSpec["of"];
  readonly label: string;
}) {
  const recent = points.slice(-60);
  const values = recent.map(of);
  if (values.filter((value) => value !== undefined).length < 2) return <span class="spark" />;
  return (
    <svg class="spark" viewBox="0 0 90 20" role="img" aria-label={label}>
      <path d={path(recent, values, 90, 20, { left: 1, right: 1, top: 2, bottom: 2 })} />
    </svg>
  );
}

/** A history as a drawing; the script makes it one that responds to the pointer. */
export function Chart({ points, spec }: { readonly points: readonly Point[]; readonly spec: ChartSpec }) {
  const { title, of, print } = spec;
  const values = points.map(of);
  const known = values.filter((value) => value !== undefined);
  const last = known.at(-1);
  if (last === undefined || points.length < 2) {
    return (
      <figure class="chart">
        <figcaption>{title}</figcaption>
        <p class="empty">Nothing was seen yet</p>
      </figure>
    );
  }
  const max = Math.max(...known);
  const [first, end] = [points[0]!.atMs, points.at(-1)!.atMs];
  const label = `${title}: now ${print(last)}, at most ${print(max)} from ${exact(first)} to ${exact(end)}`;
  const data = {
    times: points.map(({ atMs }) => Math.round(atMs / 1000)),
    values: values.map((value) => value === undefined ? null : Number(value.toPrecision(4))),
  };
  return (
    <figure class="chart" data-plot={JSON.stringify(data)} data-title={title} data-unit={unitOf(print)}>
      <figcaption>
        {title} <b>{print(last)}</b>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <path class="area" d={`${path(points, values, width, height, margin)}`} />
        <line x1="0" x2={width} y1={height - margin.bottom} y2={height - margin.bottom} />
      </svg>
      <div class="axis" aria-hidden="true">
        <span>{exact(first).slice(11, 19)}</span>
        <span>at most {print(max)}</span>
        <span>{exact(end).slice(11, 19)} UTC</span>
      </div>
    </figure>
  );
}

/** What the script prints behind a value: what `print` does with 5. */
function unitOf(print: ChartSpec["print"]): string {
  return print(5).replace(/^[\d.]+/, "");
}

interface Margin {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A gap where a value is not known. */
function path(
  points: readonly Point[],
  values: readonly (number | undefined)[],
  of: number,
  high: number,
  { left, right, top, bottom }: Margin,
): string {
  const max = Math.max(...values.map((value) => value ?? 0)) || 1;
  const [start, end] = [points[0]!.atMs, points.at(-1)!.atMs];
  const x = (ms: number) => left + (of - left - right) * (ms - start) / Math.max(1, end - start);
  const y = (value: number) => high - bottom - (high - top - bottom) * value / max;
  let isOn = false;
  let text = "";
  for (const [index, { atMs }] of points.entries()) {
    const value = values[index];
    if (value === undefined) {
      isOn = false;
      continue;
    }
    text += `${isOn ? "L" : "M"}${x(atMs).toFixed(1)} ${y(value).toFixed(1)}`;
    isOn = true;
  }
  return text;
}
