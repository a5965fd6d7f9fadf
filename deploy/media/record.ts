import { fileURLToPath } from "node:url";
import { type Line, readAnsi } from "./ansi.ts";
import type { Step } from "./terminal_svg.ts";

const main = fileURLToPath(new URL("../../main_dev.ts", import.meta.url));

/**
 * Runs command lines of `ork` one after the other in a folder, on a terminal with that many columns, and returns what
 * they printed. Throws where one of them fails. Needs `script` of util-linux, which makes the terminal.
 */
export async function record(lines: readonly string[], columns: number, folder: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (const line of lines) steps.push({ command: line, output: await outputOf(line, folder, columns) });
  return steps;
}

async function outputOf(line: string, folder: string, columns: number): Promise<Line[]> {
  const ork = `ork() { '${Deno.execPath()}' run -A '${main}' "$@"; }`;
  const log = await Deno.makeTempFile({ prefix: "ork-media-" });
  try {
    const { code } = await new Deno.Command("script", {
      args: ["--quiet", "--return", "--log-out", log, "--command", `stty cols ${columns} rows 50; ${ork}; ${line}`],
      cwd: folder,
      env: { NO_COLOR: "", DENO_NO_UPDATE_CHECK: "1", SHELL: "/bin/bash" },
      stdin: "null",
      stdout: "null",
    }).output();
    const output = await Deno.readTextFile(log);
    if (code !== 0) throw new Error(`"${line}" ended with ${code}: ${output}`);
    // Its own first and last line.
    return readAnsi(output.replace(/^Script started on .*\n/, "").replace(/\n*Script done on .*\n?$/, "\n"));
  } finally {
    await Deno.remove(log);
  }
}
