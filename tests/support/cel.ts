/**
 * As much of CEL as our `matchConditions` use, and as strict: a key that is absent, or a value of the wrong type, is an
 * error, which `&&` and `||` absorb only where the other operand decides (cel-spec: "Logical Operators"). For tests
 * without an API server; `tests/e2e/protection_test.ts` has a real one evaluate the same expressions.
 */
export function evaluateCel(expression: string, variables: Readonly<Record<string, unknown>>): unknown {
  return new Parser(expression).parse()(variables);
}

/** What an expression comes to that CEL cannot evaluate. */
export class CelError extends Error {}

type Scope = Readonly<Record<string, unknown>>;
type Evaluate = (scope: Scope) => unknown;

const tokens = /\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(&&|\|\||==|!=|[!()[\].,+]))/y;

class Parser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    tokens.lastIndex = 0;
    for (let at = 0; at < text.length; at = tokens.lastIndex) {
      const match = tokens.exec(text);
      if (match === null) throw new SyntaxError(`Cannot read CEL at ${at}: ${text.slice(at, at + 20)}`);
      this.#tokens.push(match[1] ?? match[2] ?? match[3]!);
    }
  }

  parse(): Evaluate {
    const whole = this.#or();
    if (this.#at < this.#tokens.length) throw new SyntaxError(`Cannot read CEL from "${this.#tokens[this.#at]}" on`);
    return whole;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #name(): string {
    const token = this.#tokens[this.#at++] ?? "";
    if (!/^[A-Za-z_]\w*$/.test(token)) throw new SyntaxError(`Expected a name in CEL, found "${token}"`);
    return token;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new SyntaxError(`Expected ${token}, found "${this.#tokens[this.#at]}"`);
  }

  #or(): Evaluate {
    const operands = [this.#and()];
    while (this.#take("||")) operands.push(this.#and());
    return operands.length === 1 ? operands[0]! : (scope) => logical(operands, scope, true);
  }

  #and(): Evaluate {
    const operands = [this.#relation()];
    while (this.#take("&&")) operands.push(this.#relation());
    return operands.length === 1 ? operands[0]! : (scope) => logical(operands, scope, false);
  }

  #relation(): Evaluate {
    const left = this.#sum();
    if (this.#take("==")) return compared(left, this.#sum(), true);
    if (this.#take("!=")) return compared(left, this.#sum(), false);
    if (!this.#take("in")) return left;
    const right = this.#sum();
    return (scope) => contains(right(scope), left(scope));
  }

  #sum(): Evaluate {
    let left = this.#unary();
    while (this.#take("+")) {
      const [first, second] = [left, this.#unary()];
      left = (scope) => textOf(first(scope)) + textOf(second(scope));
    }
    return left;
  }

  #unary(): Evaluate {
    if (!this.#take("!")) return this.#member();
    const operand = this.#unary();
    return (scope) => !booleanOf(operand(scope));
  }

  #member(): Evaluate {
    let value = this.#primary();
    while (true) {
      const object = value;
      if (this.#take("[")) {
        const index = this.#or();
        this.#expect("]");
        value = (scope) => fieldOf(object(scope), textOf(index(scope)));
      } else if (this.#take(".")) {
        const name = this.#name();
        value = this.#take("(") ? this.#call(object, name) : (scope) => fieldOf(object(scope), name);
      } else return value;
    }
  }

  #call(object: Evaluate, name: string): Evaluate {
    if (name === "exists") {
      const variable = this.#name();
      this.#expect(",");
      const body = this.#or();
      this.#expect(")");
      return (scope) => listOf(object(scope)).some((item) => booleanOf(body({ ...scope, [variable]: item })));
    }
    const argument = this.#or();
    this.#expect(")");
    if (name === "startsWith") return (scope) => textOf(object(scope)).startsWith(textOf(argument(scope)));
    if (name === "endsWith") return (scope) => textOf(object(scope)).endsWith(textOf(argument(scope)));
    throw new SyntaxError(`Cannot call ${name} in CEL`);
  }

  #primary(): Evaluate {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new SyntaxError("The CEL expression ends too early");
    if (token === "(") {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    if (token === "[") return this.#list();
    if (token.startsWith('"')) {
      const text: string = JSON.parse(token);
      return () => text;
    }
    if (token === "true" || token === "false") return () => token === "true";
    if (token === "null") return () => null;
    if (token === "has" && this.#take("(")) return this.#has();
    if (!/^\w+$/.test(token)) throw new SyntaxError(`Unexpected "${token}" in CEL`);
    return (scope) => fieldOf(scope, token);
  }

  #list(): Evaluate {
    const items: Evaluate[] = [];
    while (!this.#take("]")) {
      items.push(this.#or());
      if (!this.#take(",")) {
        this.#expect("]");
        break;
      }
    }
    return (scope) => items.map((item) => item(scope));
  }

  /** `has(a.b.c)`: whether `a.b` has `c`; an error where `a` has no `b`. */
  #has(): Evaluate {
    let path: Evaluate | undefined;
    let name = this.#name();
    while (this.#take(".")) {
      const [object, key] = [path, name];
      path = (scope) => fieldOf(object === undefined ? scope : object(scope), key);
      name = this.#name();
    }
    this.#expect(")");
    if (path === undefined) throw new SyntaxError("has() takes a field");
    const object = path;
    return (scope) => Object.hasOwn(mapOf(object(scope)), name);
  }
}

/** `&&` where `decides` is false, `||` where it is true: an error counts only if no operand decides. */
function logical(operands: readonly Evaluate[], scope: Scope, decides: boolean): boolean {
  let failure: unknown;
  for (const operand of operands) {
    try {
      if (booleanOf(operand(scope)) === decides) return decides;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return !decides;
}

function compared(left: Evaluate, right: Evaluate, same: boolean): Evaluate {
  return (scope) => (JSON.stringify(left(scope)) === JSON.stringify(right(scope))) === same;
}

function contains(container: unknown, item: unknown): boolean {
  if (Array.isArray(container)) return container.includes(item);
  return Object.hasOwn(mapOf(container), textOf(item));
}

function fieldOf(object: unknown, key: string): unknown {
  const map = mapOf(object);
  if (!Object.hasOwn(map, key)) throw new CelError(`No such key: ${key}`);
  return map[key];
}

function mapOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new CelError(`No such overload: ${JSON.stringify(value)} is no map`);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new CelError(`No such overload: ${JSON.stringify(value)} is no list`);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw new CelError(`No such overload: ${JSON.stringify(value)} is no text`);
}

function booleanOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new CelError(`No such overload: ${JSON.stringify(value)} is no boolean`);
}
