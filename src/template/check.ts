import { nearest } from "../base/suggest.ts";
import { Budget } from "./budget.ts";
import { argumentCountProblem, compilePipe, isSliceBoundRefused, sliceBoundProblem } from "./compile_operand.ts";
import { type Environment, inEnvironment } from "./environment.ts";
import { Failure } from "./failure.ts";
import { sprintf } from "./format/printf.ts";
import type { LibraryFunction } from "./functions/function.ts";
import { library } from "./functions/library.ts";
import { defaultLimits, type RenderLimits } from "./limits.ts";
import type { Command, FunctionName, Node, Operand, Pipe, Tree } from "./nodes.ts";
import { failureMessage, Run } from "./run.ts";
import { describe, Int, kindOf, type Value } from "./values.ts";

/** What is wrong at an offset of the source. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** Problems that show without data, in the order of the source. */
export function check(tree: Tree): Problem[] {
  const checker = new Checker(tree);
  checker.list(tree.root);
  for (const body of tree.definitions.values()) checker.body(body);
  return checker.problems.sort((a, b) => a.offset - b.offset);
}

/** Nobody reads more. */
const maxProblems = 100;

/** Enough for literals; what costs more, and the calls after this many, are left to the render. */
const literalLimits: RenderLimits = { ...defaultLimits, steps: 10_000 };
const maxEvaluations = 200;

class Checker {
  readonly problems: Problem[] = [];
  readonly #tree: Tree;
  #evaluations = 0;
  #declared = ["$"];

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  body(nodes: readonly Node[]): void {
    this.#declared = ["$"];
    this.list(nodes);
  }

  #report(severity: "error" | "warning", offset: number, message: string, hint?: string): void {
    if (this.problems.length < maxProblems) this.problems.push({ severity, offset, message, hint });
  }

  list(nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(node);
  }

  #node(node: Node): void {
    switch (node.type) {
      case "text":
      case "break":
      case "continue":
        return;
      case "action":
        return void this.#pipe(node.pipe);
      case "template":
        this.#templateName(node.name, node.offset);
        if (node.pipe) this.#pipe(node.pipe);
        return;
      case "if":
      case "with":
      case "range": {
        const mark = this.#declared.length;
        const constant = this.#pipe(node.pipe);
        if (node.type === "range" && constant) this.#rangeOver(constant.value, node.pipe.offset);
        this.list(node.body);
        if (node.otherwise) this.list(node.otherwise);
        this.#declared.length = mark;
        return;
      }
    }
  }

  #templateName(name: string, offset: number): void {
    const { definitions } = this.#tree;
    if (definitions.has(name) || this.problems.length >= maxProblems) return;
    const near = nearest(name, definitions.keys());
    const hint = near === undefined ? "define it in the same value" : `did you mean "${near}"?`;
    this.#report("error", offset, `Cannot use template "${name}": it is not defined`, hint);
  }

  #rangeOver(value: Value, offset: number): void {
    if (["bool", "string", "float", "complex"].includes(kindOf(value))) {
      this.#report("error", offset, `Cannot range over ${describe(value)}`);
    }
  }

  /** Checks a pipeline; its value when it is made of literals alone and can be computed. */
  #pipe(pipe: Pipe): { value: Value } | undefined {
    const constant = isConstantPipe(pipe) && !this.#miscounts(pipe) ? this.#evaluate(pipe) : undefined;
    if (!isConstantPipe(pipe)) pipe.commands.forEach((command, i) => this.#command(command, pipe.commands[i - 1]));
    for (const name of pipe.names) {
      if (!pipe.assigns) this.#declared.push(name);
      else if (!this.#declared.includes(name)) {
        this.#report("error", pipe.offset, `Cannot set variable "${name}": it is not declared`, `declare it with :=`);
      }
    }
    return constant;
  }

  /** Reports the first call of a pipeline of literals that has the wrong number of arguments. */
  #miscounts({ commands }: Pipe): boolean {
    for (const [i, { operands: [first, ...args] }] of commands.entries()) {
      // `spec.image` is a field of what the function `spec` returns.
      const called = first.type === "chain" ? first.base : first;
      const target = called.type === "function" ? library.get(called.name) : undefined;
      const problem = target && argumentCountProblem(target, called === first ? args.length + (i > 0 ? 1 : 0) : 0);
      if (problem === undefined) continue;
      this.#report("error", called.offset, problem, callHint(target!, args.length === 0 && i === 0));
      return true;
    }
    return false;
  }

  #evaluate(pipe: Pipe): { value: Value } | undefined {
    if (++this.#evaluations > maxEvaluations) return undefined;
    const run = new Run({}, literalLimits);
    // Arguments are checked all the same where the result is another one each time.
    let varies = false;
    const environment: Environment = {
      get wallMs() {
        varies = true;
        return 0;
      },
      random(bytes) {
        varies = true;
        return new Uint8Array(bytes);
      },
    };
    try {
      const value = inEnvironment(environment, () => compilePipe({ ...pipe, names: [] })(run, undefined));
      return varies ? undefined : { value };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind !== "steps") this.#report("error", run.at, failureMessage(run, error));
      return undefined;
    }
  }

  #command(command: Command, before: Command | undefined): void {
    const [first, ...args] = command.operands;
    for (const operand of command.operands) this.#operand(operand);
    if (first.type === "function") this.#call(first, args, before);
    else if (first.type === "nil") this.#report("error", first.offset, "Cannot use nil by itself: it is not a value");
    else if (args.length > 0 || before) {
      this.#report("error", first.offset, "Cannot give arguments to a value that is not a function");
    }
  }

  #operand(operand: Operand): void {
    if (operand.type === "pipe") this.#pipe(operand);
    else if (operand.type === "overflow") {
      this.#report("error", operand.offset, `Cannot use ${operand.text}: it is over 64 bits`);
    } else if (operand.type === "chain") this.#operand(operand.base);
  }

  #call({ name, offset }: FunctionName, args: readonly Operand[], before: Command | undefined): void {
    const target = library.get(name);
    const problem = target && argumentCountProblem(target, args.length + (before ? 1 : 0));
    if (problem !== undefined) {
      return this.#report("error", offset, problem, callHint(target!, args.length === 0 && before === undefined));
    }
    switch (name) {
      case "call":
        return this.#report("error", offset, 'Cannot use "call": no data hold a function');
      case "default":
        this.#characterFallback(args[0]);
        return this.#defaultOrder(offset, args, before);
      case "printf":
        return this.#format(offset, args, before);
      case "slice":
        for (const bound of args.slice(1)) {
          if (isSliceBoundRefused(bound)) this.#report("error", bound.offset, sliceBoundProblem);
        }
    }
  }

  /** `default 'a' .spec.x` gives 97: what stands in single quotes is the number of a character, as in Go. */
  #characterFallback(fallback: Operand | undefined): void {
    if (fallback?.type !== "constant" || fallback.isCharacter !== true || !(fallback.value instanceof Int)) return;
    const code = Number(fallback.value.value);
    const hint = `text stands in double quotes: "${String.fromCodePoint(code)}"`;
    this.#report("warning", fallback.offset, `The fallback is the number ${code}, a character in single quotes`, hint);
  }

  /** `default .spec.x 3` is taken for `.spec.x | default 3`: a literal that stands for the value never gives way. */
  #defaultOrder(offset: number, args: readonly Operand[], before: Command | undefined): void {
    const valueIsLiteral = args[1] ? isConstant(args[1]) : before?.operands.every(isConstant) ?? false;
    if (!args[0] || isConstant(args[0]) || !valueIsLiteral) return;
    const hint = "the fallback comes first, the value last: .spec.replicas | default 3";
    this.#report("warning", offset, 'The arguments of "default" look swapped', hint);
  }

  /** A literal format is tried with as many arguments as there are. */
  #format(offset: number, args: readonly Operand[], before: Command | undefined): void {
    const [format, ...values] = args;
    if (format?.type !== "constant") return;
    if (typeof format.value !== "string") {
      return this.#report("error", format.offset, `Cannot use ${describe(format.value)} as the format of printf`);
    }
    const printed = formatted(format.value, values.length + (before ? 1 : 0));
    if (printed === undefined) return;
    const slip = /%!(.?)\((MISSING|BADINDEX|NOVERB|EXTRA)/u.exec(printed);
    if (!slip) return;
    const hints = {
      MISSING: `there is no argument for %${slip[1]}`,
      BADINDEX: "an explicit argument index is out of range",
      NOVERB: "the format ends in the middle of a verb; a percent sign is written %%",
      EXTRA: "there are more arguments than verbs",
    };
    this.#report("warning", offset, "The format and the arguments of printf do not match", hints[slip[2] as "EXTRA"]);
  }
}

/** How a function is called; one that has the name of a part of the object may stand for that part, without its dot. */
function callHint({ name, signature }: LibraryFunction, isBare: boolean): string {
  const part = isBare && (name === "spec" || name === "status") ? `; the ${name} of the CR is .${name}` : "";
  return `it is ${signature}${part}`;
}

/** The format with empty arguments; `undefined` when it costs more than a literal may. */
function formatted(format: string, count: number): string | undefined {
  try {
    return sprintf(format, Array.from({ length: count }, () => ""), new Budget(literalLimits));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function isConstant(operand: Operand): boolean {
  switch (operand.type) {
    case "constant":
    case "nil":
    case "overflow":
      return true;
    case "pipe":
      return operand.names.length === 0 && isConstantPipe(operand);
    case "function":
      return true;
    case "chain":
      return isConstant(operand.base);
    default:
      return false;
  }
}

function isConstantPipe(pipe: Pipe): boolean {
  return pipe.commands.every((command) => command.operands.every(isConstant));
}
