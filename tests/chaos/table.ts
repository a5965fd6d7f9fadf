/** Prints a Markdown table under a title. */
export function printTable(title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  const names = Object.keys(rows[0] ?? {});
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => `${row[name] ?? ""}`.length)));
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell, index) => `${cell}`.padEnd(widths[index]!)).join(" | ")} |`;
  console.log(
    [
      `\n${title}\n`,
      line(names),
      line(widths.map((width) => "-".repeat(width))),
      ...rows.map((row) => line(names.map((name) => row[name] ?? ""))),
      "",
    ].join("\n"),
  );
}
