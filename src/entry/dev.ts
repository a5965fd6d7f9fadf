import { runProgram, versionCommand, type Words } from "./command_line.ts";

const terminal: Words = { out: (text) => console.log(text), err: (text) => console.error(text) };

/** The development binary. Answers the exit code. */
export function main(args: readonly string[], words: Words = terminal): Promise<number> {
  const binary = "ork";
  return runProgram(
    {
      binary,
      summary: "Ork: Kubernetes operators from a YAML file.",
      commands: [versionCommand(binary, words)],
    },
    args,
    words,
  );
}
