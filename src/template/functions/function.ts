import type { Budget } from "../budget.ts";
import type { Value } from "../values.ts";

/** A function of the language. Pure: its result follows from its arguments, its cost is paid from the budget. */
export interface LibraryFunction {
  readonly name: string;
  /** Chapter of the reference. */
  readonly domain: string;
  /** As in the reference: `default(fallback, value)`; `…` behind a parameter that repeats. */
  readonly signature: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly minArguments: number;
  /** Absent: any number. */
  readonly maxArguments?: number;
  /** Throws `Failure`; the engine adds the function's name and the position. */
  call(args: readonly Value[], budget: Budget): Value;
  /** What it reads of its arguments; absent: everything. `constants` holds the arguments that are literal text. */
  readonly reads?: (constants: readonly (string | undefined)[]) => Reads;
}

/** What a call reads, for static analysis. Arguments not named here are read whole. */
export interface Reads {
  /** Paths below the first argument; nothing else of it is read. */
  readonly below?: readonly (readonly string[])[];
  /** The result is the value at this path below the first argument. */
  readonly returns?: readonly string[];
  /** Paths below the first argument of which only whether they are there, and empty, is read. */
  readonly looksAt?: readonly (readonly string[])[];
  /** Of these arguments only whether they are empty is read. */
  readonly tests?: readonly number[];
  /** The result may be any of these arguments, by index; of them only whether they are empty is read. */
  readonly passes?: readonly number[];
}

/** Reads by a path of keys: the value there when all are literal, else all that may be meant. */
export function readsBelow(keys: readonly (string | undefined)[]): Reads {
  const known: string[] = [];
  for (const key of keys) {
    if (key === undefined) return { below: [known] };
    known.push(key);
  }
  return { returns: known };
}

/** Parameter counts out of a signature, so that they are stated once: `f(a, b…)` is at least 1, without a limit. */
export function define(
  domain: string,
  signature: string,
  summary: string,
  call: LibraryFunction["call"],
  reads?: LibraryFunction["reads"],
): LibraryFunction {
  const open = signature.indexOf("(");
  const parameters = signature.slice(open + 1, -1).split(",").map((part) => part.trim()).filter((part) => part !== "");
  const repeats = parameters.filter((part) => part.endsWith("…")).length;
  const minArguments = parameters.length - repeats;
  return {
    name: signature.slice(0, open),
    domain,
    signature,
    summary,
    minArguments,
    maxArguments: repeats > 0 ? undefined : minArguments,
    call,
    reads,
  };
}
