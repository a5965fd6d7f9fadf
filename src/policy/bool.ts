/** An expression of CEL that is a boolean, and how tightly its outermost operator binds. */
export interface Bool {
  readonly text: string;
  readonly binds: "or" | "and" | "relation" | "operand";
  /** The text that says the opposite, where there is a shorter one than `!(…)`. */
  readonly inverse?: string;
}

export const yes: Bool = { text: "true", binds: "operand" };
export const no: Bool = { text: "false", binds: "operand" };

const inverses = { "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "in": undefined } as const;

/** `a == b`, `a in b`. No operand may be NaN, which JSON does not have. */
export function relation(left: string, operator: keyof typeof inverses, right: string): Bool {
  const inverse = inverses[operator];
  return {
    text: `${left} ${operator} ${right}`,
    binds: "relation",
    ...(inverse === undefined ? {} : { inverse: `${left} ${inverse} ${right}` }),
  };
}

/** A call, a field or a literal. */
export function operand(text: string): Bool {
  return { text, binds: "operand" };
}

/** All of them, evaluated from the left until one is false. */
export function all(...parts: readonly Bool[]): Bool {
  const open = parts.filter((part) => part !== yes);
  if (open.includes(no)) return no;
  if (open.length <= 1) return open[0] ?? yes;
  return { text: open.map((part) => part.binds === "or" ? `(${part.text})` : part.text).join(" && "), binds: "and" };
}

/** At least one of them, evaluated from the left until one is true. */
export function any(...parts: readonly Bool[]): Bool {
  const open = parts.filter((part) => part !== no);
  if (open.includes(yes)) return yes;
  if (open.length <= 1) return open[0] ?? no;
  return { text: open.map((part) => part.binds === "and" ? `(${part.text})` : part.text).join(" || "), binds: "or" };
}

export function negated(part: Bool): Bool {
  if (part === yes) return no;
  if (part === no) return yes;
  if (part.inverse !== undefined) return { ...part, text: part.inverse, inverse: part.text };
  if (part.binds !== "operand") return { text: `!(${part.text})`, binds: "operand" };
  return part.text.startsWith("!") ? { ...part, text: part.text.slice(1) } : { ...part, text: `!${part.text}` };
}
