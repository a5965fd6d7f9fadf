import { type Finding, isNoticed } from "./necessity.ts";

/** The table of docs/permissions.md: one row for each process of each example. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = [...Map.groupBy(findings, ({ example, process }) => `${example}, ${process}`)].map(([what, members]) => {
    const noticed = members.filter(isNoticed);
    const failed = noticed.filter(({ failure }) => failure !== undefined);
    return [what, members.length, noticed.length, failed.length, noticed.filter(({ said }) => said).length];
  });
  const sums = [1, 2, 3, 4].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
  const cells = [
    ["Example", "Permissions", "Noticed", "Not done", "Said"],
    ["-", "-", "-", "-", "-"],
    ...rows,
    ["all", ...sums],
  ].map((row) => row.map(String));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    `| ${
      row.map((cell, column) => cell === "-" ? "-".repeat(widths[column]!) : cell.padEnd(widths[column]!)).join(" | ")
    } |`
  ).join("\n");
}
