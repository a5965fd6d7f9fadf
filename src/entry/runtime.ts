import { runProgram, versionCommand, type Words } from "./command_line.ts";

const terminal: Words = { out: (text) => console.log(text), err: (text) => console.error(text) };

/** The Runtime binary. Answers the exit code. */
export function main(args: readonly string[], words: Words = terminal): Promise<number> {
  const binary = "ork-runtime";
  return runProgram(
    {
      binary,
      summary: "The Runtime of Ork: turns the Katalogs it is given into running operators.",
      commands: [versionCommand(binary, words)],
    },
    args,
    words,
  );
}
