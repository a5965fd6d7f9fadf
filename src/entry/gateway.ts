import { type Output, runProgram, versionCommand } from "./command_line.ts";

const terminal: Output = { out: (text) => console.log(text), err: (text) => console.error(text) };

/** The Gateway binary. Returns the exit code. */
export function main(args: readonly string[], output: Output = terminal): Promise<number> {
  const binary = "ork-gateway";
  return runProgram(
    {
      binary,
      summary: "The Gateway of Ork: admission webhooks. In this version it only prints its version.",
      commands: [versionCommand(binary, output)],
    },
    args,
    output,
  );
}
