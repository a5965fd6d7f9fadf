import { type Command, InvalidArgumentError } from "commander";
import type { FileReader } from "../../files/mod.ts";
import type { Terminal } from "../terminal.ts";
import { generateCrd } from "./crd.ts";
import type { GenerateOptions } from "./generate_options.ts";
import { generatePolicies } from "./policies.ts";

/** What a subcommand needs of its surroundings; returns the exit code. */
type Generate = (options: GenerateOptions, terminal: Terminal, files: FileReader) => Promise<number>;

/** One subcommand of `ork generate`. */
interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly run: Generate;
}

const subcommands: readonly Subcommand[] = [
  {
    name: "policies",
    summary: "Print the rules of a Katalog as admission policies, which the API server evaluates itself",
    examples: [
      "ork generate policies -f katalog.yaml | kubectl apply -f -",
      "ork generate policies . -o policies.yaml",
    ],
    run: generatePolicies,
  },
  {
    name: "crd",
    summary: "Print the CRDs that a Katalog names by crdFile, with its rules as x-kubernetes-validations",
    examples: ["ork generate crd -f katalog.yaml | kubectl apply -f -", "ork generate crd . -o crd.yaml"],
    run: generateCrd,
  },
];

/**
 * Adds `ork generate` and its subcommands. `add` creates a subcommand of a command, from name, summary and examples,
 * that takes Katalogs as every command does.
 */
export function addGenerateCommands(
  generate: Command,
  add: (parent: Command, name: string, summary: string, examples: readonly string[]) => Command,
  terminal: Terminal,
  files: FileReader,
  done: (code: number) => void,
): void {
  for (const { name, summary, examples, run } of subcommands) {
    add(generate, name, summary, examples)
      .option("-o, --output <FILE>", "where it is written; standard output when left out, and for -", readPath)
      .action(async (named: string[], { file = [], output }: { file?: string[]; output?: string }) =>
        done(await run({ files: [...named, ...file], output: output === "-" ? undefined : output }, terminal, files))
      );
  }
}

/** An unset variable in a script: not the same as no option at all. */
function readPath(text: string): string {
  if (text === "") throw new InvalidArgumentError("It names no file");
  return text;
}
