import type { KubeObject } from "../k8s/object.ts";
import { badRequest } from "./faults.ts";
import { keyProblems, labelValueProblems } from "./kinds/names.ts";

const maxSelectorLength = 16 * 1024;

type Operator = "=" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: ReadonlySet<string>;
}

/** Reads a label selector as in a URL, `a=b,c in (d,e),!f` (`labels.Parse`). Throws `ApiFault` 400. */
export function parseLabelSelector(text: string | null): ((object: KubeObject) => boolean) | undefined {
  if (text === null || text.trim() === "") return undefined;
  if (text.length > maxSelectorLength) throw badRequest("unable to parse requirement: the selector is too long");
  const requirements = new Parser(text).parse();
  return ({ metadata }) => requirements.every((requirement) => meets(metadata.labels, requirement));
}

/** Words, and the special signs longest first. */
const tokens = /\s*(==|!=|=|!|\(|\)|,|>|<|[^\s=!(),<>]+)/y;

class Parser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    tokens.lastIndex = 0;
    for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) this.#tokens.push(match[1]!);
  }

  parse(): Requirement[] {
    const out: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token === "") {
        if (out.length === 0) return out;
        throw expected(token, "identifier after ','");
      }
      out.push(this.#requirement());
      const next = this.#take();
      if (next === "") return out;
      if (next !== ",") throw expected(next, "',' or 'end of string'");
    }
  }

  #requirement(): Requirement {
    const negated = this.#peek() === "!";
    if (negated) this.#take();
    const key = this.#take();
    if (!isWord(key)) throw expected(key, "identifier");
    for (const why of keyProblems(key)) throw unreadable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${why}`);
    if (negated) return { key, operator: "!", values: new Set() };
    const sign = this.#peek();
    if (sign === "" || sign === ",") return { key, operator: "exists", values: new Set() };
    this.#take();
    switch (sign) {
      case "in":
      case "notin":
        return this.#checked(key, sign, this.#list());
      case "=":
      case "==":
      case "!=":
        return this.#checked(key, sign === "!=" ? "!=" : "=", new Set([this.#value()]));
      case ">":
      case "<":
        return this.#checked(key, sign, new Set([this.#value()]));
      default:
        throw expected(sign, "in, notin, =, ==, !=, gt, lt");
    }
  }

  #value(): string {
    const token = this.#peek();
    if (token === "" || token === ",") return "";
    if (!isWord(token)) throw expected(token, "identifier");
    return this.#take();
  }

  #list(): Set<string> {
    const open = this.#take();
    if (open !== "(") throw expected(open, "'('");
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      if (isWord(token)) {
        values.add(token);
        const next = this.#take();
        if (next === ")") return values;
        if (next !== ",") throw expected(next, "',' or ')'");
        if (this.#peek() === ")") values.add("");
      } else if (token === ",") values.add("");
      else if (token === ")") {
        if (values.size === 0) values.add("");
        return values;
      } else throw expected(token, "',', ')' or identifier");
    }
  }

  #checked(key: string, operator: Operator, values: Set<string>): Requirement {
    for (const value of values) {
      for (const why of labelValueProblems(value)) {
        throw unreadable(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${why}`);
      }
      if ((operator === ">" || operator === "<") && !/^-?\d{1,18}$/.test(value)) {
        throw unreadable(
          `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        );
      }
    }
    return { key, operator, values };
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? "";
  }

  #take(): string {
    return this.#tokens[this.#at++] ?? "";
  }
}

function isWord(token: string): boolean {
  return token !== "" && !/^[=!(),<>]/.test(token);
}

function expected(found: string, wanted: string) {
  return unreadable(`found '${found}', expected: ${wanted}`);
}

function unreadable(why: string) {
  return badRequest(`unable to parse requirement: ${why}`);
}

function meets(labels: Record<string, string> | undefined, { key, operator, values }: Requirement): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "in":
      return value !== undefined && values.has(value);
    case "!=":
    case "notin":
      return value === undefined || !values.has(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case ">":
    case "<": {
      if (value === undefined || !/^-?\d{1,18}$/.test(value)) return false;
      const [bound] = values;
      return operator === ">" ? BigInt(value) > BigInt(bound!) : BigInt(value) < BigInt(bound!);
    }
    default:
      return operator satisfies never;
  }
}
