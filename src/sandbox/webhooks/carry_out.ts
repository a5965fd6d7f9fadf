import type { Steps } from "../steps.ts";
import type { Admission, Requester } from "./admission.ts";

/**
 * Runs steps for a client. Other requests are served while a webhook decides; what no webhook is asked about is done in
 * one go, like the work of controllers. Without `admission` nobody is asked.
 */
export async function carryOut<T>(
  steps: Steps<T>,
  admission: Admission | undefined,
  requester: Requester,
): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    const reviewed = admission?.review(next.value, requester);
    next = steps.next(reviewed === undefined ? next.value.object : await reviewed);
  }
  return next.value;
}
