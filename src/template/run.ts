import { Budget } from "./budget.ts";
import { byteLength } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { floatText } from "./format/float.ts";
import { plainText } from "./format/value.ts";
import type { RenderLimits } from "./limits.ts";
import type { Value } from "./values.ts";

/** Templates within templates, counting the nesting of each: bounds the recursion of a render. */
const maxDepth = 1000;

/** A template that is defined within another. */
export interface RunnableBody {
  readonly execute?: (run: Run, dot: Value) => unknown;
  /** How deep its blocks go. */
  readonly nesting: number;
}

/** The state of one render: output, variables, what is left of the limits, and where it is. */
export class Run {
  readonly budget: Budget;
  out = "";
  /** Offset of what is being executed, for errors. */
  at = 0;
  /** Name of the function being called, for errors. */
  calling: string | undefined;
  /** A stack; a name may be there more than once, the last one counts. */
  #names: string[] = ["$"];
  #values: Value[];
  /** Which of the variables hold an element of a list or map as a range found it. */
  #elements: boolean[] = [false];
  /** Whether the cursor is such an element. Only Go's `slice` distinguishes them from values. */
  dotIsElement = false;
  /** The templates that the one being rendered defines. */
  bodies: ReadonlyMap<string, RunnableBody> = new Map();
  #depth = 0;
  /** No less than the bytes of `out`. */
  #bytes = 0;

  constructor(root: Value, limits: RenderLimits) {
    this.#values = [root];
    this.budget = new Budget(limits);
  }

  write(text: string): void {
    this.out += text;
    // A UTF-16 unit is three bytes at most: counting them exactly can wait until that could be too many.
    this.#bytes += text.length * 3;
    if (this.#bytes <= this.budget.outputBytes) return;
    this.#bytes = byteLength(this.out);
    if (this.#bytes > this.budget.outputBytes) throw this.budget.tooLong();
  }

  print(value: Value): void {
    if (typeof value === "string") this.write(value);
    else if (typeof value === "number" && !Number.isInteger(value)) this.write(floatText(value));
    else if (value !== undefined && value !== null) this.write(plainText(value, this.budget));
  }

  get mark(): number {
    return this.#names.length;
  }

  release(mark: number): void {
    this.#names.length = mark;
    this.#values.length = mark;
    this.#elements.length = mark;
  }

  push(name: string, value: Value): void {
    this.#names.push(name);
    this.#values.push(value);
    this.#elements.push(false);
  }

  assign(name: string, value: Value, isElement = false): void {
    const at = this.#find(name);
    this.#values[at] = value;
    this.#elements[at] = isElement;
  }

  /** Sets the variable `n` places below the top of the stack. */
  setTop(n: number, value: Value, isElement = false): void {
    this.#values[this.#values.length - n] = value;
    this.#elements[this.#elements.length - n] = isElement;
  }

  isElement(name: string): boolean {
    return this.#elements[this.#find(name)]!;
  }

  variable(name: string): Value {
    return this.#values[this.#find(name)];
  }

  #find(name: string): number {
    const at = this.#names.lastIndexOf(name);
    if (this.#names.length > 64) this.budget.spend(this.#names.length >> 6);
    if (at < 0) throw new Failure(`Cannot use variable "${name}": it has not been declared here`);
    return at;
  }

  /** The text that a template of its own writes. */
  textOf(root: Value, { execute, nesting }: RunnableBody): string {
    const { out } = this;
    this.out = "";
    // A call within an expression takes more of the stack than a template does.
    this.enter(root, nesting + 5, () => void execute?.(this, root));
    const text = this.out;
    this.out = out;
    return text;
  }

  /** Runs a template of its own: it sees no variables but its `$`. */
  enter(root: Value, nesting: number, body: () => void): void {
    const { dotIsElement } = this;
    const [names, values, elements] = [this.#names, this.#values, this.#elements];
    this.#depth += nesting + 1;
    if (this.#depth > maxDepth) throw new Failure("Cannot render: templates call each other too deep", "steps");
    [this.#names, this.#values, this.#elements] = [["$"], [root], [false]];
    this.dotIsElement = false;
    body();
    [this.#names, this.#values, this.#elements] = [names, values, elements];
    this.dotIsElement = dotIsElement;
    this.#depth -= nesting + 1;
  }
}

/** What is reported about a failure of a run. */
export function failureMessage(run: Run, failure: Failure): string {
  if (run.calling === undefined || failure.kind !== "execution") return failure.message;
  return `Cannot call "${run.calling}": ${failure.message}`;
}
