import type { Measured } from "./measure.ts";

/** One contestant under one load. */
export interface Row {
  readonly contestant: string;
  readonly parallel: number;
  readonly measured: Measured;
}

const head = [
  "clients",
  "contestant",
  "requests/s",
  "p50 ms",
  "p99 ms",
  "added p50",
  "added p99",
  "webhook CPU ms per 1,000 reviews",
  "reviews/s and core",
  "in the webhook: mean ms",
  "p99 ms at most",
  "peak MB",
  "clients' cores",
];

/** The table, in Markdown; loads one after the other, latencies beside those of `bare` where that was measured. */
export function table(rows: readonly Row[]): string[] {
  const loads = [...new Set(rows.map(({ parallel }) => parallel))];
  const lines = loads.flatMap((parallel) => {
    const group = rows.filter((row) => row.parallel === parallel);
    const bare = group.find(({ contestant }) => contestant === "bare")?.measured;
    return group.map((row) => cells(row, bare));
  });
  const rule = head.map((_, index) => index === 1 ? "---" : "---:");
  return [head, rule, ...lines].map((line) => `| ${line.join(" | ")} |`);
}

function cells({ contestant, parallel, measured }: Row, bare: Measured | undefined): string[] {
  const { perSecond, p50Ms, p99Ms, webhook, clientCores } = measured;
  const added = (own: number, base: number | undefined): string =>
    base === undefined || contestant === "bare" ? "" : `${own < base ? "" : "+"}${(own - base).toFixed(1)}`;
  return [
    `${parallel}`,
    contestant,
    perSecond.toFixed(0),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    added(p50Ms, bare?.p50Ms),
    added(p99Ms, bare?.p99Ms),
    ...webhook === undefined ? ["", "", "", "", ""] : [
      (1000 * webhook.cpuMs / webhook.reviews).toFixed(0),
      (1000 * webhook.reviews / webhook.cpuMs).toFixed(0),
      webhook.meanMs.toFixed(2),
      `${webhook.p99Ms}`,
      webhook.peakMb.toFixed(0),
    ],
    clientCores.toFixed(2),
  ];
}

/** What makes a row less than what it says: for people, beside the table. */
export function problems({ contestant, parallel, measured }: Row): string[] {
  const { wrong, errors, error, reconnects, clientCores } = measured;
  const where = `${contestant}, ${parallel} clients`;
  return [
    ...wrong > 0 ? [`${where}: ${wrong} verdicts are not those of the rules`] : [],
    ...errors > 0 ? [`${where}: ${errors} requests got no verdict, and are not counted; the first: ${error}`] : [],
    ...reconnects > 0 ? [`${where}: clients connected again ${reconnects} times`] : [],
    ...clientCores > 0.8 ? [`${where}: the clients used ${clientCores.toFixed(2)} cores: give more --processes`] : [],
  ];
}
