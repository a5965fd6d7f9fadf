import { oneLine } from "../base/one_line.ts";
import { demandOf, type ValidationPlan } from "../conditions/mod.ts";
import { any, negated } from "./bool.ts";
import { conditionCel, gateCel, type Subject } from "./condition_cel.ts";
import { type CelMessage, messageCel } from "./message_cel.ts";
import { Inexpressible } from "./inexpressible.ts";

/** A validation rule as the API server evaluates it. */
export interface CelRule extends CelMessage {
  /** True: the rule passes. */
  readonly expression: string;
}

/** Characters of one expression, below the 100,000 that cel-go parses (`ExpressionSizeCodePointLimit`). */
export const maxExpression = 90_000;

/**
 * The rule with the verdict and the message that `validate` has for every object of the schema. Throws `Inexpressible`
 * where that cannot be had.
 */
export function ruleCel(plan: ValidationPlan, subject: Subject): CelRule {
  const gate = gateCel(plan, subject);
  const check = conditionCel(plan.check, "check", subject);
  const { text } = gate === undefined ? check : any(negated(gate), check);
  const message = messageCel(plan, oneLine(demandOf(plan.check)) || "is refused", subject);
  for (const expression of [text, message.messageExpression ?? ""]) {
    if (expression.length > maxExpression) throw new Inexpressible("its expression is longer than CEL allows");
  }
  return { expression: text, ...message };
}
