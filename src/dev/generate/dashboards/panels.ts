import type { JsonMap } from "../../../base/json.ts";

/** What a panel shows. Expressions may use Grafana's variables: `$job`, `$__rate_interval`. */
export interface Panel {
  readonly title: string;
  /** What it means, and what to do about it. */
  readonly description: string;
  readonly kind: "stat" | "timeseries" | "table";
  /** Grafana's name of a unit. */
  readonly unit: "short" | "s" | "bytes" | "percentunit" | "reqps" | "ops" | "bool";
  readonly queries: readonly Query[];
  /** Values from which a stat is orange and red; lower ones are, with `fallsBelow`. */
  readonly thresholds?: { readonly warning: number; readonly critical: number; readonly fallsBelow?: true };
  /** Of 24 columns; 4 for a stat and 12 for anything else when absent. */
  readonly width?: number;
}

export interface Query {
  readonly expression: string;
  /** Template of Grafana: `{{crd}}`. */
  readonly legend: string;
}

/** Panels below one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The data source is a variable, so that a dashboard works wherever it is imported. */
const datasource = { type: "prometheus", uid: "${datasource}" } as const;
const columns = 24;

/** Lays out rows of panels, each from left to right. Ids are numbers in the order of the panels. */
export function layOut(rows: readonly Row[]): JsonMap[] {
  const placed: JsonMap[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      ...{ id: placed.length + 1, type: "row", title, collapsed: false, panels: [] },
      gridPos: { h: 1, w: columns, x: 0, y },
    });
    y++;
    let [x, height] = [0, 0];
    for (const panel of panels) {
      const isStat = panel.kind === "stat";
      const [w, h] = [panel.width ?? (isStat ? 4 : 12), isStat ? 4 : 8];
      if (x + w > columns) [x, y, height] = [0, y + height, 0];
      placed.push(panelJson(panel, placed.length + 1, { h, w, x, y }));
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}

function panelJson(
  { title, description, kind, unit, queries, thresholds }: Panel,
  id: number,
  gridPos: JsonMap,
): JsonMap {
  const targets = queries.map(({ expression, legend }, index): JsonMap => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr: expression,
    legendFormat: legend,
    ...(kind === "timeseries" ? { range: true } : { instant: true, range: false }),
    ...(kind === "table" ? { format: "table" } : {}),
  }));
  return {
    ...{ id, type: kind, title, description, datasource, gridPos, targets },
    fieldConfig: {
      defaults: {
        unit: unit === "bool" ? "short" : unit,
        min: 0,
        ...(kind === "timeseries" ? { custom: { fillOpacity: 8, lineWidth: 1, showPoints: "never" } } : {}),
        ...(unit === "bool"
          ? { mappings: [{ type: "value", options: { 0: { text: "no" }, 1: { text: "yes" } } }] }
          : {}),
        thresholds: { mode: "absolute", steps: stepsOf(thresholds) },
        color: { mode: kind === "timeseries" ? "palette-classic" : "thresholds" },
      },
      overrides: [],
    },
    options: optionsOf(kind),
  };
}

function stepsOf(thresholds: Panel["thresholds"]): JsonMap[] {
  if (thresholds === undefined) return [{ color: "green", value: null }];
  const { warning, critical, fallsBelow } = thresholds;
  const [low, high] = fallsBelow === true ? ["red", "green"] : ["green", "red"];
  if (warning === critical) return [{ color: low, value: null }, { color: high, value: critical }];
  return fallsBelow === true
    ? [{ color: "red", value: null }, { color: "orange", value: critical }, { color: "green", value: warning }]
    : [{ color: "green", value: null }, { color: "orange", value: warning }, { color: "red", value: critical }];
}

function optionsOf(kind: Panel["kind"]): JsonMap {
  switch (kind) {
    case "stat":
      return {
        reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        colorMode: "value",
        graphMode: "none",
      };
    case "timeseries":
      return { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } };
    case "table":
      return { showHeader: true };
    default:
      return kind satisfies never;
  }
}
