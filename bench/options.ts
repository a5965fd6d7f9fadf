/** What each option is when it is not given; its kind says what may be given. */
type Standards = Readonly<Record<string, string | number | boolean>>;
export type Options<S extends Standards> = {
  readonly [Name in keyof S]: S[Name] extends boolean ? boolean : S[Name] extends number ? number : string;
};

/** The command line makes no sense. */
export class OptionError extends Error {
  override name = "OptionError";
}

const max = 4_294_967_295;

/** Reads `--name value`, and `--name` alone where it is a flag; numbers are whole, from 1. Throws `OptionError`. */
export function parseOptions<S extends Standards>(args: readonly string[], standards: S): Options<S> {
  const options: Record<string, string | number | boolean> = { ...standards };
  for (let at = 0; at < args.length; at++) {
    const name = args[at]!.replace(/^--/, "");
    if (!args[at]!.startsWith("--") || !Object.hasOwn(standards, name)) {
      const known = Object.keys(standards).map((known) => `--${known}`).join(", ");
      throw new OptionError(`Unknown option "${args[at]}": use ${known}`);
    }
    if (typeof standards[name] === "boolean") {
      options[name] = true;
      continue;
    }
    const value = args[++at];
    if (value === undefined) throw new OptionError(`Option "--${name}" needs a value`);
    options[name] = typeof standards[name] === "number" ? wholeNumber(name, value) : value;
  }
  return options as Options<S>;
}

/** The options of this program; wrong ones end it with exit code 2 and a message that says what to change. */
export function readOptions<S extends Standards>(standards: S): Options<S> {
  try {
    return parseOptions(Deno.args, standards);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

function wholeNumber(name: string, text: string): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= max) return number;
  throw new OptionError(`Cannot use "${text}" as --${name}: give a whole number from 1 to ${max}`);
}
