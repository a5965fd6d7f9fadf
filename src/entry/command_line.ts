import { parseArgs } from "node:util";
import { nearest } from "../base/suggest.ts";
import { versionLine } from "./version.ts";

/** One option of a command of the Runtime or the Gateway. */
export interface Option {
  /** Without the dashes: `file`. */
  readonly name: string;
  /** One letter: `f`. */
  readonly short?: string;
  /** What stands for its value in the help (`FILE`); without it the option is a switch. */
  readonly value?: string;
  /** Its value when it is given without one; a value must then be joined to it: `--reload=false`. */
  readonly bare?: string;
  /** May be given several times. */
  readonly repeated?: boolean;
  readonly summary: string;
}

/** What the user gave: `one("file")`, `all("file")`, `on("verbose")`. */
export interface Options {
  /** The last value. */
  one(name: string): string | undefined;
  all(name: string): readonly string[];
  on(name: string): boolean;
}

export interface Command {
  readonly name: string;
  /** A former name, which is still understood. */
  readonly alias?: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** The repeated option whose values may also be given without it; without one, every other argument is refused. */
  readonly positional?: string;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Returns the exit code; throws `UsageError` for wrong usage that only the command can see. */
  run(options: Options): number | Promise<number>;
}

/** A binary with few commands. `ork` has its own, richer command line: this one needs no library. */
export interface Program {
  readonly binary: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** Where words go. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** The command line makes no sense; ends the program with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Of commands with an option `log-level`, which goes before it. */
export const debugSwitch: Option = { name: "debug", summary: "As --log-level debug" };

/** What the switch comes to for the option of that name. */
export function debugLevel(options: Options, name: string): string | undefined {
  return name === "log-level" && options.on(debugSwitch.name) ? "debug" : undefined;
}

/** Every such program has it. */
export function versionCommand(binary: string, output: Output): Command {
  return {
    name: "version",
    summary: "Print the version",
    options: [],
    examples: [`${binary} version`],
    run() {
      output.out(versionLine(binary));
      return 0;
    },
  };
}

/** Runs the command that `args` name. Exit codes: 0 fine, 1 failure, 2 wrong usage. */
export async function runProgram(program: Program, args: readonly string[], output: Output): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    output.err(programHelp(program));
    return 2;
  }
  if (["help", "--help", "-h"].includes(first)) {
    output.out(programHelp(program));
    return 0;
  }
  const name = first === "--version" ? "version" : first;
  const command = program.commands.find((candidate) => candidate.name === name || candidate.alias === name);
  try {
    if (command === undefined) throw new UsageError(unknown("command", first, program.commands.map((c) => c.name)));
    if (rest.includes("--help") || rest.includes("-h")) {
      output.out(commandHelp(program, command));
      return 0;
    }
    return await command.run(readOptions(command, rest));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const help = command === undefined ? `${program.binary} --help` : `${program.binary} ${command.name} --help`;
    output.err(`${program.binary}: ${error.message}\nRun "${help}" to see what is possible`);
    return 2;
  }
}

/** Parses `args` by the options of a command; throws `UsageError` with a message that says what to change. */
export function readOptions(command: Command, args: readonly string[]): Options {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(command.options.map((option) => [option.name, {
      type: option.value === undefined || option.bare !== undefined ? "boolean" as const : "string" as const,
      multiple: true,
      ...(option.short === undefined ? {} : { short: option.short }),
    }])),
    allowPositionals: true,
    // Everything is judged below, in our own words.
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (command.positional === undefined) throw new UsageError(`Unexpected argument "${token.value}"`);
      values.set(command.positional, [...values.get(command.positional) ?? [], token.value]);
      continue;
    }
    const option = command.options.find((candidate) => candidate.name === token.name);
    if (option === undefined) {
      throw new UsageError(unknown("option", token.rawName, command.options.map((known) => `--${known.name}`)));
    }
    if (option.value === undefined && token.value !== undefined) {
      throw new UsageError(`Option "--${option.name}" takes no value`);
    }
    // A value that looks like an option is one: `-f -o json` forgot the file.
    const needsValue = option.value !== undefined && option.bare === undefined;
    if (needsValue && (token.value === undefined || (!token.inlineValue && /^-./.test(token.value)))) {
      throw new UsageError(`Option "--${option.name}" needs a value: --${option.name} ${option.value}`);
    }
    const given = values.get(option.name) ?? [];
    if (given.length > 0 && option.repeated !== true && option.value !== undefined) {
      throw new UsageError(`Option "--${option.name}" is given twice`);
    }
    values.set(option.name, [...given, token.value ?? option.bare ?? ""]);
  }
  return {
    one: (name) => values.get(name)?.at(-1),
    all: (name) => values.get(name) ?? [],
    on: (name) => values.has(name),
  };
}

function unknown(what: string, given: string, known: readonly string[]): string {
  const guess = nearest(given, known);
  return `Unknown ${what} "${given}"${guess === undefined ? "" : `: did you mean "${guess}"?`}`;
}

/** The Katalogs that `--file` names: `-f a,b -f c` names three. Throws `UsageError` where it names none. */
export function katalogFiles(given: readonly string[]): readonly string[] {
  const files = given.flatMap((text) => text.split(",")).filter((text) => text !== "");
  // An unset variable in a script: not the same as no option at all.
  if (given.length > 0 && files.length === 0) throw new UsageError('Option "--file" names no file');
  return files;
}

function programHelp({ binary, summary, commands }: Program): string {
  return [
    summary,
    "",
    `Usage: ${binary} COMMAND [OPTIONS]`,
    "",
    "Commands:",
    ...columns(commands.map((command) => [command.name, command.summary])),
    "",
    "Examples:",
    ...commands.flatMap((command) => command.examples.map((example) => `  ${example}`)),
    "",
    `Run "${binary} COMMAND --help" for the options of a command.`,
  ].join("\n");
}

function commandHelp({ binary }: Program, { name, summary, options, positional, examples }: Command): string {
  const argument = options.find((option) => option.name === positional)?.value;
  const rows: [string, string][] = options.map((option) => [
    `${option.short === undefined ? "    " : `-${option.short}, `}--${option.name}${
      option.value === undefined ? "" : option.bare === undefined ? ` ${option.value}` : `[=${option.value}]`
    }${option.repeated === true ? " …" : ""}`,
    option.summary,
  ]);
  return [
    summary,
    "",
    `Usage: ${binary} ${name}${options.length === 0 ? "" : " [OPTIONS]"}${
      argument === undefined ? "" : ` [${argument} …]`
    }`,
    "",
    "Options:",
    ...columns([...rows, ["-h, --help", "Print this"]]),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
  ].join("\n");
}

/** As wide as help is printed. */
const helpWidth = 100;

/** Two columns; what does not fit into the second continues below. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrapped(right, helpWidth - width - 4).map((line, n) => `  ${(n === 0 ? left : "").padEnd(width)}  ${line}`)
  );
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
