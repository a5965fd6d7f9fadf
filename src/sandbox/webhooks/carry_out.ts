import { convertedByName, type Steps } from "../steps.ts";
import type { Admission, Requester } from "./admission.ts";
import type { Conversions } from "./conversions.ts";

/** Who is asked; without a port for webhooks nobody is. */
export interface Asked {
  readonly admission: Admission;
  readonly conversions: Conversions;
}

/**
 * Runs steps for a client. Other requests are served while a webhook decides; what no webhook is asked about is done in
 * one go, like the work of controllers.
 */
export async function carryOut<T>(steps: Steps<T>, asked: Asked | undefined, requester: Requester): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    const step = next.value;
    if (step.do === "convert") {
      const converting = asked?.conversions.convert(step.objects, step.to);
      next = steps.next(converting === undefined ? convertedByName(step) : await converting);
    } else {
      const reviewing = asked?.admission.review(step, requester);
      next = steps.next(reviewing === undefined ? step.object : await reviewing);
    }
  }
  return next.value;
}
