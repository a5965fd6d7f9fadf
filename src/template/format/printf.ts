import type { Budget } from "../budget.ts";
import { joined } from "../bytes.ts";
import { integerOf, kindOf, typeName, type Value } from "../values.ts";
import { plainSpec, type Spec } from "./spec.ts";
import { formatArgument, plainText } from "./value.ts";

/** Go's limit for a width or precision. */
const maxNumber = 1e6;

/** Go's fmt.Sprintf: errors in the format show in the text, they do not fail. */
export function sprintf(format: string, args: readonly Value[], budget: Budget): string {
  const text = new Printer(format, args, budget).run();
  budget.read(text.length);
  return joined(text);
}

/** Go's fmt.Sprint: a space between two operands when neither is text. */
export function sprint(args: readonly Value[], budget: Budget): string {
  let text = "";
  for (let i = 0; i < args.length; i++) {
    if (i > 0 && typeof args[i] !== "string" && typeof args[i - 1] !== "string") text += " ";
    text += plainText(args[i], budget);
    budget.fit(text.length);
  }
  budget.read(text.length);
  return joined(text);
}

/** Go's fmt.Sprintln: spaces between all operands and a line feed at the end. */
export function sprintln(args: readonly Value[], budget: Budget): string {
  let text = "";
  for (let i = 0; i < args.length; i++) {
    text += (i > 0 ? " " : "") + plainText(args[i], budget);
    budget.fit(text.length);
  }
  budget.read(text.length);
  return joined(text + "\n");
}

type Flags = { -readonly [flag in keyof Spec]: Spec[flag] };

class Printer {
  readonly #format: string;
  readonly #args: readonly Value[];
  readonly #budget: Budget;
  #at = 0;
  #argument = 0;
  #reordered = false;
  #goodIndex = true;
  #afterIndex = false;
  #out = "";

  constructor(format: string, args: readonly Value[], budget: Budget) {
    this.#format = format;
    this.#args = args;
    this.#budget = budget;
  }

  run(): string {
    const format = this.#format;
    this.#budget.read(format.length);
    while (this.#at < format.length) {
      const percent = format.indexOf("%", this.#at);
      const end = percent < 0 ? format.length : percent;
      this.#write(format.slice(this.#at, end));
      if (percent < 0) break;
      this.#at = percent + 1;
      if (!this.#directive()) break;
    }
    if (!this.#reordered && this.#argument < this.#args.length) this.#extra();
    return this.#out;
  }

  #write(text: string): void {
    this.#out += text;
    this.#budget.fit(this.#out.length);
  }

  /** One `%…`; false when the format ends within it. */
  #directive(): boolean {
    const spec: Flags = { ...plainSpec };
    this.#goodIndex = true;
    this.#flags(spec);
    this.#index();
    this.#width(spec);
    this.#precision(spec);
    if (!this.#afterIndex) this.#index();
    if (this.#at >= this.#format.length) {
      this.#write("%!(NOVERB)");
      return false;
    }
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at)!);
    this.#at += verb.length;
    this.#budget.spend(1);
    if (verb === "%") this.#write("%");
    else if (!this.#goodIndex) this.#write(`%!${verb}(BADINDEX)`);
    else if (this.#argument >= this.#args.length) this.#write(`%!${verb}(MISSING)`);
    else {
      if (verb === "v" || verb === "w") {
        [spec.sharpV, spec.sharp] = [spec.sharp, false];
        [spec.plusV, spec.plus] = [spec.plus, false];
      }
      this.#write(formatArgument(this.#args[this.#argument++], verb, spec, this.#budget));
    }
    return true;
  }

  #flags(spec: Flags): void {
    for (;; this.#at++) {
      switch (this.#format[this.#at]) {
        case "#":
          spec.sharp = true;
          break;
        case "0":
          spec.zero = true;
          break;
        case "+":
          spec.plus = true;
          break;
        case "-":
          spec.minus = true;
          break;
        case " ":
          spec.space = true;
          break;
        default:
          return;
      }
    }
  }

  #width(spec: Flags): void {
    if (this.#format[this.#at] !== "*") {
      spec.width = this.#number();
      if (this.#afterIndex && spec.width !== undefined) this.#goodIndex = false;
      return;
    }
    this.#at++;
    spec.width = this.#numberArgument();
    if (spec.width === undefined) this.#write("%!(BADWIDTH)");
    else if (spec.width < 0) {
      spec.width = -spec.width;
      spec.minus = true;
      spec.zero = false;
    }
    this.#afterIndex = false;
  }

  #precision(spec: Flags): void {
    if (this.#format[this.#at] !== "." || this.#at + 1 >= this.#format.length) return;
    this.#at++;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#index();
    if (this.#format[this.#at] !== "*") {
      spec.precision = this.#number() ?? 0;
      return;
    }
    this.#at++;
    const precision = this.#numberArgument();
    if (precision !== undefined && precision >= 0) spec.precision = precision;
    else this.#write("%!(BADPREC)");
    this.#afterIndex = false;
  }

  /** Digits; `undefined` when there are none. A number too large swallows the rest of the format, as in Go. */
  #number(limit = this.#format.length): number | undefined {
    let value: number | undefined;
    for (; this.#at < limit; this.#at++) {
      const digit = this.#format.charCodeAt(this.#at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      if ((value ?? 0) > maxNumber) {
        this.#at = limit;
        return undefined;
      }
      value = (value ?? 0) * 10 + digit;
    }
    return value;
  }

  /** The next argument as a width or precision; `undefined` when it is not an integer or too large. */
  #numberArgument(): number | undefined {
    if (this.#argument >= this.#args.length) return undefined;
    const value = this.#args[this.#argument++];
    const kind = kindOf(value);
    if (kind !== "int" && kind !== "uint") return undefined;
    const number = Number(integerOf(value));
    return Math.abs(number) > maxNumber ? undefined : number;
  }

  /** An explicit argument index, `[3]`. */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== "[") return;
    this.#reordered = true;
    const start = this.#at;
    const close = this.#format.length - start < 3 ? -1 : this.#format.indexOf("]", start + 1);
    if (close < 0) {
      this.#at = start + 1;
      this.#goodIndex = false;
      return;
    }
    this.#at = start + 1;
    const index = this.#number(close);
    const complete = this.#at === close;
    this.#at = close + 1;
    this.#afterIndex = index !== undefined && complete;
    if (index !== undefined && complete && index >= 1 && index <= this.#args.length) this.#argument = index - 1;
    else this.#goodIndex = false;
  }

  #extra(): void {
    const rest = this.#args.slice(this.#argument);
    this.#write("%!(EXTRA ");
    rest.forEach((value, i) => {
      if (i > 0) this.#write(", ");
      const text = formatArgument(value, "v", plainSpec, this.#budget);
      this.#write(value === undefined || value === null ? text : `${typeName(value)}=${text}`);
    });
    this.#write(")");
  }
}
