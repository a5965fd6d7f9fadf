import { Failure } from "./failure.ts";
import type { LibraryFunction } from "./functions/function.ts";
import { library } from "./functions/library.ts";
import type { Chain, Command, Field, FunctionName, Operand, Pipe, Variable } from "./nodes.ts";
import { definitionOf } from "./notes.ts";
import type { Run } from "./run.ts";
import { describe, isMapValue, isTrue, type Value } from "./values.ts";

/** Computes a value with `dot` as the cursor. */
export type Evaluate = (run: Run, dot: Value) => Value;
/** Computes the value of a command; `piped` is the value of the command before it. */
type EvaluateCommand = (run: Run, dot: Value, piped: Value) => Value;

/** A pipeline as a function; it also sets the variables that the pipeline declares or assigns. */
export function compilePipe(pipe: Pipe): Evaluate {
  const evaluate = compileCommands(pipe.commands);
  const { names, assigns } = pipe;
  if (names.length === 0) return evaluate;
  return (run, dot) => {
    const value = evaluate(run, dot);
    for (const name of names) {
      if (assigns) {
        run.at = pipe.offset;
        run.assign(name, value);
      } else run.push(name, value);
    }
    return value;
  };
}

function compileCommands(commands: readonly Command[]): Evaluate {
  const [first, ...rest] = commands.map((command, i) => compileCommand(command, i > 0));
  if (rest.length === 0) return (run, dot) => first!(run, dot, undefined);
  return (run, dot) => {
    let value = first!(run, dot, undefined);
    for (const command of rest) value = command(run, dot, value);
    return value;
  };
}

function compileCommand({ operands: [first, ...args] }: Command, isPiped: boolean): EvaluateCommand {
  if (first.type === "function") return compileCall(first, args, isPiped);
  const evaluate = compileOperand(first);
  if (first.type === "nil") return failing(first, "Cannot use nil by itself: it is not a value");
  if (args.length === 0 && !isPiped) return evaluate;
  const hasFields = "path" in first && first.path.length > 0;
  const shown = hasFields ? first.path.at(-1) : "this value";
  const message = `Cannot give arguments to ${hasFields ? `"${shown}"` : shown}: it is not a function`;
  return (run, dot) => {
    // Go reaches for the field first, and fails there when that cannot work.
    evaluate(run, dot);
    run.at = first.offset;
    throw new Failure(message);
  };
}

function failing(at: { offset: number }, message: string): Evaluate {
  return (run) => {
    run.at = at.offset;
    throw new Failure(message);
  };
}

function compileOperand(operand: Operand): Evaluate {
  switch (operand.type) {
    case "dot":
      return (_run, dot) => dot;
    case "nil":
      return () => undefined;
    case "constant": {
      const { value } = operand;
      return () => value;
    }
    case "overflow":
      return failing(operand, `Cannot use ${operand.text}: it is over 64 bits`);
    case "field":
      return compileField(operand);
    case "variable":
      return compileVariable(operand);
    case "function":
      return compileFunction(operand);
    case "chain":
      return compileChain(operand);
    case "pipe":
      return compilePipe(operand);
  }
}

function compileFunction(operand: FunctionName): Evaluate {
  const call = compileCall(operand, [], false);
  return (run, dot) => call(run, dot, undefined);
}

function compileField({ path, offset }: Field): Evaluate {
  if (path.length === 1) {
    const name = path[0]!;
    return (run, dot) => {
      run.budget.spend(1);
      return isMapValue(dot) ? (Object.hasOwn(dot, name) ? dot[name] : undefined) : readField(run, dot, name, offset);
    };
  }
  return (run, dot) => readPath(run, dot, path, offset);
}

function compileVariable({ name, path, offset }: Variable): Evaluate {
  return (run) => {
    run.at = offset;
    return readPath(run, run.variable(name), path, offset);
  };
}

function compileChain({ base, path, offset }: Chain): Evaluate {
  const evaluate = compileOperand(base);
  return (run, dot) => readPath(run, evaluate(run, dot), path, offset);
}

function readPath(run: Run, value: Value, path: readonly string[], offset: number): Value {
  run.budget.spend(1);
  for (const name of path) value = readField(run, value, name, offset);
  return value;
}

/** A field of a map. Absent is absent at every depth; anything else has no fields. */
function readField(run: Run, value: Value, name: string, offset: number): Value {
  if (isMapValue(value)) return Object.hasOwn(value, name) ? value[name] : undefined;
  if (value === undefined || value === null) return undefined;
  run.at = offset;
  throw new Failure(`Cannot read field "${name}": the value before it is ${describe(value)}`);
}

/** Why a function cannot take this number of arguments; `undefined` when it can. */
export function argumentCountProblem(target: LibraryFunction, count: number): string | undefined {
  const { name, minArguments, maxArguments } = target;
  if (count >= minArguments && count <= (maxArguments ?? Infinity)) return undefined;
  const wanted = maxArguments === undefined ? `at least ${minArguments}` : String(minArguments);
  return `Cannot call "${name}": it takes ${wanted} ${wanted === "1" ? "argument" : "arguments"}, not ${count}`;
}

function compileCall({ name, offset }: FunctionName, args: readonly Operand[], isPiped: boolean): EvaluateCommand {
  const target = library.get(name);
  if (!target) return failing({ offset }, `Cannot call "${name}": there is no such function`);
  const problem = argumentCountProblem(target, args.length + (isPiped ? 1 : 0));
  if (problem !== undefined) return failing({ offset }, problem);
  const evaluates = args.map((arg, i) => name === "slice" && i > 0 ? compileBound(arg) : compileOperand(arg));
  if (name === "note") return compileNote(args, evaluates, offset);
  if (name === "and" || name === "or") return compileLogic(evaluates, isPiped, name === "or");
  return (run, dot, piped) => {
    run.budget.spend(1);
    const values: Value[] = [];
    for (const evaluate of evaluates) values.push(evaluate(run, dot));
    if (isPiped) values.push(piped);
    run.at = offset;
    run.calling = name;
    const result = target.call(values, run.budget);
    run.calling = undefined;
    return result;
  };
}

/** A note is a definition of the template: its text without white space round it, or the boolean that this says. */
function compileNote(args: readonly Operand[], evaluates: readonly Evaluate[], offset: number): EvaluateCommand {
  const [name] = args;
  const data = evaluates[1];
  if (name?.type !== "constant" || typeof name.value !== "string" || data === undefined) {
    return failing({ offset }, "Cannot call a note whose name is not written out");
  }
  const definition = definitionOf(name.value);
  return (run, dot) => {
    run.budget.spend(1);
    const body = run.bodies.get(definition);
    if (body === undefined) throw new Failure(`Cannot call the note "${name.value}": it is not declared`);
    const text = run.textOf(data(run, dot), body).trim();
    run.at = offset;
    return text === "true" || text === "false" ? text === "true" : text;
  };
}

export const sliceBoundProblem =
  "Cannot slice by a field or an element itself: put it into parentheses, as in slice .text 0 (.end)";

/** Whether an operand is one that Go does not take as a bound of `slice`, as far as that shows without data. */
export function isSliceBoundRefused(operand: Operand): boolean {
  return "path" in operand && operand.path.length > 0;
}

/**
 * A bound of `slice`. Go takes only computed ones: a field, or a range's element as it stands there, is an error, the
 * same in parentheses is not.
 */
function compileBound(operand: Operand): Evaluate {
  const evaluate = compileOperand(operand);
  const isElement = (run: Run) => {
    if (operand.type === "dot") return run.dotIsElement;
    if (operand.type === "variable" && operand.path.length === 0) return run.isElement(operand.name);
    return isSliceBoundRefused(operand);
  };
  return (run, dot) => {
    const value = evaluate(run, dot);
    if (!isElement(run)) return value;
    run.at = operand.offset;
    throw new Failure(sliceBoundProblem);
  };
}

/** `and` and `or` stop at the argument that decides. */
function compileLogic(evaluates: readonly Evaluate[], isPiped: boolean, decisive: boolean): EvaluateCommand {
  return (run, dot, piped) => {
    run.budget.spend(1);
    let value: Value;
    for (const evaluate of evaluates) {
      value = evaluate(run, dot);
      if (isTrue(value) === decisive) return value;
    }
    return isPiped ? piped : value;
  };
}
