import type { Value } from "./values.ts";

/** The tree of a template. Every node knows where it starts in the source, in UTF-16 units. */
export type Node = Text | Action | Branch | Range | Call | Break | Continue;

export interface Text {
  readonly type: "text";
  readonly offset: number;
  readonly text: string;
}

/** `{{ pipeline }}`: prints the value, unless it declares or assigns a variable. */
export interface Action {
  readonly type: "action";
  readonly offset: number;
  readonly pipe: Pipe;
}

export interface Branch {
  readonly type: "if" | "with";
  readonly offset: number;
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise?: readonly Node[];
}

export interface Range {
  readonly type: "range";
  readonly offset: number;
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise?: readonly Node[];
}

/** `{{ template "name" pipeline }}`; `block` is a definition and a call. */
export interface Call {
  readonly type: "template";
  readonly offset: number;
  readonly name: string;
  readonly pipe?: Pipe;
}

export interface Break {
  readonly type: "break";
  readonly offset: number;
}

export interface Continue {
  readonly type: "continue";
  readonly offset: number;
}

/** Commands joined by `|`; each passes its value on as the last argument of the next. */
export interface Pipe {
  readonly type: "pipe";
  readonly offset: number;
  /** Variables that take the value: `$x := …`, and two in a `range`. */
  readonly names: readonly string[];
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** An operand, with arguments when it is a function. */
export interface Command {
  readonly offset: number;
  readonly operands: readonly [Operand, ...Operand[]];
}

export type Operand = Dot | Nil | Constant | Overflow | Field | Variable | FunctionName | Chain | Pipe;

export interface Dot {
  readonly type: "dot";
  readonly offset: number;
}

export interface Nil {
  readonly type: "nil";
  readonly offset: number;
}

/** A literal: boolean, number, character or text. */
export interface Constant {
  readonly type: "constant";
  readonly offset: number;
  readonly value: Value;
  /** It is a character in single quotes, whose value is a number. */
  readonly isCharacter?: boolean;
}

/** An integer literal above 2^63-1: it parses, and fails when it is reached. */
export interface Overflow {
  readonly type: "overflow";
  readonly offset: number;
  readonly text: string;
}

/** `.a.b` */
export interface Field {
  readonly type: "field";
  readonly offset: number;
  readonly path: readonly string[];
}

/** `$x` or `$x.a.b`; `name` includes the dollar sign. */
export interface Variable {
  readonly type: "variable";
  readonly offset: number;
  readonly name: string;
  readonly path: readonly string[];
}

export interface FunctionName {
  readonly type: "function";
  readonly offset: number;
  readonly name: string;
}

/** `(pipeline).a.b`, or a function's name with fields after it. */
export interface Chain {
  readonly type: "chain";
  readonly offset: number;
  readonly base: Pipe | FunctionName;
  readonly path: readonly string[];
}

/** A parsed source: the root and what `define` and `block` gave names to. */
export interface Tree {
  readonly root: readonly Node[];
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}
