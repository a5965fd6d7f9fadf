import type { Exchange } from "./exchange.ts";

/** Recorded responses as text: one exchange a line, so that a change of one response is a change of one line. */
export function printGolden(recorded: Readonly<Record<string, readonly Exchange[]>>): string {
  const scenarios = Object.entries(recorded).map(([name, exchanges]) => {
    const lines = exchanges.map((exchange) => `  ${JSON.stringify(exchange)}`).join(",\n");
    return `${JSON.stringify(name)}: [\n${lines}\n]`;
  });
  return `{\n${scenarios.join(",\n")}\n}\n`;
}

/** Where the recorded responses of a file of scenarios are. */
export function goldenPath(file: string): URL {
  return new URL(`../golden/conformance/${file}.json`, import.meta.url);
}
