import { compilePipe, type Evaluate } from "./compile_operand.ts";
import { Failure } from "./failure.ts";
import type { Call, Node, Range, Tree } from "./nodes.ts";
import type { Run, RunnableBody } from "./run.ts";
import { describe, Int, integerOf, isMapValue, isTrue, kindOf, sortedKeys, type Value } from "./values.ts";

/** Runs a part of a template with `dot` as the cursor. */
export type Execute = (run: Run, dot: Value) => Outcome;
/** How a part ended: `break` and `continue` leave all up to the nearest range. */
type Outcome = "done" | "break" | "continue";

/** A template as closures over its tree: nothing is looked up or decided twice. */
export interface Program {
  readonly execute: Execute;
  /** Set when the template is one expression, white space round it aside. */
  readonly expression?: Expression;
  readonly bodies: ReadonlyMap<string, RunnableBody>;
}

export interface Expression {
  readonly evaluate: Evaluate;
  readonly before: string;
  readonly after: string;
}

interface Body {
  execute?: Execute;
  readonly nesting: number;
}

export function compile(tree: Tree): Program {
  const bodies = new Map<string, Body>();
  for (const [name, nodes] of tree.definitions) bodies.set(name, { nesting: nestingOf(nodes) });
  for (const [name, nodes] of tree.definitions) bodies.get(name)!.execute = compileList(nodes, bodies);
  return { execute: compileList(tree.root, bodies), expression: soleExpression(tree.root), bodies };
}

function soleExpression(nodes: readonly Node[]): Expression | undefined {
  const at = nodes.findIndex((node) => node.type !== "text");
  const action = nodes[at];
  if (action?.type !== "action" || action.pipe.names.length > 0) return undefined;
  const textOf = (part: readonly Node[]) => part.map((node) => node.type === "text" ? node.text : "x").join("");
  const [before, after] = [textOf(nodes.slice(0, at)), textOf(nodes.slice(at + 1))];
  if ((before + after).trim() !== "") return undefined;
  return { evaluate: compilePipe(action.pipe), before, after };
}

function compileList(nodes: readonly Node[], bodies: ReadonlyMap<string, Body>): Execute {
  const parts = nodes.map((node) => compileNode(node, bodies));
  if (parts.length === 1) return parts[0]!;
  return (run, dot) => {
    for (const part of parts) {
      const outcome = part(run, dot);
      if (outcome !== "done") return outcome;
    }
    return "done";
  };
}

function compileNode(node: Node, bodies: ReadonlyMap<string, Body>): Execute {
  switch (node.type) {
    case "text": {
      const { text, offset } = node;
      return (run) => {
        run.at = offset;
        run.budget.spend(1);
        run.write(text);
        return "done";
      };
    }
    case "action": {
      const { offset } = node;
      const evaluate = compilePipe(node.pipe);
      const silent = node.pipe.names.length > 0;
      return (run, dot) => {
        run.at = offset;
        run.budget.spend(1);
        const value = evaluate(run, dot);
        if (!silent) {
          run.at = offset;
          run.print(value);
        }
        return "done";
      };
    }
    case "break":
    case "continue":
      return () => node.type;
    case "if":
    case "with": {
      const evaluate = compilePipe(node.pipe);
      const body = compileList(node.body, bodies);
      const otherwise = node.otherwise && compileList(node.otherwise, bodies);
      const { offset, type } = node;
      return (run, dot) => {
        run.at = offset;
        run.budget.spend(1);
        const { mark } = run;
        const value = evaluate(run, dot);
        let outcome: Outcome = "done";
        if (!isTrue(value)) outcome = otherwise ? otherwise(run, dot) : "done";
        else if (type === "if") outcome = body(run, dot);
        else {
          const { dotIsElement } = run;
          run.dotIsElement = false;
          outcome = body(run, value);
          run.dotIsElement = dotIsElement;
        }
        run.release(mark);
        return outcome;
      };
    }
    case "range":
      return compileRange(node, bodies);
    case "template":
      return compileTemplate(node, bodies);
  }
}

function compileTemplate({ name, pipe, offset }: Call, bodies: ReadonlyMap<string, Body>): Execute {
  const body = bodies.get(name);
  const evaluate = pipe && compilePipe(pipe);
  return (run, dot) => {
    run.at = offset;
    run.budget.spend(1);
    if (!body) throw new Failure(`Cannot use template "${name}": it is not defined`);
    const value = evaluate?.(run, dot);
    run.at = offset;
    run.enter(value, body.nesting, () => body.execute!(run, value));
    return "done";
  };
}

function compileRange(
  { pipe, body: nodes, otherwise: other, offset }: Range,
  bodies: ReadonlyMap<string, Body>,
): Execute {
  const evaluate = compilePipe(pipe);
  const body = compileList(nodes, bodies);
  const otherwise = other && compileList(other, bodies);
  const { names, assigns } = pipe;

  /** One element; false after a `break`. */
  function iterate(run: Run, mark: number, key: Value, element: Value, isElement = true): boolean {
    run.budget.spend(1);
    if (names.length > 0) {
      if (assigns) {
        run.at = pipe.offset;
        if (names.length > 1) run.assign(names[0]!, key);
        run.assign(names.at(-1)!, element, isElement);
      } else {
        run.setTop(1, element, isElement);
        if (names.length > 1) run.setTop(2, key);
      }
    }
    run.dotIsElement = isElement;
    const outcome = body(run, element);
    run.release(mark);
    return outcome !== "break";
  }

  /** Runs the body for each element; false when there was none. */
  function iterateAll(run: Run, value: Value, mark: number): boolean {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        if (!iterate(run, mark, names.length > 1 ? new Int(i) : undefined, value[i])) break;
      }
      return value.length > 0;
    }
    if (isMapValue(value)) {
      const keys = sortedKeys(value);
      run.budget.spend(keys.length);
      for (const key of keys) if (!iterate(run, mark, key, value[key])) break;
      return keys.length > 0;
    }
    if (value === undefined || value === null) return false;
    const kind = kindOf(value);
    if (kind !== "int" && kind !== "uint") throw new Failure(`Cannot range over ${describe(value)}`);
    if (names.length > 1) throw new Failure("Cannot range over a number with two variables");
    const end = integerOf(value);
    for (let i = 0; i < end; i++) {
      if (!iterate(run, mark, undefined, value instanceof Int ? new Int(i, value.type) : i, false)) break;
    }
    return end > 0;
  }

  return (run, dot) => {
    run.at = offset;
    run.budget.spend(1);
    const outer = run.mark;
    const value = evaluate(run, dot);
    run.at = offset;
    const { dotIsElement } = run;
    const any = iterateAll(run, value, run.mark);
    run.dotIsElement = dotIsElement;
    const outcome = !any && otherwise ? otherwise(run, dot) : "done";
    run.release(outer);
    // As in Go, a break in the else list ends this range and not the one round it.
    return outcome === "break" ? "done" : outcome;
  };
}

/** How deep blocks and parentheses of a list go: what one call of the template adds to the stack. */
function nestingOf(nodes: readonly Node[]): number {
  let maxDepth = 0;
  for (const node of nodes) {
    if (!("body" in node)) continue;
    maxDepth = Math.max(maxDepth, 1 + nestingOf(node.body), 1 + nestingOf(node.otherwise ?? []));
  }
  return maxDepth;
}
